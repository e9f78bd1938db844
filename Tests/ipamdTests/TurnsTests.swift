import Testing

@testable import ipamd

/// Who has the loop next, on a clock of the test's own: a step takes as long as it says.
@Suite struct TurnsTests {
    private let loop = Loop()

    @Test func `who is alone is looked at at once, however much it asks`() {
        let greedy = loop.client(1, step: 50)
        greedy.wants(10_000)
        #expect(greedy.done == 10_000)
        #expect(!greedy.isInLine)
    }

    @Test func `who asks for little is looked at at once, whatever others ask`() {
        let hogs = (1...4).map { loop.client($0, step: 40, isEndless: true) }
        let modest = loop.client(9, step: 20)
        loop.meet(modest)
        for hog in hogs { hog.wants(100) }
        for _ in 0..<2000 {
            loop.run(for: 300)
            modest.wants(1)
            #expect(!modest.isInLine)
        }
        #expect(hogs.allSatisfy { $0.isInLine })
    }

    /// A unit of work cannot be interrupted: the longer it is, the rarer it comes.
    @Test(arguments: [20, 1000, 30_000], [1, 4])
    func `hardly any request of a modest user meets the turn of a greedy one`(
        step: Int64, hogCount: UInt32
    ) {
        let hogs = (1...hogCount).map { loop.client($0, step: step, isEndless: true) }
        let modest = loop.client(9, step: 20)
        loop.meet(modest)
        for hog in hogs { hog.wants(100) }
        // Not counted: how they came to be heavy.
        loop.run(for: 10 * step)
        var busy: Int64 = 0
        let begin = loop.now
        for _ in 0..<5000 {
            let before = hogs.map(\.spent).reduce(0, +)
            loop.run(for: 300)
            modest.wants(1)
            busy += hogs.map(\.spent).reduce(0, +) - before
        }
        #expect(busy * 3 < loop.now - begin, "a third of the time at most")
        #expect(hogs.allSatisfy { $0.done > 0 })
    }

    @Test func `heavy users among themselves have even parts, whatever a unit of theirs takes`() {
        let hogs = [
            loop.client(1, step: 10, isEndless: true), loop.client(2, step: 500, isEndless: true),
            loop.client(3, step: 3000, isEndless: true),
        ]
        loop.meet(loop.client(9, step: 20))
        for hog in hogs { hog.wants(100) }
        loop.run(for: 1_000_000)
        let parts = hogs.map(\.spent)
        let total = parts.reduce(0, +)
        #expect(total > 900_000, "nobody rests when only heavy users are there")
        for part in parts { #expect(part > total * 28 / 100 && part < total * 39 / 100) }
    }

    @Test func `connections of one user share its part`() {
        let many = (0..<20).map { _ in loop.client(1, step: 100, isEndless: true) }
        let one = loop.client(2, step: 100, isEndless: true)
        loop.meet(loop.client(9, step: 20))
        for hog in many + [one] { hog.wants(100) }
        loop.run(for: 1_000_000)
        let part = many.map(\.spent).reduce(0, +)
        #expect(one.spent > part * 8 / 10 && one.spent < part * 12 / 10)
    }

    @Test func `strangers are one user`() {
        let accounts = [7, 8].map { loop.turns.account(uid: $0, isStranger: true) }
        #expect(accounts[0] === accounts[1])
        #expect(accounts[0] !== loop.turns.account(uid: 7, isStranger: false))
    }

    @Test func `who was heavy and asks for little is light again`() {
        let hog = loop.client(1, step: 40, isEndless: true)
        let other = loop.client(2, step: 40)
        loop.meet(other)
        other.wants(1000)
        hog.wants(100)
        loop.run(for: 500_000)
        #expect(other.done == 1001)
        for _ in 0..<8 {
            other.wants(1)
            loop.run(for: 5000)
        }
        other.wants(1)
        #expect(!other.isInLine)
    }

    @Test func `a heavy user that stays does not rest once the light one has gone`() {
        let hog = loop.client(1, step: 1000, isEndless: true)
        let modest = loop.client(2, step: 20)
        loop.meet(modest)
        hog.wants(100)
        loop.run(for: 1_000_000)
        #expect(hog.spent > 900_000)
    }

    @Test func `who connects again and again rests like all who take much`() {
        let crowd = loop.client(1, step: 50, beginsConnections: true)
        let modest = loop.client(9, step: 20)
        loop.meet(modest)
        var mostBusy: Int64 = 0
        for _ in 0..<500 {
            let begin = loop.now
            let before = crowd.done
            for _ in 0..<10 {
                loop.run(for: 100)
                modest.wants(1)
                #expect(!modest.isInLine)
                loop.turns.accepted(by: crowd.account)
                crowd.wants(1)
            }
            // What begins one, and what that brings about.
            let busy = Int64(crowd.done - before) * 120
            if crowd.done > 100 { mostBusy = max(mostBusy, busy * 100 / (loop.now - begin)) }
        }
        #expect(crowd.done > 500, "it is served, later")
        #expect(mostBusy < 40, "per cent of the time, of any short while")
    }

    @Test func `who connects once in a while is light`() {
        let tool = loop.client(1, step: 50, beginsConnections: true)
        let modest = loop.client(9, step: 20)
        loop.meet(modest)
        for _ in 0..<1000 {
            loop.run(for: 1000)
            modest.wants(1)
            loop.turns.accepted(by: tool.account)
            tool.wants(1)
            #expect(!tool.isInLine)
        }
    }

    @Test func `a commit of heavy users is a part of their turn`() {
        let hog = loop.client(1, step: 40, isEndless: true)
        let modest = loop.client(2, step: 20)
        loop.meet(modest)
        hog.wants(100)
        // Long enough to be heavy, and for its first turn.
        for _ in 0..<20 {
            modest.wants(1)
            loop.run(for: 300)
        }
        loop.turns.committed(after: 2_000_000)
        modest.wants(1)
        #expect(loop.turns.rest(of: hog.account) != nil)
        #expect(loop.turns.rest(of: modest.account) == nil)
    }
}

/// A loop with a clock of its own, in microseconds for the tests.
private final class Loop {
    private var moment: Turns.Moment = 1_000_000_000
    private var planned: [(at: Turns.Moment, work: () -> Void)] = []
    private var looks: [() -> Void] = []
    private(set) lazy var turns = Turns(
        now: { [unowned self] in moment }, used: { [unowned self] in moment },
        schedule: { [unowned self] in planned.append(($0, $1)) },
        afterLook: { [unowned self] in looks.append($0) })

    var now: Int64 { moment / 1000 }

    func pass(_ microseconds: Int64) { moment += microseconds * 1000 }

    func client(
        _ uid: UInt32, step: Int64, isEndless: Bool = false, beginsConnections: Bool = false
    ) -> Client {
        let client = Client(self, turns.account(uid: uid, isStranger: false), step, isEndless)
        client.beginsConnections = beginsConnections
        return client
    }

    /// Somebody is about: whoever comes next is not alone.
    func meet(_ client: Client) { client.wants(1) }

    /// Lets time pass, and runs what is due in it.
    func run(for microseconds: Int64) {
        let end = moment + microseconds * 1000
        while moment < end {
            if !looks.isEmpty {
                let due = looks
                looks = []
                for work in due { work() }
            } else if let next = planned.map(\.at).min(), next < end {
                moment = max(moment, next)
                let index = planned.firstIndex { $0.at == next } ?? 0
                planned.remove(at: index).work()
            } else {
                moment = end
            }
        }
    }
}

private final class Client: TurnTaker {
    let account: Turns.Account
    var isInLine = false
    /// Requests that it still has.
    private var left = 0
    private(set) var done = 0
    private let loop: Loop
    private let step: Int64
    /// Whether it always wants more.
    private let isEndless: Bool
    var beginsConnections = false

    init(_ loop: Loop, _ account: Turns.Account, _ step: Int64, _ isEndless: Bool) {
        self.loop = loop
        self.account = account
        self.step = step
        self.isEndless = isEndless
    }

    var spent: Int64 { Int64(done) * step }

    func wants(_ count: Int) {
        left += count
        loop.turns.enter(self)
    }

    func work(until moment: Turns.Moment?) -> Bool {
        while left > 0 {
            left -= 1
            done += 1
            loop.pass(step)
            if beginsConnections { loop.turns.connectionOpens() }
            // Alone, it would never end.
            if isEndless, moment != nil { left = 100 }
            if let moment, loop.turns.isOver(moment) { break }
        }
        return left == 0
    }

    func turnEnded() {}
}
