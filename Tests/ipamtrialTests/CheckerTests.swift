import IPAM
import Seeded
import Testing

@testable import ipamtrial

/// The checkers find every lie, and nothing in what is true.
@Suite struct CheckerTests {
    private static func some(_ findings: [Finding], about words: String) -> Bool {
        findings.contains { $0.sentence.contains(words) }
    }

    // MARK: What is true

    @Test func `a history without a lie is right`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        daemon.ask(.request("a", length: 28))
        daemon.ask(.request("b", length: 28), client: 2)
        daemon.ask(.request("big", length: 27), client: 2)
        daemon.ask(.request("none", length: 27), client: 2)
        daemon.ask(.get("b"))
        daemon.ask(.release("a"), client: 3)
        daemon.ask(.get("a"))
        daemon.ask(.request("child", length: 29, asPrefix: true))
        daemon.ask(.request("inner", length: 31, of: "child"))
        #expect(findings([daemon.epoch()]) == [])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `what the workload asks is answered by the reference without a finding`(seed: UInt64) {
        let board = Board()
        var workloads = (1...4).map { Workload(client: $0, seed: seed, board: board) }
        var daemon = FakeDaemon()
        var epochs: [Epoch] = []
        for turn in 0..<400 {
            let index = turn % workloads.count
            let ask = workloads[index].next()
            let entry = daemon.ask(ask, client: index + 1)
            workloads[index].note(ask, entry.outcome)
            if turn % 100 == 99 { epochs.append(daemon.epoch()) }
        }
        #expect(findings(epochs) == [])
    }

    @Test func `what nobody was told of explains a missing number`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        daemon.askInVain(.request("b", length: 28), client: 2)
        daemon.loseQuestion(.request("c", length: 28), client: 3)
        daemon.askInVain(.release("a"), client: 4)
        daemon.ask(.request("d", length: 28))
        #expect(findings([daemon.epoch()]) == [])
    }

    @Test func `what an earlier attempt has done is put where it was done`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        let before = daemon.ask(.request("b", length: 28), client: 2).outcome
        daemon.ask(.request("c", length: 28))
        guard case .answered(let again) = daemon.ask(.request("b", length: 28)).outcome else {
            Issue.record("The daemon answers.")
            return
        }
        #expect(again.lsn == 4)
        #expect(again.outcome == before)
        // As the library says it, for the daemon has refused: it is not there any more.
        let gone = Answer.Released(items: [Answer.Released.Item(name: "a", block: nil)])
        #expect(Reply(lsn: 3, answer: .released(gone)).outcome == .unknown)
        guard case .answered(let released) = daemon.ask(.release("a")).outcome else {
            Issue.record("The daemon answers.")
            return
        }
        #expect(released.outcome == .answered(released))
    }

    /// Many clients of a daemon that was killed: what the library asked again tells where a request
    /// was done, and of a release only that it was.
    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func `releases that nobody was told of are put where they were done`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var daemon = FakeDaemon()
        var names: [String] = []
        func request(_ index: Int) {
            let root = ["best", "low", "sparse", "limited"][index % 4]
            let length: UInt8 = generator.chance(70) ? 32 : 31
            let entry = daemon.ask(.request("a\(index)", length: length, of: root))
            if case .answered = entry.outcome { names.append("a\(index)") }
        }
        for index in 0..<120 { request(index) }
        let death = daemon.time
        for index in 120..<320 {
            if generator.chance(65) || names.isEmpty {
                request(index)
            } else {
                let place = Int.random(in: names.indices, using: &generator)
                daemon.askInVain(.release(names.remove(at: place)), client: index)
            }
        }
        let epoch = daemon.epoch(ofDeathAt: death, shuffledBy: &generator)
        #expect(findings([epoch]) == [])
    }

    @Test func `a request that waited has the number of the release that made room`() {
        var daemon = FakeDaemon()
        for name in ["a", "b", "c", "d"] { daemon.ask(.request(name, length: 28)) }
        let invoked = daemon.time + 1
        daemon.ask(.release("b"), client: 2)
        var model = daemon.reference
        let ask = Ask.request("late", length: 28, wait: 100)
        let said = model.perform(ask, by: 0, isServed: true)
        daemon.append(
            Entry(
                client: 1, ask: ask, invoked: invoked, returned: daemon.time + 6,
                outcome: .answered(Reply(lsn: daemon.lsn, answer: FakeDaemon.answer(said)))))
        let last = Dump(
            lsn: model.lsn, things: model.things, invoked: daemon.time + 20,
            returned: daemon.time + 21)
        #expect(findings([Epoch(entries: daemon.entries, last: last)]) == [])
    }

    // MARK: Lies

    @Test func `an acknowledged change that is lost is found`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        let before = daemon.dump()
        daemon.ask(.request("b", length: 28))
        let last = Dump(
            lsn: before.lsn, things: before.things, invoked: daemon.time + 20,
            returned: daemon.time + 21)
        let epoch = Epoch(entries: daemon.entries, last: last)
        #expect(Self.some(findings([epoch]), about: "lost"))
        #expect(Self.some(IntervalCheck.findings([epoch]), about: "lost: b had 10.0.0.16/28"))
    }

    @Test func `an acknowledged change that is lost under a number of its own is found`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        let before = daemon.dump()
        daemon.ask(.request("b", length: 28))
        let last = Dump(
            lsn: daemon.lsn, things: before.things, invoked: daemon.time + 20,
            returned: daemon.time + 21)
        let epoch = Epoch(entries: daemon.entries, last: last)
        #expect(Self.some(findings([epoch]), about: "does not hold"))
        #expect(Self.some(IntervalCheck.findings([epoch]), about: "lost: b"))
    }

    @Test func `an address that is given out twice is found, with and without the numbers`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        var other = FakeDaemon()
        var twice = other.ask(.request("b", length: 28))
        guard case .answered(let reply) = twice.outcome else { return }
        twice.outcome = .answered(Reply(lsn: 3, answer: reply.answer))
        daemon.append(
            Entry(
                client: 2, ask: twice.ask, invoked: daemon.time + 10, returned: daemon.time + 15,
                outcome: twice.outcome))
        let epoch = Epoch(
            entries: daemon.entries,
            last: Dump(
                lsn: 3, things: daemon.reference.things, invoked: daemon.time + 30,
                returned: daemon.time + 31))
        #expect(Self.some(findings([epoch]), about: "LSN 3 is not explained"))
        #expect(Self.some(IntervalCheck.findings([epoch]), about: "given out twice in best"))
    }

    @Test func `a look that is behind what others were told is found`() {
        var daemon = FakeDaemon()
        let early = daemon.ask(.get("a"))
        daemon.ask(.request("a", length: 28))
        daemon.append(
            Entry(
                client: 2, ask: early.ask, invoked: daemon.time + 10, returned: daemon.time + 15,
                outcome: early.outcome))
        let epoch = Epoch(
            entries: daemon.entries,
            last: Dump(
                lsn: daemon.lsn, things: daemon.reference.things, invoked: daemon.time + 30,
                returned: daemon.time + 31))
        #expect(Self.some(findings([epoch]), about: "no state of 2...2 says so"))
        #expect(Self.some(IntervalCheck.findings([epoch]), about: "is not found"))
    }

    @Test func `an old look with an old number is found`() {
        var daemon = FakeDaemon()
        let list = Ask.list(
            Query.List(kind: .prefixAllocation, namespace: Roots.namespace))
        let early = daemon.ask(list)
        daemon.ask(.request("a", length: 28))
        daemon.append(
            Entry(
                client: 2, ask: list, invoked: daemon.time + 10, returned: daemon.time + 15,
                outcome: early.outcome))
        #expect(Self.some(findings([daemon.epoch()]), about: "a look has LSN 1, and 2 was told"))
    }

    @Test func `numbers that go against time are found`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        daemon.ask(.request("b", length: 28))
        var epoch = daemon.epoch()
        (epoch.entries[0].outcome, epoch.entries[1].outcome) = (
            epoch.entries[1].outcome, epoch.entries[0].outcome
        )
        #expect(Self.some(findings([epoch]), about: "a change has LSN 2, and 3 was told"))
    }

    @Test func `one number for two changes is found`() {
        var daemon = FakeDaemon()
        let first = daemon.ask(.request("a", length: 28))
        var other = FakeDaemon()
        let second = other.ask(.request("b", length: 126, of: "six"))
        daemon.append(
            Entry(
                client: 2, ask: second.ask, invoked: first.invoked, returned: first.returned,
                outcome: second.outcome))
        #expect(Self.some(findings([daemon.epoch()]), about: "LSN 2 was given twice"))
    }

    @Test func `a number of which nobody knows is found`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        daemon.ask(.request("b", length: 28))
        var epoch = daemon.epoch()
        epoch.entries.removeFirst()
        #expect(Self.some(findings([epoch]), about: "nobody was told of LSN 2"))
    }

    @Test func `what was refused and is there all the same is found`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        daemon.ask(.request("b", length: 28))
        for outcome in [Outcome.nothingChanged, .refused(.busy, part: nil)] {
            var copy = daemon
            var epoch = copy.epoch()
            epoch.entries[1].outcome = outcome
            #expect(Self.some(findings([epoch]), about: "nobody was told of LSN 3"))
        }
    }

    @Test func `a refusal without a reason is found`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        daemon.append(
            Entry(
                client: 2, ask: .request("b", length: 28), invoked: daemon.time + 10,
                returned: daemon.time + 15, outcome: .refused(.noRoom, part: nil)))
        #expect(Self.some(findings([daemon.epoch()]), about: "says so"))
    }

    @Test func `a refusal is judged by any state of its time`() {
        var daemon = FakeDaemon()
        for name in ["a", "b", "c", "d"] { daemon.ask(.request(name, length: 28)) }
        let invoked = daemon.time + 6
        daemon.ask(.release("a"))
        daemon.append(
            Entry(
                client: 2, ask: .request("e", length: 28), invoked: invoked,
                returned: daemon.time + 7, outcome: .refused(.noRoom, part: nil)))
        #expect(findings([daemon.epoch()]) == [])
    }

    @Test func `what had no answer, was there once, and is gone is found`() {
        var daemon = FakeDaemon()
        daemon.askInVain(.request("a", length: 28))
        let first = daemon.epoch()
        daemon.ask(.request("b", length: 28))
        var second = daemon.epoch()
        second.last = Dump(
            lsn: second.last.lsn, things: second.last.things.filter { $0.key.name != "a" },
            invoked: second.last.invoked, returned: second.last.returned)
        #expect(Self.some(findings([first, second]), about: "does not hold"))
    }

    @Test func `another answer to the same name is found`() {
        var daemon = FakeDaemon()
        daemon.ask(.request("a", length: 28))
        daemon.ask(.request("a", length: 28), client: 2)
        var epoch = daemon.epoch()
        var model = Roots.reference(owner: 0)
        _ = model.perform(.request("x", length: 28), by: 0)
        let said = model.perform(.request("a", length: 28), by: 0)
        epoch.entries[1].outcome = .answered(Reply(lsn: 2, answer: FakeDaemon.answer(said)))
        #expect(!findings([epoch]).isEmpty)
        #expect(Self.some(IntervalCheck.findings([epoch]), about: "and somebody else"))
    }

    @Test func `a daemon that went back is found`() {
        var daemon = FakeDaemon()
        let start = daemon.dump()
        daemon.ask(.request("a", length: 28))
        let first = daemon.epoch()
        let second = Epoch(
            entries: [],
            last: Dump(
                lsn: start.lsn, things: start.things, invoked: daemon.time + 10,
                returned: daemon.time + 11))
        #expect(Self.some(findings([first, second]), about: "went back"))
    }
}
