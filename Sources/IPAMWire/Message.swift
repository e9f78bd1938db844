import IPAM

/// What one side tells the other: an opcode and a body that took one frame or many.
struct Message: Sendable, Hashable {
    let opcode: UInt8
    let correlation: CorrelationID
    let body: [UInt8]

    init(opcode: UInt8, correlation: CorrelationID, body: [UInt8]) {
        self.opcode = opcode
        self.correlation = correlation
        self.body = body
    }
}

/// Puts messages together from frames. The frames of a message follow each other directly, with
/// the same opcode and correlation id.
struct MessageAssembler: Sendable {
    private var open: FrameHeader?
    private var body: [UInt8] = []

    /// Whether a message has begun and not ended.
    var isMidMessage: Bool { open != nil }

    /// The message that this frame completes, or nothing if more frames follow.
    ///
    /// - Throws: `fragmentsMixed` or `messageTooLarge`.
    mutating func take(_ frame: Frame) throws(ProtocolError) -> Message? {
        let header = frame.header
        guard let first = open else {
            guard header.hasMore else {
                return Message(
                    opcode: header.opcode, correlation: header.correlation, body: frame.body)
            }
            open = header
            body = frame.body
            return nil
        }
        guard header.opcode == first.opcode, header.correlation == first.correlation else {
            throw ProtocolError(
                .fragmentsMixed,
                "a frame of another message stands between those of message \(first.correlation)")
        }
        guard frame.body.count <= Limits.messageBytesMax - body.count else {
            throw ProtocolError(
                .messageTooLarge,
                "message \(first.correlation) has more than \(Limits.messageBytesMax) bytes, "
                    + "the maximum")
        }
        body.append(contentsOf: frame.body)
        guard !header.hasMore else { return nil }
        defer {
            open = nil
            body = []
        }
        return Message(opcode: first.opcode, correlation: first.correlation, body: body)
    }
}

/// Writes a message as frames that the peer accepts.
enum MessageWriter {
    /// Appends the whole message in frames of at most `frameBytesMax` bytes.
    ///
    /// Nearly every message fits one frame, so the body is written behind room for one header,
    /// and only a longer one is copied into frames.
    static func append(
        _ opcode: Opcode, _ correlation: CorrelationID, frameBytesMax: Int,
        to writer: inout ByteWriter, body write: (inout ByteWriter) -> Void
    ) {
        let start = writer.bytes.count
        writer.append(integer: UInt64(0))
        writer.append(integer: UInt64(0))
        write(&writer)
        let bodyStart = start + FrameHeader.byteCount
        let bodyBytes = writer.bytes.count - bodyStart
        let perFrame = frameBytesMax - FrameHeader.byteCount
        guard bodyBytes > perFrame else {
            return FrameHeader(
                opcode: opcode.rawValue, correlation: correlation, bodyBytes: bodyBytes
            ).overwrite(in: &writer, at: start)
        }
        let body = Array(writer.bytes[bodyStart...])
        writer.removeAll(from: start)
        var rest = body[...]
        while !rest.isEmpty {
            let piece = rest.prefix(perFrame)
            rest = rest.dropFirst(perFrame)
            FrameHeader(
                opcode: opcode.rawValue, correlation: correlation, bodyBytes: piece.count,
                hasMore: !rest.isEmpty
            ).append(to: &writer)
            writer.append(piece)
        }
    }

    /// The whole message alone.
    static func frames(
        _ opcode: Opcode, _ correlation: CorrelationID, frameBytesMax: Int,
        body write: (inout ByteWriter) -> Void
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: 256)
        append(opcode, correlation, frameBytesMax: frameBytesMax, to: &writer, body: write)
        return writer.bytes
    }

    /// The length of a message that takes so many bytes in frames: all but the last are full.
    static func bodyBytes(ofFrames byteCount: Int, frameBytesMax: Int) -> Int {
        let frameCount = (byteCount + frameBytesMax - 1) / frameBytesMax
        return byteCount - frameCount * FrameHeader.byteCount
    }
}
