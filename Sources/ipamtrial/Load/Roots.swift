import IPAM
import Seeded

/// The few Prefixes for which all clients compete: small, so that they are full most of the time,
/// and each with another policy.
enum Roots {
    static let namespace = "trial"

    private struct Root {
        let name: String
        let block: String
        let labels: Labels
        var policy = Manifest.Policy()
    }

    private static let all: [Root] = {
        var lowest = Root(name: "low", block: "10.0.1.0/26", labels: ["tier": "a"])
        lowest.policy.strategy = "Lowest"
        lowest.policy.excludeNetworkAndBroadcast = true
        var sparse = Root(name: "sparse", block: "10.0.2.0/26", labels: ["tier": "b"])
        sparse.policy.strategy = "Sparse"
        sparse.policy.defaultPrefixLength = 30
        sparse.policy.reserved = ["10.0.2.48/28"]
        var limited = Root(name: "limited", block: "10.0.3.0/27", labels: ["tier": "b"])
        limited.policy.quota = "24"
        limited.policy.maxPrefixLength = 31
        return [
            Root(name: "best", block: "10.0.0.0/26", labels: ["tier": "a"]), lowest, sparse,
            limited,
            Root(name: "six", block: "2001:db8::/122", labels: ["tier": "a"]),
        ]
    }()

    /// Makes them, as LSN 1.
    static let command = Command.Apply(
        manifests: all.map { root in
            Manifest(
                key: ResourceKey(kind: .prefix, namespace: namespace, name: root.name),
                labels: root.labels, ipFamily: root.block.contains(":") ? "IPv6" : "IPv4",
                prefix: root.block,
                policy: root.policy == Manifest.Policy() ? nil : root.policy)
        })

    static let names = all.map(\.name)

    /// The reference as it is after that command of this user.
    static func reference(owner: UInt32) -> Reference {
        var reference = Reference(namespace: namespace)
        for root in all {
            do {
                let block = try IPPrefix(root.block)
                reference.addRoot(
                    root.name, block, labels: root.labels, policy: try policy(root.policy),
                    owner: owner)
            } catch {
                preconditionFailure("The roots of the trials are written right: \(error).")
            }
        }
        return reference
    }

    /// A prefix of some length in one of the roots.
    static func someBlock(_ generator: inout SeededGenerator) -> IPPrefix {
        let rooms = reference(owner: 0).rooms.values.map(\.block).sorted()
        guard let whole = generator.pick(rooms) else {
            preconditionFailure("There are roots.")
        }
        let bits = whole.family.addressBits
        let length = UInt8.random(in: whole.length + 2...bits, using: &generator)
        let count = UInt64(1) << UInt64(bits - whole.length)
        let number = whole.number + UInt128(UInt64.random(in: 0..<count, using: &generator))
        return IPPrefix(
            containing: IPAddress(number: number, family: whole.family), length: length)
    }

    /// What the words of the roots above mean.
    private static func policy(
        _ words: Manifest.Policy
    ) throws(IPPrefixError) -> PrefixPolicy {
        var policy = PrefixPolicy()
        switch words.strategy {
        case "Lowest": policy.strategy = .lowest
        case "Sparse": policy.strategy = .sparse
        default: policy.strategy = .bestFit
        }
        policy.minLength = words.minPrefixLength.map(UInt8.init)
        policy.maxLength = words.maxPrefixLength.map(UInt8.init)
        policy.defaultLength = words.defaultPrefixLength.map(UInt8.init)
        var reserved: [IPPrefix] = []
        for text in words.reserved { reserved.append(try IPPrefix(text)) }
        policy.reserved = IPPrefixSet(reserved)
        policy.excludesNetworkAndBroadcast = words.excludeNetworkAndBroadcast
        policy.quota = words.quota.flatMap { UInt128($0) }
        return policy
    }
}
