import IPAM
import IPAMWire

/// The values that the good vectors stand for, by the names of the vectors.
enum Samples {
    static func all() throws -> [String: Sample] {
        let parts = [
            hellos, try requests(), try answers(), pages, statuses, refusals, goodbyes,
            try policies(), try spaces(), try batches(), try watches(), restores(), operations(),
        ]
        return parts.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }

    private static let hellos: [String: Sample] = {
        func agreement(_ lsn: UInt64, _ incarnation: UInt64, _ role: Caller.Role) -> Agreement {
            Agreement(durableLSN: lsn, incarnation: incarnation, role: role, server: "ipamd 0.1")
        }
        var small = agreement(0, .max, .administrator)
        small.features = 1
        small.frameBytesMax = 4096
        return [
            "hello": .hello(Hello(software: "example 1.0")),
            "hello with features and the least frame":
                .hello(Hello(frameBytesMax: 4096, features: 5, software: "")),
            "hello answer": .agreement(agreement(41, 0x0123_4567_89ab_cdef, .agent)),
            "hello answer with features": .agreement(small),
            "hello answer to an observer": .agreement(agreement(1, 1, .observer)),
            "hello answer to a stranger": .agreement(agreement(1, 1, .stranger)),
        ]
    }()

    static let tier = Selector(matchLabels: ["tier": "public"])

    static func key(
        _ kind: ResourceKind, _ name: String, _ namespace: String = "default"
    ) -> ResourceKey {
        ResourceKey(kind: kind, namespace: namespace, name: name)
    }

    private static func requests() throws -> [String: Sample] {
        var commands = try applies()
        commands.merge(try claims()) { first, _ in first }
        let queries: [String: Query] = [
            "list allocations": .list(.init(kind: .prefixAllocation, namespace: "default")),
            "list two by name":
                .list(.init(kind: .prefix, namespace: "default", names: ["root", "child"])),
            "list the second page by labels":
                .list(
                    .init(
                        kind: .prefix, selector: tier,
                        after: .init(namespace: "default", name: "root"), limit: 2)),
            "used": .used(.init(namespace: "default", name: "root")),
            "used, the second page":
                .used(
                    .init(
                        namespace: "default", name: "root", after: try IPPrefix("10.0.0.64/26"),
                        limit: 1)),
            "status": .status,
            "check": .check,
        ]
        return commands.mapValues { .request(.command($0)) }
            .merging(queries.mapValues { .request(.query($0)) }) { first, _ in first }
    }

    private static func claims() throws -> [String: Command] {
        [
            "request a /26 of a public root":
                .request(.init(name: "web-1", prefixLength: 26, selector: tier)),
            "request a block of a parent, dry run":
                .request(
                    .init(
                        namespace: "team-a", name: "db", family: .ipv6,
                        prefix: try IPPrefix("2001:db8:0:1::/64"), parent: "root6",
                        labels: ["app": "db", "env": "test"], isDryRun: true)),
            "request from any parent":
                .request(
                    .init(
                        name: "x", family: .ipv4, prefix: try IPPrefix("10.1.0.0/16"),
                        prefixLength: 16, anyParent: true)),
            "release by name, by block and by parent":
                .release(
                    .init(
                        names: ["web-1", "web-2"],
                        blocks: [try IPPrefix("10.0.0.0/26"), try IPPrefix("2001:db8::/64")],
                        parent: "root", ignoresMissing: true)),
            "release by selector": .release(.init(selector: tier)),
            "delete two objects":
                .delete(
                    .init(
                        keys: [key(.prefixAllocation, "web-1"), key(.prefix, "root")],
                        ignoresMissing: true)),
            "release, dry run": .release(.init(names: ["web-1"], isDryRun: true)),
            "delete, dry run":
                .delete(.init(keys: [key(.prefix, "root")], isDryRun: true)),
        ]
    }

    private static func applies() throws -> [String: Command] {
        let root = Manifest(
            key: key(.prefix, "root"), labels: ["tier": "public"], ipFamily: "IPv4",
            prefix: "10.0.0.0/8")
        let child = Manifest(
            key: key(.prefix, "child", "team-a"), apiGroup: .openkcm, resourceVersion: 7,
            ipFamily: "IPv4", prefixLength: 9, parent: "root", selector: Selector())
        let claim = Manifest(
            key: key(.prefixAllocation, "claim", "team-a"), labels: [:],
            annotations: ["note": "grüße"], prefixLength: -1,
            selector: Selector(matchExpressions: [
                .init(key: "zone", operator: .isIn, values: ["b", "a"]),
                .init(key: "env", operator: .isNotIn, values: ["dev"]),
                .init(key: "gpu", operator: .exists),
                .init(key: "legacy", operator: .doesNotExist),
            ]))
        let long = (0..<4).map { index in
            Manifest(
                key: key(.prefix, "root-\(index)"),
                annotations: ["note": String(repeating: "n", count: 2000)],
                prefix: "10.\(index).0.0/16")
        }
        return [
            "apply a root": .apply(.init(manifests: [root])),
            "apply a child and an allocation, dry run":
                .apply(.init(manifests: [child, claim], isDryRun: true)),
            "apply in three frames": .apply(.init(manifests: long)),
        ]
    }

    private static func answers() throws -> [String: Sample] {
        let web = try Objects.web()
        let answers: [String: Reply] = [
            "apply answer":
                Reply(
                    lsn: 42,
                    answer: .applied(
                        .init(
                            items: [
                                .init(key: key(.prefix, "root"), outcome: .created),
                                .init(key: key(.prefix, "child"), outcome: .configured),
                                .init(key: key(.prefixAllocation, "claim"), outcome: .unchanged),
                            ], warnings: ["root overlaps prefix/other"]))),
            "request answer":
                Reply(lsn: 42, answer: .allocated(.init(resource: web, isCreated: true))),
            "request answer, asked again":
                Reply(lsn: 43, answer: .allocated(.init(resource: web, isCreated: false))),
            "release answer":
                Reply(
                    lsn: 44,
                    answer: .released(
                        .init(items: [
                            .init(name: "web-1", block: try IPPrefix("10.0.0.0/26")),
                            .init(name: "web-2", block: nil),
                        ]))),
            "delete answer":
                Reply(
                    lsn: 45,
                    answer: .deleted(
                        .init(keys: [key(.prefixAllocation, "web-1"), key(.prefix, "root")]))),
            "check answer":
                Reply(lsn: 46, answer: .checked(.init(resourceCount: 5, violations: []))),
            "check answer with violations":
                Reply(
                    lsn: 46,
                    answer: .checked(
                        .init(resourceCount: 5, violations: ["a block is both free and used"]))),
            "check answer with warnings":
                Reply(
                    lsn: 46,
                    answer: .checked(
                        .init(
                            resourceCount: 5, violations: [],
                            warnings: ["prefix/pods overlaps prefix/root"]))),
        ]
        return answers.merging(try usedPages()) { first, _ in first }.mapValues(Sample.reply)
    }

    private static func usedPages() throws -> [String: Reply] {
        let first = try IPPrefix("10.0.0.0/26")
        let second = try IPPrefix("10.0.0.64/26")
        return [
            "used answer":
                Reply(
                    lsn: 46,
                    answer: .used(
                        .init(
                            items: [
                                .init(block: first, allocation: "web-1"),
                                .init(block: second, allocation: "web-2"),
                            ], next: second))),
            "used answer, IPv6, the last page":
                Reply(
                    lsn: 46,
                    answer: .used(
                        .init(items: [.init(block: try IPPrefix("2001:db8::/64"), allocation: "a")])
                    )),
            "list answer":
                Reply(
                    lsn: 46,
                    answer: .listed(
                        .init(
                            items: [
                                .init(resource: try Objects.root()),
                                .init(
                                    resource: try Objects.failed(),
                                    explanation: Explanation(
                                        .tooLarge,
                                        "a /9 is larger than the parent root, 10.0.0.0/24")),
                            ], next: .init(namespace: "default", name: "child-1")))),
            "list answer with every reason":
                Reply(
                    lsn: 46,
                    answer: .listed(
                        .init(
                            items: try Reason.allCases.map {
                                .init(
                                    resource: try Objects.pending(),
                                    explanation: Explanation($0, "an example of \($0)"))
                            }))),
        ]
    }

    private static let pages: [String: Sample] = [
        "list answer, empty": .reply(Reply(lsn: 46, answer: .listed(.init(items: []))))
    ]

    private static let statuses: [String: Sample] = {
        let statuses = DaemonStatus.Mode.allCases.map { mode in
            let status = DaemonStatus(
                mode: mode, detail: mode == .ok ? nil : "an example of \(mode)", version: "0.1",
                uptimeMilliseconds: 90_000, incarnation: 7, durableLSN: 46, prefixCount: 2,
                allocationCount: 3, waitingCount: 1, connectionCount: 4,
                stateDirectory: "/var/lib/ipamd",
                lastCheckpoint: mode == .storageFull ? nil : Objects.time, checkpointLSN: 40,
                logEntriesDropped: 0)
            return ("status answer, \(mode)", Sample.reply(Reply(lsn: 46, answer: .status(status))))
        }
        return Dictionary(uniqueKeysWithValues: statuses)
    }()
}
