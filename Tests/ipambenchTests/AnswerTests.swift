import IPAM
import IPAMEngine
import IPAMWire
import Testing

@testable import ipambench

@Suite struct AnswerTests {
    private let caller = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)

    private func state() throws -> State {
        var state = State(incarnation: 1)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "root")
        let root = Manifest(key: key, ipFamily: "IPv4", prefix: "10.0.0.0/8")
        _ = try state.run(.apply(Command.Apply(manifests: [root])), by: caller)
        return state
    }

    private func look<Value>(at reply: Reply?, _ look: (AnswerFields) -> Value) throws -> Value {
        try #require(reply).encoded.withUnsafeBytes { look(AnswerFields(bytes: $0)) }
    }

    @Test func `the quick look at an answer sees what is in it`() throws {
        var state = try state()
        let request = Command.Request(
            name: "web-1", prefixLength: 26, parent: "root", labels: Filler.labels)
        let given = try state.run(.request(request), by: caller).outcome.reply
        let block = Block(number: 10 << 24, length: 26)
        #expect(try look(at: given) { $0.lsn } == 2)
        #expect(try look(at: given) { $0.allocatedBlock } == block)
        let query = Query.List(kind: .prefixAllocation, namespace: "default", names: ["web-1"])
        let listed = try state.answer(.list(query), by: caller)
        #expect(try look(at: listed) { $0.listedName.map(Array.init) } == Array("web-1".utf8))
        let release = Command.release(Command.Release(names: ["web-1"]))
        let released = try state.run(release, by: caller).outcome.reply
        #expect(try look(at: released) { $0.releasedBlock } == block)
        #expect(try look(at: released) { $0.allocatedBlock } == nil)
    }

    @Test func `only one refusal asks for patience`() {
        for (code, isBusy) in [(RefusalCode.busy, true), (.noRoom, false)] {
            let body = RefusalBody(lsn: 5, refusal: Refusal(code, "no")).encoded
            #expect(body.withUnsafeBytes { AnswerFields(bytes: $0).saysBusy } == isBusy)
        }
    }

    @Test func `an answer that is cut off anywhere is no answer`() throws {
        var state = try state()
        let request = Command.Request(name: "web-1", prefixLength: 26, parent: "root")
        let reply = try #require(try state.run(.request(request), by: caller).outcome.reply)
        let bytes = reply.encoded
        // The last field is the flag that it was created, in two bytes.
        for count in 0..<(bytes.count - 2) {
            let block = bytes[..<count].withUnsafeBytes { AnswerFields(bytes: $0).allocatedBlock }
            #expect(block == nil, "\(count) bytes")
        }
    }

    @Test func `a frame of the load is what the protocol says`() throws {
        let steps = LoadStep.requestAndRelease(name: "a", slot: 6, length: 28, parent: "root")
        var decoder = FrameDecoder()
        decoder.append(steps[0].frame)
        let frame = try #require(try decoder.next())
        #expect(frame.header.correlation == 7)
        let opcode = try #require(Opcode(rawValue: frame.header.opcode))
        let expected = Command.Request(name: "a", prefixLength: 28, parent: "root")
        #expect(try Request(opcode: opcode, body: frame.body) == .command(.request(expected)))
        #expect(
            steps.map(\.answer) == [Opcode.requestAnswer.rawValue, Opcode.releaseAnswer.rawValue])
    }
}

@Suite struct HoldHistoryTests {
    private let whole = Block(number: 10 << 24 | 64, length: 26)
    private let part = Block(number: 10 << 24 | 96, length: 28)

    @Test func `answers may come in any order`() throws {
        var history = HoldHistory()
        history.note(part, isHeld: true, lsn: 4)
        history.note(whole, isHeld: false, lsn: 3)
        history.note(whole, isHeld: true, lsn: 2)
        try history.check()
        history.note(part, isHeld: false, lsn: 5)
        try history.check()
    }

    @Test func `blocks that overlap are not held together`() {
        var history = HoldHistory()
        history.note(whole, isHeld: true, lsn: 2)
        history.note(part, isHeld: true, lsn: 3)
        #expect(throws: BenchError.self) { try history.check() }
    }

    @Test func `two changes never have the same number`() {
        var history = HoldHistory()
        history.note(whole, isHeld: true, lsn: 2)
        history.note(Block(number: 10 << 24, length: 32), isHeld: true, lsn: 2)
        #expect(throws: BenchError.self) { try history.check() }
    }

    @Test(
        arguments: [
            (11 << 24, 32), (10 << 24, 25), (10 << 24 | 1, 31),
        ] as [(UInt32, UInt8)])
    func `a block outside the root, too large or askew is no answer`(
        number: UInt32, length: UInt8
    ) {
        var held = HeldAddresses()
        let isHeld = held.hold(Block(number: number, length: length))
        #expect(!isHeld)
    }
}
