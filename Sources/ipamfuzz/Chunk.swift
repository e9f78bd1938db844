/// A piece of an input: sixteen bytes and a body. Frames of the protocol are such pieces, and so
/// are the steps from which a state directory is made; one mutator serves both.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 4 | length of the body, u32 little-endian |
/// | 4 | 12 | what the piece is |
struct Chunk: Hashable {
    static let headBytes = 12

    /// Twelve bytes.
    var head: [UInt8]
    var body: [UInt8]

    init(head: [UInt8], body: [UInt8]) {
        precondition(head.count == Self.headBytes, "A chunk has twelve bytes beside its length.")
        self.head = head
        self.body = body
    }

    /// The pieces of an input; the last one has what is there of it, and a rest that is too
    /// short for one is left out.
    static func all(in bytes: ArraySlice<UInt8>) -> [Chunk] {
        var chunks: [Chunk] = []
        var rest = bytes
        while rest.count >= 4 + headBytes {
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            let head = Array(rest.prefix(headBytes))
            rest = rest.dropFirst(headBytes)
            chunks.append(Chunk(head: head, body: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return chunks
    }

    var bytes: [UInt8] {
        let length = UInt32(body.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + head + body
    }
}
