import ArgumentParser
import Glibc
import IPAMWire
import NIOCore
import NIOPosix

/// A server on SwiftNIO that cuts frames as the daemon does and answers each with as many bytes,
/// all the same: what is left of a read when nothing is looked up, encoded or checked.
struct NIOEchoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nio-echo", abstract: "Echoes frames, until it is ended.",
        shouldDisplay: false)

    @Argument(help: "Where it listens.")
    var socket: String

    @Argument(help: "The size of the body of each answer.")
    var bodyBytes: Int

    func run() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bodyBytes = bodyBytes
        let channel = try ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        FrameEcho(bodyBytes: bodyBytes))
                }
            }
            .bind(unixDomainSocketPath: socket, cleanupExistingSocketFile: true).wait()
        try channel.closeFuture.wait()
    }

    static func awaitListening(at socket: String, _ program: Program) throws(BenchError) {
        while access(socket, F_OK) != 0 {
            guard program.isRunning else { throw .ended("the NIO echo has ended") }
            usleep(1000)
        }
        // The path is there a moment before somebody listens.
        usleep(100_000)
    }
}

/// Everything happens where the bytes arrive, and one write answers what one read brought.
private final class FrameEcho: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let body: [UInt8]
    private var incoming = ByteBuffer()
    private var outgoing = ByteBuffer()

    init(bodyBytes: Int) { body = [UInt8](repeating: 1, count: bodyBytes) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        if incoming.readableBytes == 0 {
            incoming = piece
        } else {
            incoming.writeBuffer(&piece)
        }
        while let bytes: UInt32 = incoming.getInteger(
            at: incoming.readerIndex, endianness: .little),
            incoming.readableBytes >= FrameHeader.byteCount + Int(bytes),
            let correlation: UInt64 = incoming.getInteger(at: incoming.readerIndex + 8)
        {
            incoming.moveReaderIndex(forwardBy: FrameHeader.byteCount + Int(bytes))
            outgoing.writeInteger(UInt64(body.count), endianness: .little)
            outgoing.writeInteger(correlation)
            outgoing.writeBytes(body)
        }
        if incoming.readableBytes == 0 { incoming.clear() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        outgoing = context.channel.allocator.buffer(capacity: 4096)
    }
}
