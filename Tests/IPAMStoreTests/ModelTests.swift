import IPAM
import Seeded
import Testing

@testable import ipamsim

/// The simple model is judged by tables that were worked out by hand, or it proves nothing.
@Suite struct ModelTests {
    private static let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)
    private static let agent = Caller(uid: 1000, gid: 1000, pid: 1, role: .agent)
    private static let stranger = Caller(uid: 9, gid: 9, pid: 1, role: .stranger)

    /// A model that tells in short texts what it answers.
    private struct Table {
        var model = NaiveModel(incarnation: 7)
        var now: UInt64 = 0

        mutating func perform(_ command: Command, by caller: Caller = administrator) -> String {
            now += 1
            switch model.perform(command, by: caller, at: Instant(milliseconds: now)) {
            case .refused(let refusal):
                return refusal.codes.map(\.description).joined(separator: " or ")
            case .waits(let ticket): return "waits as \(ticket)"
            case .done(let answer, _): return answer.short
            }
        }

        mutating func root(
            _ name: String, _ prefix: String, labels: Labels = [:],
            policy: (inout Manifest.Policy) -> Void = { _ in }
        ) {
            var written = Manifest.Policy()
            policy(&written)
            let manifest = Manifest(
                key: key(.prefix, name), labels: labels, prefix: prefix, policy: written)
            #expect(perform(.apply(.init(manifests: [manifest]))) == "created")
        }

        mutating func request(
            _ name: String, _ length: UInt8? = nil,
            _ change: (inout Command.Request) -> Void = { _ in },
            by caller: Caller = administrator
        ) -> String {
            var request = Command.Request(name: name, prefixLength: length, parent: "root")
            change(&request)
            return perform(.request(request), by: caller)
        }

        mutating func claim(_ name: String, _ length: Int64, from parent: String = "root") -> String
        {
            let manifest = Manifest(
                key: key(.prefixAllocation, name), ipFamily: "IPv4", prefixLength: length,
                parent: parent)
            return perform(.apply(.init(manifests: [manifest])))
        }

        mutating func release(_ names: String..., by caller: Caller = administrator) -> String {
            perform(.release(.init(names: names)), by: caller)
        }

        func phase(_ name: String) -> String {
            switch model.allocation(name, "default")?.status {
            case nil: "-"
            case .pending: "Pending"
            case .allocated(let placement): "\(placement.block)"
            case .failed(let reason): "\(reason)"
            }
        }

        func usage(_ name: String) -> PrefixUsage? {
            model.prefix(name, "default").map { model.usage(of: $0) }
        }
    }

    private static func key(_ kind: ResourceKind, _ name: String) -> ResourceKey {
        ResourceKey(kind: kind, namespace: "default", name: name)
    }

    @Test func `best fit, lowest and sparse differ as the contract says`() {
        // Used: 0-3 and 6 of 16, so free are 4/31, 7/32 and 8/29.
        let cases = [
            ("BestFit", ["10.0.0.7/32", "10.0.0.4/31", "10.0.0.8/30"]),
            ("Lowest", ["10.0.0.4/32", "10.0.0.4/31", "10.0.0.8/30"]),
            ("Sparse", ["10.0.0.8/32", "10.0.0.8/31", "10.0.0.8/30"]),
        ]
        for (strategy, blocks) in cases {
            for (length, block) in zip([32, 31, 30] as [UInt8], blocks) {
                var table = Table()
                table.root("root", "10.0.0.0/28") { $0.strategy = strategy }
                let first = prefix("10.0.0.0/30")
                let second = prefix("10.0.0.6/32")
                _ = table.request("a", nil, { $0.prefix = first })
                _ = table.request("b", nil, { $0.prefix = second })
                #expect(table.request("c", length) == block, "\(strategy) /\(length)")
            }
        }
    }

    @Test func `each reason has its place in the order`() {
        var table = Table()
        table.root("root", "10.0.0.0/28", labels: ["tier": "a"]) {
            $0.minPrefixLength = 30
            $0.excluded = ["10.0.0.8/30"]
            $0.quota = "6"
            $0.quotaPerOwner = "/30"
        }
        func ask(_ change: (inout Command.Request) -> Void) -> String {
            table.request("x", nil, change)
        }
        #expect(ask { ($0.prefixLength, $0.parent) = (32, "none") } == "parent_not_found")
        #expect(ask { ($0.prefixLength, $0.family) = (28, .ipv6) } == "other_family")
        #expect(ask { $0.prefixLength = 28 } == "request_too_large")
        #expect(ask { $0.prefix = prefix("10.0.1.0/32") } == "outside_parent")
        #expect(ask { ($0.prefixLength, $0.selector) = (29, tier("b")) } == "parent_not_selected")
        #expect(ask { $0.prefixLength = 29 } == "length_not_allowed")
        #expect(ask { $0.prefix = prefix("10.0.0.9/32") } == "excluded")
        // Free are 0/29 and 12/30, and the smaller one serves.
        #expect(ask { $0.prefixLength = 30 } == "10.0.0.12/30")
        #expect(table.request("y", 31) == "quota_reached")
        #expect(table.request("y", 31, by: Self.agent) == "10.0.0.0/31")
        #expect(table.request("z", 32, by: Self.agent) == "quota_reached")
    }

    @Test func `addresses count once in the figures, used before excluded before reserved`() {
        var table = Table()
        table.root("root", "10.0.0.0/28") {
            $0.excludeNetworkAndBroadcast = true
            $0.excluded = ["10.0.0.4-10.0.0.6"]
            $0.reserved = ["10.0.0.6/31", "10.0.0.8/31"]
        }
        #expect(table.request("a", nil, { $0.prefix = prefix("10.0.0.8/32") }) == "10.0.0.8/32")
        // 0 and 15 and 4, 5, 6 excluded; 7 and 9 reserved; 8 used; free 1, 2-3, 10-11, 12-13, 14.
        let usage = table.usage("root")
        #expect(usage?.used == [LengthCount(length: 32, count: 1)])
        #expect(
            usage?.excluded
                == [LengthCount(length: 31, count: 1), LengthCount(length: 32, count: 3)])
        #expect(usage?.reserved == [LengthCount(length: 32, count: 2)])
        #expect(
            usage?.free == [LengthCount(length: 31, count: 3), LengthCount(length: 32, count: 2)])
        #expect(usage?.largestFree == prefix("10.0.0.2/31"))
    }

    @Test func `free space is what is left when each address is painted`() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let whole = prefix("10.0.0.0/26")
            func some() -> [IPPrefix] {
                (0..<generator.next() % 5).map { _ in
                    let number = whole.number + UInt128(generator.next() % 64)
                    return IPPrefix(
                        containing: IPAddress(number: number, family: .ipv4),
                        length: 27 + UInt8(generator.next() % 6))
                }
            }
            let space = NaiveSpace(
                whole: whole, used: some(), excluded: some(), reserved: some(), held: some())
            let taken = space.used + space.excluded + space.reserved + space.held
            let painted = (0..<64 as Range<UInt128>).filter { offset in
                let address = IPAddress(number: whole.number + offset, family: .ipv4)
                return !taken.contains { $0.contains(address) }
            }
            let free = space.free
            #expect(free.addressCount == UInt128(painted.count))
            #expect(IPPrefixSet(free).prefixes == free)
            #expect(free.allSatisfy { block in !taken.contains(where: block.overlaps) })
        }
    }

    @Test func `the oldest claim that fits goes first, and a new parent wakes older ones`() {
        var table = Table()
        table.root("root", "10.0.0.0/30")
        #expect(table.request("all", 31) == "10.0.0.0/31")
        #expect(table.request("rest", 31) == "10.0.0.2/31")
        #expect(table.claim("large", 31) == "created")
        #expect(table.claim("small", 32) == "created")
        #expect(table.claim("late", 31) == "created")
        #expect(table.release("rest") == "rest 10.0.0.2/31")
        #expect(table.phase("large") == "10.0.0.2/31")
        #expect(table.phase("small") == "Pending")
        #expect(table.release("all") == "all 10.0.0.0/31")
        #expect(table.phase("small") == "10.0.0.0/32")
        #expect(table.phase("late") == "Pending")
    }

    @Test func `a claim that never fits has Failed, and a child asks again`() {
        var table = Table()
        table.root("root", "10.0.0.0/28")
        #expect(table.claim("huge", 24) == "created")
        #expect(table.phase("huge") == "TooLarge")
        let child = Manifest(
            key: Self.key(.prefix, "kid"), ipFamily: "IPv4", prefixLength: 26, parent: "root")
        #expect(table.perform(.apply(.init(manifests: [child]))) == "created")
        #expect(table.phase("kid.prefix") == "TooLarge")
        #expect(table.perform(.delete(.init(keys: [Self.key(.prefix, "root")]))) == "root")
        #expect(table.phase("kid.prefix") == "Pending")
        table.root("root", "10.0.0.0/24")
        #expect(table.phase("kid.prefix") == "10.0.0.0/26")
        #expect(table.phase("huge") == "TooLarge")
    }

    @Test func `after a thousand changes a claim keeps the emptiest block`() {
        var table = Table()
        table.root("root", "10.0.0.0/29")
        // 0-3: two used, 4-7: one used.
        for (name, block) in [("a", 0), ("b", 2), ("c", 5)] {
            let wanted = prefix("10.0.0.\(block)/32")
            #expect(table.request(name, nil, { $0.prefix = wanted }) == "\(wanted)")
        }
        #expect(table.claim("big", 30) == "created")
        for _ in 0..<500 {
            #expect(table.request("churn", 32) != "no_room")
            _ = table.release("churn")
        }
        #expect(table.usage("root")?.held == [31, 32].map { LengthCount(length: $0, count: 1) })
        #expect(table.request("d", 32) == "10.0.0.1/32")
        #expect(table.request("e", 32) == "10.0.0.3/32")
        #expect(table.request("f", 32) == "no_room")
        #expect(table.release("c") == "c 10.0.0.5/32")
        #expect(table.phase("big") == "10.0.0.4/30")
        #expect(table.usage("root")?.held == [])
    }

    @Test func `the same name has the same answer, and stands for one request`() {
        var table = Table()
        table.root("root", "10.0.0.0/28") { $0.defaultPrefixLength = 31 }
        #expect(table.request("a", by: Self.agent) == "10.0.0.0/31")
        #expect(table.request("a", by: Self.agent) == "10.0.0.0/31 again")
        #expect(table.request("a", 31, by: Self.agent) == "10.0.0.0/31 again")
        #expect(table.request("a", 30, by: Self.agent) == "name_conflict")
        #expect(table.request("a", 31) == "name_taken")
        // A Prefix of that name is another object.
        #expect(table.request("a", 31, { $0.asPrefix = true }, by: Self.agent) == "10.0.0.2/31")
        #expect(table.request("n", nil, { $0.addresses = 3 }) == "10.0.0.4/30")
        #expect(table.request("m", nil, { $0.addresses = 0 }) == "invalid")
        #expect(table.request("m", 31, by: Self.stranger) == "not_permitted")
    }

    @Test func `a Prefix that an agent asked for serves that agent, who may delete it`() {
        var table = Table()
        table.root("root", "10.0.0.0/28")
        #expect(
            table.request("mine", 30, { $0.asPrefix = true }, by: Self.agent) == "10.0.0.0/30")
        #expect(table.request("a", 32, { $0.parent = "mine" }) == "owner_only")
        #expect(
            table.request("a", 32, { $0.parent = "mine" }, by: Self.agent) == "10.0.0.0/32")
        #expect(table.release("mine", by: Self.agent) == "not_found")
        let deletion = Command.delete(.init(keys: [Self.key(.prefix, "mine")]))
        #expect(table.perform(deletion, by: Self.agent) == "in_use")
        #expect(table.release("a", by: Self.agent) == "a 10.0.0.0/32")
        #expect(table.perform(deletion, by: Self.agent) == "mine")
        #expect(table.phase("mine.prefix") == "-")
    }

    @Test func `a request waits in line with claims, and until something can never be`() {
        var table = Table()
        table.root("root", "10.0.0.0/30")
        #expect(table.request("all", 31) == "10.0.0.0/31")
        #expect(table.request("rest", 31) == "10.0.0.2/31")
        #expect(table.request("first", 32, { $0.waitMilliseconds = 9 }) == "waits as 1")
        #expect(table.claim("second", 31) == "created")
        #expect(table.request("third", 32, { $0.waitMilliseconds = 9 }) == "waits as 2")
        #expect(table.request("huge", 29, { $0.waitMilliseconds = 9 }) == "request_too_large")
        #expect(table.release("rest") == "rest 10.0.0.2/31")
        #expect(table.phase("first") == "10.0.0.2/32")
        #expect(table.phase("second") == "Pending")
        #expect(table.phase("third") == "10.0.0.3/32")
        #expect(table.model.turn.change.served.map(\.ticket) == [1, 2])
        #expect(table.request("more", 31, { $0.waitMilliseconds = 9 }) == "waits as 3")
        let end = table.model.withdraw(3, at: Instant(milliseconds: 1))
        #expect(end?.refusal?.codes == [.noRoom])
        #expect(table.model.requests.isEmpty)
    }

    @Test func `a batch sees what its earlier parts did, and is done wholly or not at all`() {
        var table = Table()
        table.root("root", "10.0.0.0/30")
        #expect(table.request("a", 31) == "10.0.0.0/31")
        #expect(table.request("b", 31) == "10.0.0.2/31")
        let swap: [Command.Batch.Part] = [
            .release(.init(names: ["a"])),
            .request(.init(name: "c", prefixLength: 31, parent: "root")),
        ]
        #expect(table.perform(.batch(.init(parts: swap))) == "a 10.0.0.0/31, 10.0.0.0/31")
        let late = swap + [.request(.init(name: "d", prefixLength: 32, parent: "root"))]
        #expect(table.perform(.batch(.init(parts: late))) == "not_found")
        #expect(table.phase("c") == "10.0.0.0/31")
        #expect(table.model.lsn == 4)
    }
}

private func prefix(_ text: String) -> IPPrefix {
    do throws(IPPrefixError) {
        return try IPPrefix(text)
    } catch {
        preconditionFailure("The table has a prefix that is none: \(error)")
    }
}

private func tier(_ value: String) -> Selector { Selector(matchLabels: ["tier": value]) }
