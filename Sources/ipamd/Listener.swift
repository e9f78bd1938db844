import IPAM
import IPAMWire
import NIOCore
import NIOPosix
import Systemd

/// Knows the clients and who they are, and keeps their number within bounds. Lives on the event
/// loop.
final class Listener {
    let service: Service
    let turns: Turns
    private let log: OperatorLog
    let roles: Roles
    private let connectionsMax: Int
    private var connections: [ObjectIdentifier: Connection] = [:]
    /// By account: those who have not had their turn.
    private var arrivals: [ObjectIdentifier: Arrivals] = [:]
    /// Of those that have arrived too.
    private var connectionCount = 0
    private var countByUser: [UInt32: Int] = [:]
    private var strangerCount = 0
    private var channels: [any Channel] = []
    /// Nobody is accepted or opened any more.
    private(set) var hasStopped = false
    /// Of clients that a thread accepts, and of whom the loop knows nothing yet.
    var batchesUnderWay = 0
    private var whenEmpty: (() -> Void)?
    /// The unfinished messages of all connections.
    var unfinishedBytes = 0

    /// `connectionsMax` is what the process's descriptors allow.
    init(service: Service, log: OperatorLog, roles: Roles, connectionsMax: Int) {
        self.service = service
        turns = service.turns
        self.log = log
        self.roles = roles
        self.connectionsMax = min(connectionsMax, DaemonLimits.connectionsMax)
        service.connectionCount = { [unowned self] in connectionCount }
    }

    /// Begins to accept on a socket that listens.
    func listen(
        on socket: ListeningSocket, group: MultiThreadedEventLoopGroup, loop: NIOIsolatedEventLoop
    ) -> EventLoopFuture<Void> {
        let listener = NIOLoopBound(self, eventLoop: loop.nonisolated())
        return ServerBootstrap(group: group)
            // Between two looks at the sockets somebody may have a long turn, so one is too few;
            // and whether there is a flood is known only after each.
            .serverChannelOption(.maxMessagesPerRead, value: 4)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Door(socket.descriptor, listener.value))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: DaemonLimits.outputMarks)
            .withBoundSocket(socket.descriptor)
            .map { listener.value.channels.append($0) }
    }

    // MARK: Clients

    /// Somebody was accepted, and had closed again without a word; whether it is a heavy user.
    func cameAndLeft(_ caller: Result<Caller, PeerError>) -> Bool {
        switch caller {
        case .failure: return false
        case .success(let caller):
            let account = turns.account(of: caller)
            turns.accepted(by: account)
            return account.isHeavy
        }
    }

    /// Somebody was accepted; whether it is a heavy user.
    func arrived(
        _ client: Arrival.Client, open: @escaping (Connection) -> Void, close: @escaping () -> Void
    ) -> Bool {
        let caller: Caller
        switch client.caller {
        case .success(let found): caller = found
        case .failure(let error):
            write(.connectionRefused, .warning, "connection closed: \(error)", nil)
            close()
            return false
        }
        let account = turns.account(of: caller)
        turns.accepted(by: account)
        let arrival = Arrival(client: client, caller: caller, open: open, close: close)
        if let error = excess(for: caller) {
            // What it costs matters: who has too many makes more.
            ends(caller, because: error)
            arrival.close(after: goodbye(error, to: caller))
        } else {
            count(caller, by: 1)
            let line = arrivals[ObjectIdentifier(account)] ?? Arrivals(account, self)
            arrivals[ObjectIdentifier(account)] = line
            line.append(arrival)
            turns.enter(line)
            haveOpened(line)
        }
        return account.isHeavy
    }

    /// It is the turn of one that has arrived.
    func open(_ arrival: Arrival) {
        let connection = Connection(caller: arrival.caller, listener: self)
        connections[ObjectIdentifier(connection)] = connection
        turns.connectionOpens()
        arrival.open(connection)
    }

    /// Makes a channel of a socket.
    func adopt(_ socket: NIOBSDSocket.Handle, _ connection: Connection, on loop: any EventLoop) {
        let bound = NIOLoopBound((self, connection), eventLoop: loop)
        ClientBootstrap(group: loop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.writeBufferWaterMark, value: DaemonLimits.outputMarks)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value.1)
                }
            }
            .withConnectedSocket(socket)
            .whenFailure { _ in bound.value.0.ended(bound.value.1) }
    }

    /// One that has arrived is gone before its turn.
    func left(_ arrival: Arrival) {
        arrival.close()
        gone(arrival.caller)
    }

    /// All who had arrived have had their turn.
    func haveOpened(_ line: Arrivals) {
        if line.isEmpty { arrivals[ObjectIdentifier(line.account)] = nil }
    }

    func session(for caller: Caller) -> ServerSession {
        ServerSession(
            role: caller.role, incarnation: service.incarnation, software: Ipamd.software)
    }

    /// Why there is no room for another connection of this caller.
    private func excess(for caller: Caller) -> ProtocolError? {
        if hasStopped { return ProtocolError(.shuttingDown, "the daemon stops") }
        return excessText(for: caller).map { ProtocolError(.tooManyConnections, $0) }
    }

    private func excessText(for caller: Caller) -> String? {
        let isAdministrator = caller.role == .administrator
        let kept = isAdministrator ? 0 : DaemonLimits.connectionsKeptForAdministrators
        if connectionCount >= connectionsMax - kept {
            return "the daemon has as many connections as it takes; try later"
        }
        switch caller.role {
        case .administrator: return nil
        case .agent, .observer:
            guard countByUser[caller.uid, default: 0] >= DaemonLimits.connectionsPerUserMax else {
                return nil
            }
            return "a user has at most \(DaemonLimits.connectionsPerUserMax) connections at a time"
        case .stranger:
            guard strangerCount >= DaemonLimits.connectionsOfStrangersMax else { return nil }
            return """
                users in none of the groups ipam, ipam-monitor and ipam-admin have at most \
                \(DaemonLimits.connectionsOfStrangersMax) connections together
                """
        }
    }

    private func goodbye(_ error: ProtocolError, to caller: Caller) -> [UInt8] {
        var session = session(for: caller)
        return session.goodbye(error)
    }

    /// How far one connection may go before somebody reads its answers.
    struct Bounds {
        /// What may be decided and not answered.
        let unansweredWeight: Int
        /// What may wait to be written.
        let outputBytes: Int
    }

    func bounds(for caller: Caller) -> Bounds {
        Bounds(
            unansweredWeight: max(1, share(of: DaemonLimits.unansweredWeightPerUserMax, caller))
                .clamped(to: DaemonLimits.unansweredWeightMax),
            outputBytes: max(
                DaemonLimits.outputBytesLeast,
                share(of: DaemonLimits.outputBytesPerUserMax, caller)
            ).clamped(to: DaemonLimits.outputBytesHigh))
    }

    /// An even part for each connection of the user; strangers are one user.
    private func share(of whole: Int, _ caller: Caller) -> Int {
        let count = caller.role == .stranger ? strangerCount : countByUser[caller.uid] ?? 1
        return whole / max(1, count)
    }

    private func count(_ caller: Caller, by step: Int) {
        connectionCount += step
        if caller.role == .stranger { strangerCount += step }
        countByUser[caller.uid, default: 0] += step
        if countByUser[caller.uid] == 0 { countByUser[caller.uid] = nil }
    }

    /// A connection has gone.
    func ended(_ connection: Connection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        connection.forgetUnfinished()
        gone(connection.caller)
    }

    private func gone(_ caller: Caller) {
        count(caller, by: -1)
        endIfEmpty()
    }

    func batchEnded() {
        batchesUnderWay -= 1
        endIfEmpty()
    }

    private func endIfEmpty() {
        guard connectionCount + batchesUnderWay == 0, let then = whenEmpty else { return }
        whenEmpty = nil
        then()
    }

    /// The session found a fault in what the client sends, and says goodbye.
    func brokeProtocol(_ connection: Connection, with goodbye: [UInt8]) {
        do throws(DecodingFault) {
            let body = FrameHeader.byteCount..<goodbye.count
            var fields = FieldReader(goodbye, range: body, structure: "goodbye")
            let said = try Goodbye(from: &fields)
            write(
                .connectionEnded, .notice, "connection closed: \(said.sentence)", connection.caller,
                said.knownCode)
        } catch {
            preconditionFailure("The session's own goodbye cannot be read: \(error).")
        }
        connection.close(after: goodbye)
    }

    /// We end a connection.
    func ends(_ caller: Caller, because error: ProtocolError) {
        let message: Message =
            error.code == .tooManyConnections ? .limitReached : .connectionEnded
        write(
            message, .notice, "connection closed: \(error.sentence)", caller, error.code)
    }

    private func write(
        _ message: Message, _ priority: JournalLog.Priority, _ text: String, _ caller: Caller?,
        _ code: ProtocolError.Code? = nil
    ) {
        guard log.admits(caller) else { return }
        let entry = LogEntry(message, priority, text).with(.code, code)
        log.write(caller.map(entry.with) ?? entry)
    }

    // MARK: The end

    /// Accepts nobody any more; who has connected and was not accepted waits in the kernel for
    /// the next daemon.
    func stopAccepting() {
        hasStopped = true
        for channel in channels { channel.close(promise: nil) }
        channels = []
    }

    /// Says goodbye to everybody, and calls when all have gone. Nobody can hold it up for longer
    /// than the farewell.
    func close(because error: ProtocolError, then: @escaping () -> Void) {
        whenEmpty = then
        for arrival in arrivals.values.flatMap({ $0.takeAll() }) {
            arrival.close(after: goodbye(error, to: arrival.caller))
            gone(arrival.caller)
        }
        endIfEmpty()
        for connection in Array(connections.values) { connection.sayGoodbye(error) }
    }
}

extension Int {
    fileprivate func clamped(to most: Int) -> Int { Swift.min(self, most) }
}
