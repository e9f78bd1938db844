import IPAM

/// More claims than one command looks at: some are served by the internal commands that follow.
enum ModelCrowd {
    /// What is asked, in order; `count` claims are too large for what becomes free first.
    static func commands(_ count: Int) -> [Command] {
        var commands = [
            apply([manifest(.prefix, "root", prefix: "10.0.0.0/18")]),
            request("low", 19), request("high", 20), request("top", 21), request("rest", 21),
        ]
        // No two ask for quite the same, or one would be tried for all of them.
        let large = (0..<count).map { index in
            var large = manifest(.prefixAllocation, "large\(index)", length: 20)
            large.selector = Selector(matchExpressions: [
                Selector.Requirement(key: "tier", operator: .isNotIn, values: ["t\(index)"])
            ])
            return large
        }
        let small = (0..<600).map { manifest(.prefixAllocation, "small\($0)", length: 32) }
        let children = (0..<20).map { manifest(.prefix, "child\($0)", length: 28) }
        let inChildren = (0..<20).map {
            manifest(.prefixAllocation, "inner\($0)", length: 31, from: "child\($0)")
        }
        // Those in the children are older than the children.
        let all = inChildren + large + small + children
        for start in stride(from: 0, to: all.count, by: 2000) {
            commands.append(apply(Array(all[start..<min(start + 2000, all.count)])))
        }
        return commands + [
            release("rest"), release("top"), .request(request("late", 32, waits: true)),
            release("high"), release("small7", "small400"), release("low"),
            .delete(.init(keys: [key(.prefixAllocation, "large3")])),
        ]
    }

    /// Performs them, and returns what differs.
    static func run(_ count: Int) -> [String] {
        var pair = ModelPair()
        for (index, command) in commands(count).enumerated() {
            let now = Instant(milliseconds: UInt64(index) + 1)
            let step = ModelStep(
                action: .command(command, ModelComparison.administrator), now: now)
            let faults = pair.perform(step, isThorough: false)
            if !faults.isEmpty { return ["crowd, command \(index + 1)"] + faults.prefix(10) }
        }
        return pair.tally.internalCount > 3 ? [] : ["one command got to all claims"]
    }

    private static func key(_ kind: ResourceKind, _ name: String) -> ResourceKey {
        ResourceKey(kind: kind, namespace: "default", name: name)
    }

    private static func apply(_ manifests: [Manifest]) -> Command {
        .apply(.init(manifests: manifests))
    }

    private static func release(_ names: String...) -> Command { .release(.init(names: names)) }

    private static func request(_ name: String, _ length: UInt8) -> Command {
        .request(request(name, length, waits: false))
    }

    private static func request(
        _ name: String, _ length: UInt8, waits: Bool
    ) -> Command.Request {
        Command.Request(
            name: name, prefixLength: length, parent: "root", waitMilliseconds: waits ? 1 : nil)
    }

    private static func manifest(
        _ kind: ResourceKind, _ name: String, length: Int64, from parent: String = "root"
    ) -> Manifest {
        Manifest(key: key(kind, name), ipFamily: "IPv4", prefixLength: length, parent: parent)
    }

    private static func manifest(
        _ kind: ResourceKind, _ name: String, prefix: String
    ) -> Manifest {
        Manifest(key: key(kind, name), prefix: prefix)
    }
}
