import IPAM
import IPAMEngine
import Testing

/// Updates by apply, roles, pages, and what is decided as one.
@Suite struct CommandTests {
    private var run = ScenarioRun()

    private static func key(_ kind: ResourceKind, _ name: String) -> ResourceKey {
        ResourceKey(kind: kind, namespace: "default", name: name)
    }

    private static func root(
        _ name: String, _ prefix: String, _ change: (inout Manifest) -> Void = { _ in }
    ) -> Manifest {
        var manifest = Manifest(key: key(.prefix, name), prefix: prefix)
        change(&manifest)
        return manifest
    }

    private mutating func apply(_ manifests: Manifest...) throws -> Answer.Applied {
        let decision = try run.execute(.apply(.init(manifests: manifests)))
        guard case .applied(let applied) = decision.outcome.reply?.answer else {
            throw Refusal(.malformed, "another answer")
        }
        return applied
    }

    private mutating func refusal(_ command: Command) -> RefusalCode? {
        do throws(Refusal) {
            _ = try run.execute(command)
            return nil
        } catch {
            return error.code
        }
    }

    @Test mutating func `applying the same again changes nothing`() throws {
        let manifest = Self.root("root", "10.0.0.0/8") { $0.labels = ["tier": "public"] }
        #expect(try apply(manifest).items[0].outcome == .created)
        let lsn = run.state.lsn
        #expect(try apply(manifest).items[0].outcome == .unchanged)
        #expect(run.state.lsn == lsn)
    }

    @Test mutating func `an absent map stays, a present one replaces the whole map`() throws {
        _ = try apply(Self.root("root", "10.0.0.0/8") { $0.labels = ["a": "1", "b": "2"] })
        #expect(try apply(Self.root("root", "10.0.0.0/8")).items[0].outcome == .unchanged)
        let replaced = Self.root("root", "10.0.0.0/8") { $0.labels = ["b": "3"] }
        #expect(try apply(replaced).items[0].outcome == .configured)
        #expect(run.state.resource(Self.key(.prefix, "root"))?.labels == ["b": "3"])
    }

    @Test mutating func `one bad document applies nothing and all faults are told`() throws {
        let bad = Self.root("UPPER", "10.0.0.1/8") { $0.labels = ["-": "x"] }
        let command = Command.apply(.init(manifests: [Self.root("ok", "10.0.0.0/8"), bad]))
        do throws(Refusal) {
            _ = try run.execute(command)
            Issue.record("a bad document was applied")
        } catch {
            #expect(error.code == .invalid)
            #expect(
                error.faults.map(\.fault.path)
                    == ["metadata.name", "metadata.labels[\"-\"]", "spec.prefix"])
            #expect(error.faults.allSatisfy { $0.document == 1 })
            #expect(error.faults.last?.fault.sentence.contains("did you mean 10.0.0.0/8?") == true)
        }
        #expect(run.state.counts.prefixes == 0)
    }

    @Test mutating func `a late refusal undoes the documents before it`() throws {
        _ = try apply(Self.root("root", "10.0.0.0/8"))
        let before = run.state.summary
        let child = Manifest(
            key: Self.key(.prefix, "child"), ipFamily: "IPv4", prefixLength: 24, parent: "root")
        let changed = Self.root("root", "11.0.0.0/8")
        #expect(refusal(.apply(.init(manifests: [child, changed]))) == .invalid)
        #expect(run.state.summary == before)
    }

    @Test mutating func `later documents see earlier ones, in any number`() throws {
        let child = Manifest(
            key: Self.key(.prefix, "child"), ipFamily: "IPv4", prefixLength: 24, parent: "root")
        _ = try apply(child, Self.root("root", "10.0.0.0/8"))
        let block = run.state.resource(Self.key(.prefix, "child"))?.placement?.block
        #expect(block?.description == "10.0.0.0/24")
    }

    @Test mutating func `a version is a precondition`() throws {
        _ = try apply(Self.root("root", "10.0.0.0/8"))
        let stale = Self.root("root", "10.0.0.0/8") { $0.resourceVersion = 9 }
        #expect(refusal(.apply(.init(manifests: [stale]))) == .versionConflict)
        #expect(
            try apply(Self.root("root", "10.0.0.0/8") { $0.resourceVersion = 1 }).items[0]
                .outcome == .unchanged)
    }

    @Test mutating func `what an allocated child shows can be applied and is unchanged`() throws {
        _ = run.perform("root root 10.0.0.0/8 label t=p".words)
        _ = run.perform("child child family IPv4 length 24 select t=p".words)
        let shown = Manifest(
            key: Self.key(.prefix, "child"), ipFamily: "IPv4", prefix: "10.0.0.0/24",
            prefixLength: 24, parent: "root", selector: Selector(matchLabels: ["t": "p"]))
        #expect(try apply(shown).items[0].outcome == .unchanged)
        let allocation = Manifest(
            key: Self.key(.prefixAllocation, "child.prefix"), ipFamily: "IPv4", prefixLength: 24,
            parent: "root", selector: Selector(matchLabels: ["t": "p"]))
        #expect(try apply(allocation).items[0].outcome == .unchanged)
    }

    @Test mutating func `overlapping roots are accepted with a warning`() throws {
        #expect(try apply(Self.root("one", "10.0.0.0/8")).warnings.isEmpty)
        #expect(try apply(Self.root("two", "10.1.0.0/16")).warnings.count == 1)
    }

    @Test mutating func `a dry run answers and changes nothing`() throws {
        _ = try apply(Self.root("root", "10.0.0.0/8"))
        let before = run.state.summary
        let request = Command.Request(
            name: "a", prefixLength: 24, parent: "root", isDryRun: true)
        let decision = try run.execute(.request(request))
        #expect(decision.consequences.events.isEmpty)
        #expect(run.state.summary == before)
    }

    @Test mutating func `an agent sees and ends its own allocations alone`() throws {
        _ = try apply(Self.root("root", "10.0.0.0/8"))
        run.caller = Caller(uid: 1000, gid: 1000, pid: 9, role: .agent)
        #expect(run.perform("request mine length 24 from root".words) == "10.0.0.0/24")
        #expect(refusal(.apply(.init(manifests: [Self.root("x", "10.0.0.0/8")]))) == .notPermitted)
        // A group that has the number of the other user is not that user.
        run.caller = Caller(uid: 1001, gid: 1000, pid: 9, role: .agent)
        #expect(run.perform("request mine length 24 from root".words) == "name_taken")
        #expect(run.perform("release mine".words) == "not_found")
        #expect(run.perform("release 10.0.0.0/24".words) == "not_found")
        #expect(run.perform("used root".words) == "nothing")
        #expect(run.perform("show prefix/root".words) == "10.0.0.0/8")
        run.caller = Caller(uid: 5, gid: 5, pid: 9, role: .stranger)
        #expect(run.perform("request other length 24 from root".words) == "not_permitted")
        run.caller = Caller(uid: 6, gid: 6, pid: 9, role: .observer)
        #expect(run.perform("used root".words) == "10.0.0.0/24")
        #expect(run.perform("release mine".words) == "not_permitted")
    }

    @Test mutating func `pages cover a list once, whatever comes and goes between them`() throws {
        _ = try apply(Self.root("root", "10.0.0.0/8"))
        for index in 0..<25 {
            _ = run.perform(["request", "a\(index)", "length", "24", "from", "root"])
        }
        var names: [String] = []
        var position: Query.Position?
        repeat {
            let list = Query.List(
                kind: .prefixAllocation, namespace: "default", after: position, limit: 4)
            guard
                case .listed(let page) = try run.state.answer(.list(list), by: administrator)
                    .answer
            else { return }
            names += page.items.map(\.resource.key.name)
            position = page.next
            _ = run.perform("release a0".words)
        } while position != nil
        #expect(names == (0..<25).map { "a\($0)" }.sorted())
    }

    @Test mutating func `a Pending child says why, also when only the size is wrong`() throws {
        _ = run.perform("root root 10.0.0.0/24 label t=p".words)
        _ = run.perform("child child family IPv4 length 9 select t=p".words)
        let list = Query.List(kind: .prefix, namespace: "default", names: ["child"])
        guard
            case .listed(let listed) = try run.state.answer(.list(list), by: administrator)
                .answer
        else { return }
        #expect(
            listed.items[0].explanation?.sentence
                == "a /9 is not smaller than any Allocated IPv4 Prefix with the labels [t=p]; "
                + "the largest is root (10.0.0.0/24)")
    }

    @Test mutating func `the backlog serves everybody, bounded step by bounded step`() throws {
        for start in stride(from: 0, to: 12_000, by: 6_000) {
            let claims = (start..<(start + 6_000)).map { index in
                Manifest(
                    key: Self.key(.prefixAllocation, "claim-\(index)"), ipFamily: "IPv4",
                    prefixLength: 32, parent: "root")
            }
            _ = try run.state.execute(
                .apply(.init(manifests: claims)), by: administrator, at: .init(milliseconds: 1))
        }
        let manifests = [Self.root("root", "10.0.0.0/8")]
        let first = try run.state.execute(
            .apply(.init(manifests: manifests)), by: administrator, at: .init(milliseconds: 2))
        #expect(first.consequences.events.count == 1 + Limits.claimsPerWakeMax)
        #expect(run.state.hasBacklog)
        while run.state.hasBacklog { _ = run.state.executeBacklog(at: .init(milliseconds: 3)) }
        #expect(run.state.counts.waiting == 0)
        #expect(run.state.violations() == [])
    }

    @Test mutating func `of all who ask for the same only the oldest is tried in vain`() throws {
        _ = try apply(Self.root("root", "10.0.0.0/28"))
        _ = run.perform("request whole length 29 from root".words)
        _ = run.perform("request other length 29 from root".words)
        for start in stride(from: 0, to: 24_000, by: 6_000) {
            let claims = (start..<(start + 6_000)).map { index in
                Manifest(
                    key: Self.key(.prefixAllocation, "claim-\(index)"), ipFamily: "IPv4",
                    prefixLength: index % 2 == 0 ? 32 : 31, parent: "root")
            }
            _ = try run.execute(.apply(.init(manifests: claims)))
        }
        let decision = try run.state.execute(
            .release(.init(names: ["other"])), by: administrator, at: .init(milliseconds: 9))
        let served = decision.consequences.events.dropFirst().map(\.key.name)
        #expect(served == [0, 1, 2, 3, 4, 6].map { "claim-\($0)" })
        // Far more wait than one command tries, and it has come to the end of them.
        #expect(!run.state.hasBacklog)
        #expect(run.state.violations() == [])
    }

    @Test mutating func `large claims are woken in several records`() throws {
        let note = String(repeating: "x", count: 200_000)
        for start in stride(from: 0, to: 80, by: 10) {
            let claims = (start..<(start + 10)).map { index in
                Manifest(
                    key: Self.key(.prefixAllocation, "claim-\(index)"),
                    annotations: ["note": note], ipFamily: "IPv4", prefixLength: 32,
                    parent: "root")
            }
            _ = try run.execute(.apply(.init(manifests: claims)))
        }
        let decision = try run.state.execute(
            .apply(.init(manifests: [Self.root("root", "10.0.0.0/8")])), by: administrator,
            at: .init(milliseconds: 9))
        #expect(
            decision.consequences.events.map(\.encoded.count).reduce(0, +)
                < run.state.recordBytesMax)
        while run.state.hasBacklog {
            let events = run.state.executeBacklog(at: .init(milliseconds: 9)).events
            #expect(events.map(\.encoded.count).reduce(0, +) < run.state.recordBytesMax)
        }
        #expect(run.state.counts.waiting == 0)
    }

    @Test mutating func `a selector does not release more than one command may end`() throws {
        _ = try apply(Self.root("root", "10.0.0.0/8"))
        for index in 0...Limits.itemsPerCommandMax {
            let request = Command.Request(
                name: "a\(index)", prefixLength: 32, parent: "root", labels: ["a": "b"])
            _ = try run.state.execute(
                .request(request), by: administrator, at: .init(milliseconds: 1))
        }
        let all = Command.Release(selector: Selector(matchLabels: ["a": "b"]))
        #expect(refusal(.release(all)) == .tooLarge)
        _ = try run.execute(.release(.init(names: ["a0"])))
        #expect(refusal(.release(all)) == nil)
        #expect(run.state.counts.allocations == 0)
    }
}
