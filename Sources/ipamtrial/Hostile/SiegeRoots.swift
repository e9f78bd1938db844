import IPAM

/// What the daemon holds before the attack: enough that a search takes time.
enum SiegeRoots {
    /// In so many of the attacked Prefixes there are allocations.
    private static let filledCount = 20
    private static let allocationsEach = 200

    /// The first makes the Prefixes, the others what is in them.
    static var commands: [Ask] {
        var manifests = (0..<Attack.parentCount).map { number in
            root(
                Attack.namespace, Attack.parent(number),
                "10.\(64 + number / 256).\(number % 256).0/24", labels: ["tier": "attacked"])
        }
        manifests.append(root(Attack.namespace, Attack.full, "192.0.2.0/31"))
        manifests.append(root(GoodClient.namespace, GoodClient.parent, "10.0.0.0/16"))
        var commands: [Ask] = [.command(.apply(Command.Apply(manifests: manifests)))]
        for number in 0..<2 {
            commands.append(.command(.request(request("holder-\(number)", Attack.full))))
        }
        for number in 0..<filledCount {
            let parent = Attack.parent(Attack.parentCount - 1 - number)
            let parts = (0..<allocationsEach).map { count in
                Command.Batch.Part.request(request("filled-\(number)-\(count)", parent))
            }
            commands.append(.command(.batch(Command.Batch(parts: parts))))
        }
        return commands
    }

    private static func root(
        _ namespace: String, _ name: String, _ block: String, labels: Labels = [:]
    ) -> Manifest {
        Manifest(
            key: ResourceKey(kind: .prefix, namespace: namespace, name: name), labels: labels,
            ipFamily: "IPv4", prefix: block)
    }

    private static func request(_ name: String, _ parent: String) -> Command.Request {
        Command.Request(
            namespace: Attack.namespace, name: name, prefixLength: 32, parent: parent)
    }
}
