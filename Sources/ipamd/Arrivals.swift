import CLinux
import Glibc
import IPAM
import NIOCore
import NIOPosix

/// A client that was accepted, and nothing else.
struct Arrival {
    let client: Client
    let caller: Caller
    /// Makes NIO look at what it says, for this connection.
    let open: (Connection) -> Void
    let close: () -> Void

    /// A socket, and whose it is.
    struct Client: Sendable {
        let socket: NIOBSDSocket.Handle
        let caller: Result<Caller, PeerError>

        init(_ socket: NIOBSDSocket.Handle, _ roles: Roles) {
            self.socket = socket
            caller = Result { () throws(PeerError) in try roles.caller(ofSocket: socket) }
        }

        /// Whether the other end has closed without a word.
        var hasLeft: Bool {
            var byte: UInt8 = 0
            return recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 0
        }
    }

    /// Those who wait at a listening socket, up to a bound.
    struct Batch: Sendable {
        private(set) var clients: [Client] = []
        /// Whose connections had come to their end already.
        private(set) var left: [Result<Caller, PeerError>] = []

        init(on listeningSocket: Int32, _ roles: Roles) {
            for _ in 0..<DaemonLimits.acceptsPerBatch {
                let socket = clinux_accept(listeningSocket)
                guard socket >= 0 else { break }
                let client = Client(socket, roles)
                if client.hasLeft {
                    Glibc.close(socket)
                    left.append(client.caller)
                } else {
                    clients.append(client)
                }
            }
        }
    }

    /// Closes with some last words. It has heard nothing yet, so there is room for them.
    func close(after bytes: [UInt8]) {
        _ = send(client.socket, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        close()
    }
}

/// The clients of one user that were accepted and have to wait for its turn.
final class Arrivals: TurnTaker {
    let account: Turns.Account
    var isInLine = false
    private let listener: Listener
    private var waiting = CircularBuffer<Arrival>()

    init(_ account: Turns.Account, _ listener: Listener) {
        self.account = account
        self.listener = listener
    }

    var isEmpty: Bool { waiting.isEmpty }

    func append(_ arrival: Arrival) { waiting.append(arrival) }

    /// Opens one of them, which is enough for a turn; who has gone meanwhile costs no more than
    /// a look.
    func work(until moment: Turns.Moment?) -> Bool {
        while !listener.hasStopped, let arrival = waiting.popFirst() {
            if arrival.client.hasLeft {
                listener.left(arrival)
                if let moment, listener.turns.isOver(moment) { break }
            } else {
                listener.open(arrival)
                if moment != nil { break }
            }
        }
        // Who is left then is told so at the end.
        return waiting.isEmpty || listener.hasStopped
    }

    func turnEnded() { listener.haveOpened(self) }

    func takeAll() -> CircularBuffer<Arrival> {
        defer { waiting = CircularBuffer() }
        return waiting
    }
}

/// Where clients come in: sees who was accepted before anything is made for them.
///
/// NIO accepts, on the loop, as long as all who come are light users. In a flood a thread does, for
/// the kernel's part of it is the greater one, and the kernel lets clients in as they came: a good
/// one must neither wait behind the flood nor share the loop with it.
final class Door: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private let listener: Listener
    /// Of our own: NIO closes the other when it likes.
    private let listeningSocket: Int32
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private var isFlooded = false
    private var pauseEnd: NIODeadline?

    init(_ listeningSocket: Int32, _ listener: Listener) {
        self.listeningSocket = fcntl(listeningSocket, F_DUPFD_CLOEXEC, 0)
        precondition(self.listeningSocket >= 0, "A start has descriptors left.")
        self.listener = listener
        thread.start()
    }

    deinit {
        thread.shutdownGracefully { _ in }
        Glibc.close(listeningSocket)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        let client = Arrival.Client(channel.socket, listener.roles)
        arrived(client) { connection in
            do {
                try channel.pipeline.syncOperations.addHandler(connection)
            } catch {
                preconditionFailure("A channel that is not open takes a handler: \(error).")
            }
            context.fireChannelRead(data)
        } close: {
            channel.close(promise: nil)
        }
    }

    private func arrived(
        _ client: Arrival.Client, open: @escaping (Connection) -> Void, close: @escaping () -> Void
    ) {
        if listener.arrived(client, open: open, close: close) { isFlooded = true }
    }

    /// No descriptors are left, or no memory: clients wait in the kernel meanwhile.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        pauseEnd = .now() + DaemonLimits.retryTimeFirst
    }

    /// NIO asks for more after each look.
    func read(context: ChannelHandlerContext) {
        let loop = context.eventLoop.assumeIsolated()
        if let end = pauseEnd {
            pauseEnd = nil
            loop.scheduleTask(deadline: end) { if context.channel.isActive { context.read() } }
        } else if isFlooded {
            isFlooded = false
            acceptAside(context)
        } else {
            context.read()
        }
    }

    private func acceptAside(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        listener.batchesUnderWay += 1
        thread.submit { [listeningSocket, roles = listener.roles, loop = context.eventLoop] _ in
            // Whoever comes meanwhile is accepted with one look of the loop.
            usleep(DaemonLimits.floodPauseMicroseconds)
            let batch = Arrival.Batch(on: listeningSocket, roles)
            loop.execute {
                let (door, context) = bound.value
                door.took(batch, context)
            }
        }
    }

    private func took(_ batch: Arrival.Batch, _ context: ChannelHandlerContext) {
        let loop = context.eventLoop
        for caller in batch.left where listener.cameAndLeft(caller) { isFlooded = true }
        for client in batch.clients {
            arrived(client) { [listener] connection in
                listener.adopt(client.socket, connection, on: loop)
            } close: {
                _ = Glibc.close(client.socket)
            }
        }
        listener.batchEnded()
        if context.channel.isActive { read(context: context) }
    }
}

extension Channel {
    /// -1 if it has none.
    fileprivate var socket: NIOBSDSocket.Handle {
        do {
            return try pipeline.syncOperations.withUnsafeTransportIfAvailable { $0 } ?? -1
        } catch {
            return -1
        }
    }
}
