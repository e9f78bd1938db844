import Glibc
import NIOCore
import NIOPosix
import Systemd

/// Runs work when the sockets have been looked at once more.
///
/// A loop of NIO runs its tasks, and those that they plan meanwhile, until none is due, and only
/// then looks at its sockets: tasks that go on and on would keep all clients waiting. A byte in a
/// pipe is something to look at itself, so what waits for it comes behind the clients.
final class NextLook: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let output: Int32
    private var waiting: [() -> Void] = []

    private init(output: Int32) { self.output = output }

    deinit { close(output) }

    /// Makes the pipe; call it on the loop, which goes on before the pipe is in use.
    static func make(on loop: NIOIsolatedEventLoop) -> NextLook {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { preconditionFailure("A start has descriptors left.") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let look = NextLook(output: ends[1])
        let bound = NIOLoopBound(look, eventLoop: loop.nonisolated())
        NIOPipeBootstrap(group: loop.nonisolated())
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
            .takingOwnershipOfDescriptor(input: ends[0])
            .whenFailure { preconditionFailure("A pipe can be read: \($0).") }
        return look
    }

    func run(_ work: @escaping () -> Void) {
        waiting.append(work)
        // One byte at a time, so there is always room for it.
        if waiting.count == 1 { _ = write(output, [0], 1) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let due = waiting
        waiting = []
        for work in due { work() }
    }
}
