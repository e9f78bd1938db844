import IPAM

/// Pairs an answer with its request. Chosen by the client, never 0; a goodbye carries 0.
package typealias CorrelationID = UInt64

/// The 16 bytes before the body of a frame.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 4 | length of the body, u32 little-endian |
/// | 4 | 1 | opcode |
/// | 5 | 1 | flags: bit 0 = more frames of this message follow; the others are zero |
/// | 6 | 2 | reserved, zero |
/// | 8 | 8 | correlation id, u64 little-endian |
package struct FrameHeader: Sendable, Hashable {
    package static let byteCount = 16
    static let moreFlag: UInt8 = 1

    package let correlation: CorrelationID
    package let bodyBytes: Int
    package let opcode: UInt8
    /// Whether the message goes on in the next frame.
    package let hasMore: Bool

    package init(opcode: UInt8, correlation: CorrelationID, bodyBytes: Int, hasMore: Bool = false) {
        self.correlation = correlation
        self.bodyBytes = bodyBytes
        self.opcode = opcode
        self.hasMore = hasMore
    }

    /// Reads a header and checks it, before a byte of the body is waited for.
    ///
    /// - Parameters:
    ///   - bytes: what came in; the first 16 bytes are read.
    ///   - frameBytesMax: the largest frame that this side said it accepts, header included.
    /// - Returns: the header; the body is still to come.
    /// - Throws: `frameTooLarge`, `unknownFlag` or `badFrame`.
    package static func parse(
        _ bytes: RawSpan, frameBytesMax: Int = Limits.frameBytesMax
    ) throws(ProtocolError) -> FrameHeader {
        precondition(bytes.byteCount >= byteCount, "A header has 16 bytes.")
        let first = UInt64(littleEndian: bytes.unsafeLoadUnaligned(as: UInt64.self))
        let bodyBytes = Int(first & 0xffff_ffff)
        guard bodyBytes <= frameBytesMax - byteCount else {
            throw ProtocolError(
                .frameTooLarge,
                "the header announces a body of \(bodyBytes) bytes; the maximum is "
                    + "\(frameBytesMax - byteCount)")
        }
        let flags = UInt8(truncatingIfNeeded: first >> 40)
        guard flags & ~moreFlag == 0 else {
            throw ProtocolError(
                .unknownFlag, "the flags are \(flags); only bit 0 has a meaning in version 1")
        }
        guard first >> 48 == 0 else {
            throw ProtocolError(.badFrame, "bytes 6 and 7 of a header are reserved and zero")
        }
        let hasMore = flags & moreFlag != 0
        guard bodyBytes > 0 || !hasMore else {
            throw ProtocolError(.badFrame, "a frame after which more follow has a body")
        }
        let second = bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
        return FrameHeader(
            opcode: UInt8(truncatingIfNeeded: first >> 32),
            correlation: UInt64(littleEndian: second), bodyBytes: bodyBytes, hasMore: hasMore)
    }

    /// The first eight bytes as one little-endian number.
    private var firstWord: UInt64 {
        UInt64(bodyBytes) | UInt64(opcode) << 32 | (hasMore ? UInt64(Self.moreFlag) << 40 : 0)
    }

    func append(to writer: inout ByteWriter) {
        writer.append(integer: firstWord)
        writer.append(integer: correlation)
    }

    func overwrite(in writer: inout ByteWriter, at offset: Int) {
        writer.overwrite(integer: firstWord, at: offset)
        writer.overwrite(integer: correlation, at: offset + 8)
    }
}

/// One piece of the conversation: a header, and as many bytes as it says.
package struct Frame: Sendable, Hashable {
    package let header: FrameHeader
    package let body: [UInt8]

    package init(_ header: FrameHeader, body: [UInt8]) {
        precondition(header.bodyBytes == body.count, "A header states the length of its body.")
        self.header = header
        self.body = body
    }
}
