import IPAM
import IPAMEngine
import Seeded
import Testing

/// What is used and free, who has an address, and why a request would not be served.
@Suite struct SpaceTests {
    private var run = ScenarioRun()

    private mutating func perform(_ lines: String) {
        for line in lines.split(separator: "\n") { _ = run.perform(String(line).words) }
    }

    private func answer(_ query: Query) throws -> Answer {
        try run.state.answer(query, by: run.caller).answer
    }

    private func usage(_ name: String) throws -> PrefixUsage {
        guard case .usage(let page) = try answer(.usage(.init(namespace: "default", names: [name])))
        else { throw Refusal(.malformed, "another answer") }
        return try #require(page.items.first)
    }

    @Test mutating func `used, free, reserved, excluded and held make the whole`() throws {
        perform(
            """
            root pods 10.0.0.0/24 reserved 10.0.0.0/28 excluded 10.0.0.8/29,10.0.0.255
            request a prefix 10.0.0.0/30 from pods
            request b prefix 10.0.0.128/26 from pods
            """)
        let usage = try usage("pods")
        #expect(usage.allocationCount == 2)
        #expect(usage.used == [.init(length: 26, count: 1), .init(length: 30, count: 1)])
        #expect(usage.reserved == [.init(length: 30, count: 1)])
        #expect(usage.excluded == [.init(length: 29, count: 1), .init(length: 32, count: 1)])
        #expect(usage.largestFree == prefix("10.0.0.64/26"))
        let lists = [usage.used, usage.free, usage.reserved, usage.excluded, usage.held]
        #expect(lists.map(usage.addresses).reduce(.zero, +) == AddressCount(256))
        #expect(usage.addresses(usage.free) == AddressCount(256 - 64 - 4 - 4 - 9))
        #expect(usage.usedShare == 68.0 / 256)
    }

    @Test mutating func `all of IPv6 is counted without overflow and without enumeration`() throws {
        perform(
            """
            root all ::/0
            request a length 1 from all
            request b length 128 from all
            """)
        let usage = try usage("all")
        #expect("\(usage.addresses)" == "340282366920938463463374607431768211456")
        #expect(
            "\(usage.addresses(usage.free))" == "170141183460469231731687303715884105727")
        #expect(usage.largestFree == prefix("c000::/2"))
        #expect(usage.fragmentation == 0)
    }

    @Test mutating func `fragmentation compares the largest block with what could be`() throws {
        perform("root pods 10.0.0.0/24")
        #expect(try usage("pods").fragmentation == 0)
        perform("request a prefix 10.0.0.0/26 from pods")
        #expect(try usage("pods").fragmentation == 0)
        perform("request b prefix 10.0.0.128/26 from pods")
        // Half is free, in two quarters: one of half the size could be.
        #expect(try usage("pods").fragmentation == 0.5)
    }

    @Test mutating func `who has an address is told from the root down`() throws {
        perform(
            """
            root  pods 10.0.0.0/16
            root  same 10.0.0.0/16
            child mid  family IPv4 length 24 from pods
            request a length 26 from mid
            """)
        #expect(run.perform("who 10.0.0.1/32".words) == "pods mid a same")
        #expect(run.perform("who 10.0.0.0/25".words) == "pods mid same")
        #expect(run.perform("who 11.0.0.0/25".words) == "")
        run.caller = Caller(uid: 1000, gid: 0, pid: 1, role: .agent)
        #expect(run.perform("who 10.0.0.1/32".words) == "pods mid same")
    }

    @Test mutating func `explain says of every parent why it was chosen or not`() throws {
        perform(
            """
            root chosen   10.0.0.0/24 label t=p
            root full     10.0.1.0/28 label t=p
            root larger   10.1.0.0/16 label t=p
            root other    2001:db8::/32 label t=p
            root small    10.2.0.0/28 label t=p
            root strict   10.3.0.0/16 label t=p max 24
            root unlike   10.4.0.0/16 label t=q
            child waits   family IPv4 length 4 select t=p
            request x prefix 10.0.1.0/29 from full
            request y prefix 10.0.1.8/29 from full
            """)
        func explain(_ request: Command.Request) throws -> Answer.Explained {
            guard case .explained(let explained) = try answer(.explain(.init(request: request)))
            else { throw Refusal(.malformed, "another answer") }
            return explained
        }
        let selector = Selector(matchLabels: ["t": "p"])
        let found = try explain(.init(name: "n", prefixLength: 28, selector: selector))
        #expect(found.placement?.parent == "chosen")
        #expect(found.placement?.block == prefix("10.0.0.0/28"))
        let verdicts = found.candidates.map { candidate in
            candidate.isChosen
                ? "\(candidate.parent) chosen"
                : "\(candidate.parent) \(candidate.reason.map { "\($0)" } ?? "has room")"
        }
        #expect(
            verdicts == [
                "chosen chosen", "full TooLarge", "larger has room", "other OtherFamily",
                "small TooLarge", "strict LengthNotAllowed", "unlike ParentNotSelected",
                "waits ParentNotAllocated",
            ])
        let none = try explain(.init(name: "n", prefixLength: 29, parent: "full"))
        #expect(none.placement == nil)
        #expect(none.explanation?.reason == .noRoom)
        #expect(none.candidates.map(\.parent) == ["full"])
        var paged = Query.Explain(
            request: .init(name: "n", prefixLength: 28, selector: selector), limit: 3)
        var names: [String] = []
        repeat {
            guard case .explained(let page) = try answer(.explain(paged)) else { return }
            names += page.candidates.map(\.parent)
            paged.after = page.next
        } while paged.after != nil
        #expect(names == found.candidates.map(\.parent))
    }

    @Test mutating func `usage is paged by namespace and name`() throws {
        for index in 0..<7 { perform("root p\(index) 10.\(index).0.0/16") }
        var query = Query.Usage(limit: 3)
        var names: [String] = []
        repeat {
            guard case .usage(let page) = try answer(.usage(query)) else { return }
            #expect(page.items.count <= 3)
            names += page.items.map(\.key.name)
            query.after = page.next
        } while query.after != nil
        #expect(names == (0..<7).map { "p\($0)" })
    }
}

/// The last changes, for those who watch.
@Suite struct WatchRingTests {
    private static func watch(_ kind: ResourceKind = .prefixAllocation, t: String? = nil) -> Watch {
        Watch(
            kind: kind, selector: t.map { Selector(matchLabels: ["t": $0]) }, after: 0,
            incarnation: 7)
    }

    /// A run whose changes are in a ring, and what a watch sees of it, as words.
    private func changes(
        _ lines: String, capacity: Int = 100, of watch: Watch, from lsn: UInt64 = 0
    ) throws -> [String] {
        var run = ScenarioRun()
        var ring = WatchRing(startingAfter: 0, incarnation: 7, capacity: capacity)
        run.observe = { consequences, lsn in ring.append(consequences, lsn: lsn) }
        for line in lines.split(separator: "\n") { _ = run.perform(String(line).words) }
        var position = WatchRing.Position(lsn: lsn)
        try ring.check(watch, at: position)
        var words: [String] = []
        while position.lsn < run.state.lsn {
            var work = 2
            let found = ring.next(
                of: watch, from: &position, until: run.state.lsn, work: &work,
                sees: { _, _ in true })
            words += found.map { change in
                switch change {
                case .put(let resource): "+\(resource.key.name)"
                case .removed(let key): "-\(key.name)"
                }
            }
        }
        return words
    }

    private static let story = """
        root    pods 10.0.0.0/30
        request a length 31 from pods
        request b length 32 from pods
        release a
        label   pods t=p
        label   pods t=q
        """

    @Test func `a watch sees the changes of its kind in their order`() throws {
        #expect(try changes(Self.story, of: Self.watch()) == ["+a", "+b", "-a"])
        #expect(try changes(Self.story, of: Self.watch(), from: 2) == ["+b", "-a"])
    }

    @Test func `what stops to match a selector is removed for the watch`() throws {
        #expect(try changes(Self.story, of: Self.watch(.prefix, t: "p")) == ["+pods", "-pods"])
    }

    @Test func `positions that are not kept any more, or of another state, are refused`() throws {
        let refusal = #expect(throws: Refusal.self) {
            try changes(Self.story, capacity: 3, of: Self.watch())
        }
        #expect(refusal?.code == .compacted)
        #expect(try changes(Self.story, capacity: 3, of: Self.watch(), from: 3) == ["-a"])
        var other = Self.watch()
        other.incarnation = 8
        #expect(throws: Refusal.self) { try changes(Self.story, of: other) }
    }

    /// Against the naive way: all changes ever, and of them the last ones.
    @Test func `the ring holds the last changes, whatever their number`() throws {
        var generator = SeededGenerator(seed: 8)
        for capacity in [1, 2, 3, 64, 65, 100, 200] {
            var ring = WatchRing(startingAfter: 0, incarnation: 7, capacity: capacity)
            var lsns: [UInt64] = []
            for lsn in UInt64(1)...300 {
                let count = Int.random(in: 1...3, using: &generator)
                let manifests = (0..<count).map { index in
                    Manifest(
                        key: ResourceKey(kind: .prefix, namespace: "default", name: "p\(index)"),
                        labels: ["lsn": "\(lsn)"], prefix: "10.0.0.0/8")
                }
                var state = State(incarnation: 7)
                let decision = try state.execute(
                    .apply(.init(manifests: manifests)), by: administrator,
                    at: Instant(milliseconds: 0))
                ring.append(decision.consequences, lsn: lsn)
                lsns += Array(repeating: lsn, count: count)
                let kept = lsns.filter { $0 > ring.startLSN }
                #expect(kept.count <= capacity)
                #expect(kept.count + 3 > min(capacity, lsns.count))
                var position = WatchRing.Position(lsn: ring.startLSN)
                var work = 1000
                let found = ring.next(
                    of: Self.watch(.prefix), from: &position, until: lsn, work: &work,
                    sees: { _, _ in true })
                #expect(found.count == kept.count)
                #expect(position.lsn == lsn)
            }
        }
    }

    @Test func `a change of many objects comes in parts and is resumed as a whole`() throws {
        var ring = WatchRing(startingAfter: 0, incarnation: 7)
        var run = ScenarioRun()
        run.observe = { consequences, lsn in ring.append(consequences, lsn: lsn) }
        let manifests = (0..<600).map { index in
            Manifest(
                key: ResourceKey(kind: .prefix, namespace: "default", name: "p\(index)"),
                prefix: "10.0.0.0/8")
        }
        _ = try run.execute(.apply(.init(manifests: manifests)))
        var position = WatchRing.Position(lsn: 0)
        var counts: [Int] = []
        var positions: [UInt64] = []
        var work = 1000
        while position.lsn < 1 {
            counts.append(
                ring.next(
                    of: Self.watch(.prefix), from: &position, until: 1, work: &work,
                    sees: { _, _ in true }
                ).count)
            positions.append(position.lsn)
        }
        #expect(counts == [256, 256, 88])
        #expect(positions == [0, 0, 1])
    }
}
