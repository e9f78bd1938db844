import IPAM
import IPAMEngine
import IPAMStore
import IPAMWire
import NIOCore

/// One client: cuts frames out of what it sends, has them decided, writes the answers.
///
/// Everything a client can make grow is bounded: what it has sent and is not looked at yet (a
/// frame and one read), what is decided and not answered, what is answered and not read. At a
/// bound the rest of what it sends waits in the kernel, and with it the client.
final class Connection: ChannelDuplexHandler, TurnTaker {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let caller: Caller
    let account: Turns.Account
    var isInLine = false
    let listener: Listener
    /// As they were when it was looked at last: others of its user may have come or gone since.
    private(set) var bounds: Listener.Bounds
    var session: ServerSession
    /// Absent before the connection is set up and after it has gone.
    var context: ChannelHandlerContext?

    /// Received and not cut into frames yet.
    private var received = ByteBuffer()
    /// The bodies of the frames of a message that goes on.
    private var messageBytes = 0
    private var isReadHeld = false
    private var isInputClosed = false
    var isClosing = false

    /// To be written with the next flush.
    var output = ByteBuffer()
    /// Whether the service knows that there is some.
    var isFlushPlanned = false
    /// All that was ever written to the channel.
    var writtenBytes = 0
    /// The weight of what is decided and not written yet.
    var unansweredWeight = 0
    /// The weights other than 1: almost all are 1, and not worth remembering.
    var weights: [CorrelationID: Int] = [:]

    /// Requests that wait for room.
    var waits: [CorrelationID: Ticket] = [:]
    /// The backup that the client reads.
    var backup: BackupFile?

    var helloTimer: Scheduled<Void>?
    var frameDeadline: NIODeadline?
    var isFrameTimerSet = false
    var isOutputTimerSet = false

    init(caller: Caller, listener: Listener) {
        self.caller = caller
        self.listener = listener
        account = listener.turns.account(of: caller)
        bounds = listener.bounds(for: caller)
        session = listener.session(for: caller)
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        awaitHello()
    }

    func channelInactive(context: ChannelHandlerContext) {
        helloTimer?.cancel()
        isClosing = true
        listener.service.abandon(self)
        listener.service.closeBackup(of: self)
        listener.ended(self)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// A reset or the like: there is nobody to talk to any more.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isClosing = true
        context.close(promise: nil)
    }

    /// The client has said all it will say, and may still want to hear the answers.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            isInputClosed = true
            listener.service.abandon(self)
            closeIfDone()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func closeIfDone() {
        guard isInputClosed, !isClosing, !isInLine, unansweredWeight == 0,
            output.readableBytes == 0,
            context?.channel.isWritable == true
        else { return }
        close(after: [])
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 {
            received = bytes
        } else {
            // Half a frame as a rule: without this a busy connection's buffer would only grow.
            received.discardReadBytes()
            received.writeBuffer(&bytes)
        }
        listener.turns.enter(self)
        // Its frames wait for us now, and not for the client.
        if isInLine { frameDeadline = nil }
    }

    func channelReadComplete(context: ChannelHandlerContext) { closeIfDone() }

    /// NIO asks for more after each read; at a bound, or in line, it has to wait.
    func read(context: ChannelHandlerContext) {
        if mayProceed, !isInLine { context.read() } else { isReadHeld = true }
    }

    /// Whether another frame may be looked at now.
    private var mayProceed: Bool {
        !isClosing && !listener.service.isDraining
            && unansweredWeight < bounds.unansweredWeight
            && output.readableBytes < bounds.outputBytes
            && context?.channel.isWritable == true
    }

    /// Goes on where a bound made it stop.
    func resume() {
        guard mayProceed, !isInLine else { return }
        if received.readableBytes > 0 { listener.turns.enter(self) }
        if !isInLine { turnEnded() }
    }

    func turnEnded() {
        if isReadHeld, mayProceed {
            isReadHeld = false
            context?.read()
        }
        // What it asked for last was looked at after it had said all.
        if isInputClosed { listener.service.abandon(self) }
        closeIfDone()
    }

    /// Cuts off whole frames and has them decided, as many as there may be.
    func work(until moment: Turns.Moment?) -> Bool {
        bounds = listener.bounds(for: caller)
        var isDone = true
        do throws(ProtocolError) {
            while mayProceed, let frame = try nextFrame() {
                act(on: frame)
                if let moment, listener.turns.isOver(moment) {
                    isDone = received.readableBytes < FrameHeader.byteCount
                    break
                }
            }
        } catch {
            end(error)
            return true
        }
        // A client that sends nothing more shall not keep the room that its last frames took.
        if received.readableBytes == 0 { received = ByteBuffer() }
        watchFrame(
            isHalf: isDone && (session.isMidMessage || (received.readableBytes > 0 && mayProceed)))
        return isDone
    }

    /// The next frame if all of it is there. The length in its header is checked first.
    private func nextFrame() throws(ProtocolError) -> Frame? {
        guard received.readableBytes >= FrameHeader.byteCount else { return nil }
        let buffer = received
        let header = try FrameHeader.parse(buffer.readableBytesSpan)
        guard received.readableBytes - FrameHeader.byteCount >= header.bodyBytes else { return nil }
        received.moveReaderIndex(forwardBy: FrameHeader.byteCount)
        let body = received.readBytes(length: header.bodyBytes) ?? []
        frameDeadline = nil
        try count(header)
        return Frame(header, body: body)
    }

    /// Keeps the unfinished messages of all clients together within their bound.
    private func count(_ header: FrameHeader) throws(ProtocolError) {
        let before = messageBytes
        messageBytes = header.hasMore ? messageBytes + header.bodyBytes : 0
        listener.unfinishedBytes += messageBytes - before
        guard listener.unfinishedBytes <= DaemonLimits.unfinishedBytesMax else {
            throw ProtocolError(
                .messageTooLarge, "too many clients are in the middle of long messages; try later")
        }
    }

    /// Gives back what an unfinished message had counted for.
    func forgetUnfinished() {
        listener.unfinishedBytes -= messageBytes
        messageBytes = 0
    }

    private func act(on frame: Frame) {
        let service = listener.service
        let action = session.receive(frame, durableLSN: service.durableLSN)
        switch action {
        case .wait, .send, .close: break
        case .execute, .answer, .watch, .cancel: service.meter.request(frame.header.opcode)
        }
        switch action {
        case .wait: break
        case .send(let bytes): write(bytes)
        case .close(let bytes): listener.brokeProtocol(self, with: bytes)
        case .execute(let command, let correlation):
            weigh(command.weight, correlation)
            service.execute(command, correlation, from: self)
        case .answer(let query, let correlation):
            weigh(query.weight, correlation)
            service.answer(query, correlation, to: self)
        case .watch(let watch, let correlation):
            weigh(1, correlation)
            service.watch(watch, correlation, from: self)
        case .cancel(let target, let correlation):
            weigh(1, correlation)
            service.cancel(target, correlation, from: self)
        }
    }

    private func weigh(_ weight: Int, _ correlation: CorrelationID) {
        unansweredWeight += weight
        if weight != 1 { weights[correlation] = weight }
    }
}

extension Command {
    /// How much memory the answer may need, in units of a small answer.
    fileprivate var weight: Int {
        switch self {
        case .request: 1
        case .apply(let apply): 1 + apply.manifests.count / 16
        case .release(let release):
            release.selector == nil ? 1 + (release.names.count + release.blocks.count) / 16 : 64
        case .delete(let delete): 1 + delete.keys.count / 16
        case .batch(let batch): 1 + batch.parts.count / 4
        case .reconcile, .access: 1
        }
    }
}

extension Query {
    /// As ``Command/weight``: a whole page of a list counts as much as 63 small answers.
    fileprivate var weight: Int {
        switch self {
        case .list(let list):
            1 + (list.names.isEmpty ? Self.rows(list.limit) : list.names.count) / 16
        case .used(let used): 1 + Self.rows(used.limit) / 16
        case .explain(let explain): 1 + Self.rows(explain.limit) / 16
        case .usage(let usage):
            1 + (usage.names.isEmpty ? Self.rows(usage.limit) : usage.names.count) / 16
        case .who(let who): 1 + Self.rows(who.limit) / 16
        case .check, .backup: 64
        case .namespaces(let query): 1 + Self.rows(query.limit) / 16
        case .status, .metrics: 1
        }
    }

    private static func rows(_ limit: UInt32) -> Int { min(Int(limit), Limits.pageItemsMax) }
}
