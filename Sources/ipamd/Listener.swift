import Glibc
import IPAM
import IPAMWire
import NIOCore
import NIOPosix
import Systemd

/// Accepts clients, finds out who they are, and keeps their number within bounds. Lives on the
/// event loop.
///
/// When descriptors run out, accepting pauses and goes on by itself (NIO's accept back-off):
/// clients wait in the kernel meanwhile.
final class Listener {
    let service: Service
    let turns: Turns
    private let log: OperatorLog
    private let roles: Roles
    private let connectionsMax: Int
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var countByUser: [UInt32: Int] = [:]
    private var strangerCount = 0
    private var channels: [any Channel] = []
    private var isAcceptHeld = false
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
        service.connectionCount = { [unowned self] in connections.count }
    }

    /// Begins to accept on a socket that listens.
    func listen(
        on socket: ListeningSocket, group: MultiThreadedEventLoopGroup, loop: NIOIsolatedEventLoop
    ) -> EventLoopFuture<Void> {
        let listener = NIOLoopBound(self, eventLoop: loop.nonisolated())
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: DaemonLimits.backlog)
            // Between two looks at the sockets somebody may have a long turn, so one is too few;
            // and who has to rest is known only after each.
            .serverChannelOption(.maxMessagesPerRead, value: 2)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: DaemonLimits.outputBytesLow, high: DaemonLimits.outputBytesHigh)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try listener.value.accept(channel) }
            }
            .withBoundSocket(socket.descriptor)
            .map { listener.value.channels.append($0) }
    }

    // MARK: Clients

    /// Throws if nothing can be said to the client: NIO then closes the connection.
    private func accept(_ channel: any Channel) throws {
        let roles = roles
        let caller: Caller
        do {
            let found = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                of: NIOBSDSocket.Handle.self
            ) { try roles.caller(ofSocket: $0) }
            guard let found else { throw PeerError(errno: ENOTSOCK) }
            caller = found
        } catch {
            write(.connectionRefused, .warning, "connection closed: \(error)", nil)
            throw error
        }
        let connection = Connection(caller: caller, listener: self)
        try channel.pipeline.syncOperations.addHandler(connection)
        connections[ObjectIdentifier(connection)] = connection
        count(caller, by: 1)
        // Said when the channel is active: now nothing can be written to it.
        connection.excess = excess(for: caller)
        turns.accepted(by: connection.account)
        if let moment = turns.rest(of: connection.account) { holdAccepting(until: moment) }
    }

    /// Who connects and connects has to rest like all others who take much time. Nobody knows who
    /// comes next, so all wait in the kernel meanwhile.
    private func holdAccepting(until moment: Turns.Moment) {
        guard !isAcceptHeld else { return }
        isAcceptHeld = true
        setAccepting(false)
        service.loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(moment))) { [weak self] in
            self?.isAcceptHeld = false
            self?.setAccepting(true)
        }
    }

    private func setAccepting(_ isOn: Bool) {
        for channel in channels {
            do {
                try channel.syncOptions?.setOption(.autoRead, value: isOn)
            } catch {
                // It has closed: nobody is accepted any more.
            }
        }
    }

    /// What there is too much of with this caller's newest connection.
    private func excess(for caller: Caller) -> String? {
        let isAdministrator = caller.role == .administrator
        let kept = isAdministrator ? 0 : DaemonLimits.connectionsKeptForAdministrators
        if connections.count > connectionsMax - kept {
            return "the daemon has as many connections as it takes; try later"
        }
        switch caller.role {
        case .administrator: return nil
        case .agent, .observer:
            guard countByUser[caller.uid, default: 0] > DaemonLimits.connectionsPerUserMax else {
                return nil
            }
            return "a user has at most \(DaemonLimits.connectionsPerUserMax) connections at a time"
        case .stranger:
            guard strangerCount > DaemonLimits.connectionsOfStrangersMax else { return nil }
            return """
                users in none of the groups ipam, ipam-monitor and ipam-admin have at most \
                \(DaemonLimits.connectionsOfStrangersMax) connections together
                """
        }
    }

    /// What one connection of a user may have decided and not answered.
    func unansweredWeightMax(for caller: Caller) -> Int {
        max(1, share(of: DaemonLimits.unansweredWeightPerUserMax, caller))
            .clamped(to: DaemonLimits.unansweredWeightMax)
    }

    /// What may wait for one connection of a user to read it.
    func outputBytesHigh(for caller: Caller) -> Int {
        max(DaemonLimits.outputBytesLeast, share(of: DaemonLimits.outputBytesPerUserMax, caller))
            .clamped(to: DaemonLimits.outputBytesHigh)
    }

    /// An even part for each connection of the user; strangers are one user.
    private func share(of whole: Int, _ caller: Caller) -> Int {
        let count = caller.role == .stranger ? strangerCount : countByUser[caller.uid] ?? 1
        return whole / max(1, count)
    }

    private func count(_ caller: Caller, by step: Int) {
        if caller.role == .stranger { strangerCount += step }
        countByUser[caller.uid, default: 0] += step
        if countByUser[caller.uid] == 0 { countByUser[caller.uid] = nil }
    }

    /// A connection has gone.
    func ended(_ connection: Connection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        connection.forgetUnfinished()
        count(connection.caller, by: -1)
        if connections.isEmpty, let then = whenEmpty {
            whenEmpty = nil
            then()
        }
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
    func ends(_ connection: Connection, because error: ProtocolError) {
        let message: Message =
            error.code == .tooManyConnections ? .limitReached : .connectionEnded
        write(
            message, .notice, "connection closed: \(error.sentence)", connection.caller, error.code)
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
        for channel in channels { channel.close(promise: nil) }
        channels = []
    }

    /// Says goodbye to everybody, and calls when all have gone. Nobody can hold it up for longer
    /// than the farewell.
    func close(because error: ProtocolError, then: @escaping () -> Void) {
        guard !connections.isEmpty else { return then() }
        whenEmpty = then
        for connection in Array(connections.values) { connection.sayGoodbye(error) }
    }
}

extension Int {
    fileprivate func clamped(to most: Int) -> Int { Swift.min(self, most) }
}
