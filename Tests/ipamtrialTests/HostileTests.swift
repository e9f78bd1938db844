import IPAM
import Seeded
import Testing

@testable import ipamtrial

/// The parts of the trial that judge must see what they are there for.
struct HostileTests {
    private func entry(_ text: String) -> JournalEntry? { JournalEntry(Array(text.utf8)) }

    /// A field in the form for values with line breaks.
    private func counted(_ name: String, _ value: String) -> [UInt8] {
        let length = UInt64(value.utf8.count)
        return Array("\(name)\n".utf8)
            + (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
            + Array("\(value)\n".utf8)
    }

    @Test func `an entry of the log is read in both forms`() {
        let bytes = Array("MESSAGE=all is well\n".utf8) + counted("IPAM_NAME", "a\nPRIORITY=0")
        let entry = JournalEntry(bytes)
        #expect(entry?.text == "all is well")
        #expect(entry?["IPAM_NAME"] == "a\nPRIORITY=0")
        #expect(entry?["PRIORITY"] == nil)
        #expect(entry?.fault == nil)
    }

    @Test(arguments: [
        "MESSAGE=x\nFORGED=1\n", "MESSAGE=x\nPRIORITY=6\nPRIORITY=0\n", "MESSAGE=\u{1b}[2J\n",
        "MESSAGE=\u{202e}desrever\n", "MESSAGE=two\u{2028}lines\n", "MESSAGE=bell\u{7}\n",
    ])
    func `a forged entry of the log is a fault`(text: String) {
        #expect(entry(text)?.fault != nil)
    }

    @Test func `a text with a line break in it is a fault`() {
        #expect(JournalEntry(counted("MESSAGE", "one\ntwo"))?.fault != nil)
        #expect(JournalEntry(counted("MESSAGE", "one two"))?.fault == nil)
    }

    @Test(arguments: ["MESSAGE", "MESSAGE=x", "MESSAGE\n\u{1}\u{0}", "MESSAGE\nxxxxxxxxxxxx\n"])
    func `what is no entry is not taken for one`(text: String) {
        #expect(entry(text) == nil)
    }

    @Test(arguments: [1, 7, 16, 1000])
    func `answers are counted however the bytes are cut`(size: Int) {
        let opcodes: [(UInt8, UInt8)] = [(0x81, 0), (0x83, 1), (0x83, 0), (0xf1, 0), (0xff, 0)]
        let bytes = opcodes.flatMap { opcode, flags in
            HostileFrame.header(bodyBytes: 20, opcode: opcode, flags: flags, correlation: 7)
                + [UInt8](repeating: 0xff, count: 20)
        }
        var counter = AnswerCounter()
        for begin in stride(from: 0, to: bytes.count, by: size) {
            counter.take(bytes[begin..<min(begin + size, bytes.count)])
        }
        // The first of two frames and the event are no answers.
        #expect(counter.count == 3)
    }

    @Test func `a deed is read back as it was written`() throws {
        let deed = GoodClient.Deed(.release, begin: 5, end: 9, fault: "not\nthere: gone")
        let read = try #require(GoodClient.Deed(line: deed.line))
        #expect(read.kind == .release && read.nanoseconds == 4)
        #expect(read.fault == "not there: gone")
        #expect(GoodClient.Deed(line: "release 9 5") == nil)
        #expect(GoodClient.Deed(line: "release 5") == nil)
    }

    /// Pairs of a request and a release that take so long each, one after the other.
    private func deeds(_ window: Siege.Window, _ nanoseconds: UInt64) -> [GoodClient.Deed] {
        stride(from: window.begin, to: window.end, by: Int(nanoseconds)).enumerated().map {
            GoodClient.Deed(
                $0.isMultiple(of: 2) ? .request : .release, begin: $1, end: $1 + nanoseconds,
                fault: nil)
        }
    }

    private func comparison(
        alone: UInt64, beside: UInt64? = nil, attacked: UInt64
    ) -> Comparison {
        let first = Siege.Window(begin: 0, end: 1_000_000_000)
        let second = Siege.Window(begin: 2_000_000_000, end: 3_000_000_000)
        let third = Siege.Window(begin: 4_000_000_000, end: 5_000_000_000)
        let round = Siege.Round(
            alone: first, beside: beside.map { _ in second }, attacked: third, peakBytes: 0,
            processorSeconds: 0, recoverySeconds: 0, tally: Attacker.Tally())
        let all = deeds(first, alone) + deeds(second, beside ?? alone) + deeds(third, attacked)
        return Comparison(name: "x", rounds: [round], deeds: all)
    }

    @Test func `an attack that makes others three times as slow is found`() {
        let bad = comparison(alone: 1_000_000, attacked: 3_000_000)
        #expect(bad.percentileRatio == 3)
        #expect((0.32...0.34).contains(bad.throughputRatio))
        #expect(bad.finding != nil)
        #expect(comparison(alone: 1_000_000, attacked: 1_100_000).finding == nil)
    }

    @Test func `what attackers cost who are at another daemon is not its fault`() {
        let shared = comparison(alone: 1_000_000, beside: 3_000_000, attacked: 3_200_000)
        #expect(shared.percentileRatio > 3)
        #expect(shared.finding == nil)
        #expect(shared.line.contains("with the attackers at another daemon 3.0 ms (x1.1)"))
        #expect(comparison(alone: 1_000_000, beside: 1_000_000, attacked: 3_000_000).finding != nil)
    }

    @Test func `who gets no answer at all counts as waiting the whole time`() {
        let starved = comparison(alone: 1_000_000, attacked: 2_000_000_000)
        #expect(starved.percentileRatio >= 1000)
        #expect(starved.throughputRatio == 0)
    }

    @Test func `every attack has a name of its own, and sends something or connects`() {
        #expect(Set(Attack.all.map(\.name)).count == Attack.all.count)
        var generator = SeededGenerator(seed: 1)
        let turn = Attack.Turn(correlation: 2, connection: "1-1", incarnation: 1)
        let silent = Attack.all.filter { $0.next(&generator, turn).isEmpty }.map(\.name)
        #expect(silent == ["floods", "silent"])
    }
}
