internal import IPAMClient
internal import IPAMWire
internal import NIOCore

/// Carries one session over one connection: cuts frames where they arrive, and writes what the
/// requests of a tick have gathered at once.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Takes what the session says; it outlives every connection.
    private let connector: Connector
    private var session: ClientSession
    /// What was agreed with the daemon, once it said hello.
    var agreement: Agreement? { session.agreement }
    private var incoming = ByteBuffer()
    private var outgoing = ByteBuffer()
    private var context: ChannelHandlerContext?
    /// What the daemon said when it ended the connection.
    private var goodbye: Goodbye?
    private var hasEnded = false

    init(connector: Connector, software: String) {
        self.connector = connector
        session = ClientSession(named: software)
    }

    // MARK: - Sending

    /// Whether the daemon takes another request now.
    var hasRoom: Bool { hasRoom(reserve: Self.cancelsReserve) }

    /// Whether it takes another cancel. Lasting requests could fill the connection for ever if
    /// nothing could be sent to end them.
    var hasRoomForCancel: Bool { hasRoom(reserve: 0) }

    private func hasRoom(reserve: Int) -> Bool {
        guard let agreement = session.agreement, let context, !hasEnded else { return false }
        let most = Int(agreement.requestsInFlightMax)
        return session.requestsInFlight < most - min(reserve, most / 2)
            && outgoing.readableBytes < Self.writeBytesMax && context.channel.isWritable
    }

    /// Bytes that are gathered before they are written.
    private static let writeBytesMax = 256 << 10
    /// Requests in flight that are kept free for cancels, which are answered at once.
    private static let cancelsReserve = 8

    /// Adds a request to what the next flush writes.
    func send(_ question: Question) throws(ClientSession.SendFault) -> CorrelationID? {
        let sent: ClientSession.Sent
        switch question {
        case .command(let command): sent = try session.send(command)
        case .query(let query): sent = try session.send(query)
        case .watch(let watch, _): sent = try session.send(.watch(watch))
        case .greeting: return nil
        }
        outgoing.writeBytes(sent.bytes)
        return sent.correlation
    }

    /// Adds a cancel of a request in flight to what the next flush writes.
    func cancel(_ correlation: CorrelationID) throws(ClientSession.SendFault) {
        outgoing.writeBytes(try session.send(.cancel(correlation)).bytes)
    }

    /// One write for all that was added.
    func flush() {
        guard let context, outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        outgoing = context.channel.allocator.buffer(capacity: outgoing.capacity)
    }

    /// Ends the connection from our side.
    func close(_ why: String) { end(why, violation: nil) }

    // MARK: - Receiving

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        outgoing.writeBytes(session.hello())
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if incoming.readableBytes == 0 {
            incoming = bytes
        } else {
            incoming.writeBuffer(&bytes)
        }
        do throws(ProtocolError) {
            while !hasEnded, let frame = try nextFrame() {
                if let event = try session.receive(frame) { take(event) }
            }
        } catch {
            end(error.sentence, violation: error)
        }
        if incoming.readableBytes == 0 {
            incoming = ByteBuffer()
        } else {
            incoming.discardReadBytes()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Answers make room for what waits.
        connector.pump()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        connector.pump()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("the daemon closed the connection", violation: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end("the connection failed: \(error)", violation: nil)
    }

    /// A whole frame, if one has arrived. The header is checked before the body is waited for.
    private func nextFrame() throws(ProtocolError) -> Frame? {
        guard incoming.readableBytes >= FrameHeader.byteCount else { return nil }
        let arrived = incoming
        let header = try FrameHeader.parse(
            arrived.readableBytesSpan, frameBytesMax: session.frameBytesMax)
        let byteCount = FrameHeader.byteCount + header.bodyBytes
        guard incoming.readableBytes >= byteCount else { return nil }
        incoming.moveReaderIndex(forwardBy: FrameHeader.byteCount)
        return Frame(header, body: incoming.readBytes(length: header.bodyBytes) ?? [])
    }

    private func take(_ event: ClientSession.Event) {
        switch event {
        case .hello: connector.opened(self)
        case .reply(let correlation, let reply): connector.answer(correlation, .reply(reply))
        case .refused(let correlation, let refusal, let lsn):
            connector.answer(correlation, .refused(refusal, lsn: lsn))
        case .event(let correlation, let event): connector.take(event, of: correlation)
        case .watchEnded(let correlation, _): connector.answer(correlation, .watchEnded)
        // What it ended has had its answer; what it did not find had one before.
        case .cancelAnswered: break
        case .goodbye(let goodbye):
            self.goodbye = goodbye
            end(goodbye.sentence, violation: nil)
        }
    }

    /// Ends the connection once, whoever ended it first.
    private func end(_ why: String, violation: ProtocolError?) {
        guard !hasEnded else { return }
        hasEnded = true
        let isForeign = violation != nil || goodbye?.knownCode == .unsupportedVersion
        connector.ended(
            self, why, error: isForeign ? .protocolFault(why) : nil,
            restNotExecuted: goodbye?.restNotExecuted ?? false)
        context?.close(promise: nil)
        context = nil
    }
}
