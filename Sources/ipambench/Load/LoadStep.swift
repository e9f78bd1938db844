import IPAM
import IPAMWire

/// One question of a client, as the bytes that it sends, and what has to come back.
struct LoadStep {
    enum Expectation: Equatable {
        /// A block that nobody holds.
        case allocated
        /// The block that this client was given before.
        case released
        /// The one object of that name.
        case listed(name: [UInt8])
        /// Any frame: of a server that only echoes.
        case echo
    }

    let expectation: Expectation
    /// The opcode of the right answer.
    let answer: UInt8
    let frame: [UInt8]

    /// `slot` is the place in its connection; each has one question in flight, so its
    ///   number can be the correlation id. No frame is built while the clock runs.
    init(_ request: Request, slot: Int, expecting expectation: Expectation) {
        var writer = ByteWriter()
        let body = request.encoded
        precondition(
            body.count <= Limits.frameBytesMax - FrameHeader.byteCount,
            "A question of the bench fits into one frame.")
        writer.append(integer: UInt64(body.count) | UInt64(request.opcode.rawValue) << 32)
        writer.append(integer: UInt64(slot + 1))
        writer.append(body)
        frame = writer.bytes
        answer = request.opcode.rawValue + 0x80
        self.expectation = expectation
    }

    /// A request and its release: the state is the same afterwards.
    static func requestAndRelease(
        name: String, slot: Int, length: UInt8, parent: String
    ) -> [LoadStep] {
        let request = Command.Request(name: name, prefixLength: length, parent: parent)
        let release = Command.Release(names: [name])
        return [
            LoadStep(.command(.request(request)), slot: slot, expecting: .allocated),
            LoadStep(.command(.release(release)), slot: slot, expecting: .released),
        ]
    }

    /// A look at one allocation.
    static func get(name: String, slot: Int) -> LoadStep {
        let list = Query.List(kind: .prefixAllocation, namespace: "default", names: [name])
        return LoadStep(
            .query(.list(list)), slot: slot, expecting: .listed(name: Array(name.utf8)))
    }

    /// The same bytes, for a server that answers whatever comes.
    var asEcho: LoadStep { LoadStep(self, expecting: .echo) }

    private init(_ step: LoadStep, expecting expectation: Expectation) {
        self.expectation = expectation
        answer = step.answer
        frame = step.frame
    }
}
