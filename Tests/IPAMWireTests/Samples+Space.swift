import IPAM
import IPAMWire

/// Policies, and the questions about space.
extension Samples {
    static func policies() throws -> [String: Sample] {
        var policy = Manifest.Policy()
        policy.strategy = "Sparse"
        policy.minPrefixLength = 24
        policy.maxPrefixLength = 30
        policy.defaultPrefixLength = -1
        policy.reserved = ["10.0.2.0/28", "10.0.2.16"]
        policy.excluded = ["10.0.3.254-10.0.3.255"]
        policy.excludeNetworkAndBroadcast = true
        policy.quota = "/24"
        policy.quotaPerOwner = "64"
        policy.ownerOnly = true
        let child = Manifest(
            key: key(.prefix, "rack-7"), ipFamily: "IPv4", prefixLength: 23, selector: tier,
            parentStrategy: "Emptiest", policy: policy)
        let root = Manifest(
            key: key(.prefix, "root"), prefix: "10.0.0.0/8", policy: Manifest.Policy())
        let rack = try Objects.rack()
        return [
            "apply a child with a policy": command(.apply(.init(manifests: [child]))),
            "apply a policy that says nothing any more": command(.apply(.init(manifests: [root]))),
            "request answer, a Prefix of its own":
                .reply(Reply(lsn: 42, answer: .allocated(.init(resource: rack, isCreated: true)))),
            "list answer with policies":
                reply(
                    .listed(
                        .init(items: [
                            .init(resource: try Objects.pods()), .init(resource: rack),
                        ]))),
            "request a Prefix for 500 addresses, and wait":
                command(
                    .request(
                        .init(
                            name: "rack-7", addresses: 500, selector: tier,
                            parentStrategy: .emptiest, asPrefix: true, waitMilliseconds: 30_000))),
            "request the default length of a parent":
                command(.request(.init(name: "web-4", parent: "rack-7"))),
        ]
    }

    static func batches() throws -> [String: Sample] {
        let block = try IPPrefix("10.0.0.0/26")
        let three = Command.Batch(parts: [
            .release(.init(names: ["web-1"], ignoresMissing: true)),
            .request(.init(name: "web-2", prefixLength: 26, parent: "root")),
            .request(
                .init(
                    namespace: "team-a", name: "rack-8", addresses: 1 << 124, anyParent: true,
                    asPrefix: true)),
        ])
        let dry = Command.Batch(parts: [.release(.init(blocks: [block]))], isDryRun: true)
        let results: [Answer.Batch.Part] = [
            .released(.init(items: [.init(name: "web-1", block: block)])),
            .allocated(.init(resource: try Objects.web(), isCreated: true)),
            .allocated(.init(resource: try Objects.rack(), isCreated: false)),
            .released(.init(items: [])),
        ]
        return [
            "batch of a release and two requests": command(.batch(three)),
            "batch, dry run": command(.batch(dry)),
            "batch answer": reply(.batch(.init(parts: results))),
        ]
    }

    /// Copies of the whole state, and the end of a quarantine.
    static func restores() -> [String: Sample] {
        [
            "backup, a new copy": .request(.query(.backup(.init()))),
            "backup, the second part": .request(.query(.backup(.init(offset: 1 << 20)))),
            "backup answer": reply(46, .backup(.init(size: 3, bytes: [0x69, 0x70, 0x0a]))),
            "backup answer, behind the end": reply(46, .backup(.init(size: 3, bytes: []))),
            "reconcile": .request(.command(.reconcile(.init()))),
            "reconcile, dry run": .request(.command(.reconcile(.init(isDryRun: true)))),
            "reconcile answer": reply(47, .reconciled(.init(wasQuarantined: true))),
            "reconcile answer, there was none": reply(
                47, .reconciled(.init(wasQuarantined: false))),
        ]
    }

    /// Who may use which namespace, and what is counted.
    static func operations() -> [String: Sample] {
        let access = NamespaceAccess(users: [1000, 0], groups: [.max - 1])
        let open = Answer.Namespaces.Item(name: "default", prefixCount: 2, allocationCount: 5)
        let limited = Answer.Namespaces.Item(
            name: "tenant-a", prefixCount: 0, allocationCount: 0, access: access)
        var histogram = Histogram(bounds: [100, 250])
        for value: UInt64 in [50, 50, 100, 150, 250, 600] { histogram.add(value) }
        let metrics = DaemonMetrics(
            requests: [.init(number: 3, count: 7), .init(number: 20, count: 1)],
            refusals: [.init(number: 64, count: 2)], commitMicroseconds: histogram,
            batchChanges: histogram, checkpointMicroseconds: 41_000, checkpointFailureCount: 1,
            watchCount: 2)
        let new = DaemonMetrics(
            commitMicroseconds: Histogram(bounds: []), batchChanges: Histogram(bounds: []))
        return [
            "access, limited": .request(
                .command(.access(.init(namespace: "tenant-a", access: access)))),
            "access, for every agent, dry run": .request(
                .command(.access(.init(namespace: "default", access: nil, isDryRun: true)))),
            "access answer": reply(48, .accessed(.init(isChanged: true))),
            "access answer, it was so": reply(48, .accessed(.init(isChanged: false))),
            "namespaces": .request(.query(.namespaces(.init()))),
            "namespaces, the second page": .request(
                .query(.namespaces(.init(after: "default", limit: 1)))),
            "namespaces answer": reply(48, .namespaces(.init(items: [open, limited]))),
            "namespaces answer, the first page": reply(
                48, .namespaces(.init(items: [open], next: "default"))),
            "metrics": .request(.query(.metrics)),
            "metrics answer": reply(49, .metrics(metrics)),
            "metrics answer of a new daemon": reply(0, .metrics(new)),
        ]
    }

    private static func reply(_ lsn: UInt64, _ answer: Answer) -> Sample {
        .reply(Reply(lsn: lsn, answer: answer))
    }

    static func spaces() throws -> [String: Sample] {
        let queries: [String: Query] = [
            "explain a request":
                .explain(.init(request: .init(name: "", prefixLength: 26, selector: tier))),
            "explain, the second page":
                .explain(
                    .init(
                        request: .init(
                            name: "", prefix: try IPPrefix("2001:db8::/64"), anyParent: true),
                        after: "root", limit: 1)),
            "usage of every namespace": .usage(.init()),
            "usage of two, the second page":
                .usage(
                    .init(
                        namespace: "default", names: ["child", "root"],
                        after: .init(namespace: "default", name: "child"), limit: 1)),
            "who has an address": .who(.init(prefix: try IPPrefix("10.0.0.5/32"))),
            "who has a prefix, the second page":
                .who(
                    .init(
                        prefix: try IPPrefix("2001:db8::/64"),
                        after: .init(namespace: "default", name: "root6"), limit: 1)),
        ]
        let found = Answer.Found(
            resources: [try Objects.root(), try Objects.web()],
            next: .init(namespace: "default", name: "root"))
        let nowhere = Answer.Explained(
            placement: nil,
            explanation: Explanation(.noRoom, "no Prefix with tier=public has a free /26"),
            candidates: [])
        let answers: [String: Answer] = [
            "explain answer": .explained(try explained()),
            "explain answer, no room": .explained(nowhere),
            "usage answer": .usage(try usage()),
            "usage answer, all of IPv6, the last page": .usage(try everything()),
            "who answer": .found(found),
            "who answer, nobody": .found(.init(resources: [])),
        ]
        return queries.mapValues { .request(.query($0)) }
            .merging(answers.mapValues(reply)) { first, _ in first }
    }

    private static func explained() throws -> Answer.Explained {
        let offer = try IPPrefix("10.0.0.64/26")
        return Answer.Explained(
            placement: Placement(block: offer, parent: "root"), explanation: nil,
            candidates: [
                .init(
                    parent: "child", block: nil, offer: nil, reason: .parentNotAllocated,
                    largestFree: nil, isChosen: false, sentence: "child is Pending"),
                .init(
                    parent: "pods", block: try IPPrefix("10.1.0.0/24"), offer: nil,
                    reason: .noRoom, largestFree: try IPPrefix("10.1.0.0/28"), isChosen: false,
                    sentence: "the largest free block of pods is a /28"),
                .init(
                    parent: "root", block: try IPPrefix("10.0.0.0/8"), offer: offer, reason: nil,
                    largestFree: try IPPrefix("10.128.0.0/9"), isChosen: true,
                    sentence: "10.0.0.64/26 is the smallest free block"),
            ], next: "root")
    }

    private static func usage() throws -> Answer.UsagePage {
        let root = PrefixUsage(
            key: key(.prefix, "root"), block: try IPPrefix("10.0.0.0/24"), allocationCount: 1,
            used: [.init(length: 26, count: 1)],
            free: [
                .init(length: 26, count: 2), .init(length: 28, count: 1),
                .init(length: 29, count: 1), .init(length: 30, count: 1),
                .init(length: 31, count: 1),
            ], reserved: [.init(length: 28, count: 1)], excluded: [.init(length: 32, count: 2)],
            held: [.init(length: 28, count: 1)], largestFree: try IPPrefix("10.0.0.64/26"))
        let child = PrefixUsage(key: key(.prefix, "child"), block: nil)
        return Answer.UsagePage(
            items: [child, root], next: .init(namespace: "default", name: "root"))
    }

    private static func everything() throws -> Answer.UsagePage {
        let all = try IPPrefix("::/0")
        let full = PrefixUsage(
            key: key(.prefix, "all"), block: all, allocationCount: .max,
            used: [.init(length: 64, count: .max)], free: [.init(length: 64, count: 1)],
            largestFree: try IPPrefix("ffff:ffff:ffff:ffff::/64"))
        let empty = PrefixUsage(
            key: key(.prefix, "empty", "team-a"), block: all, free: [.init(length: 0, count: 1)],
            largestFree: all)
        return Answer.UsagePage(items: [full, empty])
    }

    private static func command(_ command: Command) -> Sample { .request(.command(command)) }

    private static func reply(_ answer: Answer) -> Sample { .reply(Reply(lsn: 46, answer: answer)) }
}
