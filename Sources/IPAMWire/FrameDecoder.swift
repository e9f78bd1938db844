import IPAM

/// Cuts frames out of a stream of bytes that comes in pieces.
///
/// A header is checked as soon as it is there, so a peer cannot make this side collect more than
/// one frame of the agreed size (and the piece that was appended last).
package struct FrameDecoder: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0
    private let frameBytesMax: Int

    package init(frameBytesMax: Int = Limits.frameBytesMax) {
        self.frameBytesMax = frameBytesMax
    }

    /// Takes what came in. Call `next()` until it has nothing, before more is appended.
    package mutating func append(_ piece: some Sequence<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: piece)
    }

    /// The next whole frame, or nothing until more is appended.
    package mutating func next() throws(ProtocolError) -> Frame? {
        guard bytes.count - start >= FrameHeader.byteCount else { return nil }
        let header = try FrameHeader.parse(
            bytes.span.bytes.extracting(droppingFirst: start), frameBytesMax: frameBytesMax)
        let bodyStart = start + FrameHeader.byteCount
        guard bytes.count - bodyStart >= header.bodyBytes else { return nil }
        let end = bodyStart + header.bodyBytes
        start = end
        return Frame(header, body: Array(bytes[bodyStart..<end]))
    }

    /// Whether a frame has begun and not ended: time to be impatient.
    package var isMidFrame: Bool { start < bytes.count }
}
