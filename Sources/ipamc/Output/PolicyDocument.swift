internal import IPAM

/// The policy of a Prefix as `spec.policy` says it, canonically: ranges as the fewest prefixes, a
/// quota as `/22` where it is what a prefix has. Applied again it is the same policy.
struct PolicyDocument: Encodable {
    let defaultPrefixLength: UInt8?
    let excludeNetworkAndBroadcast: Bool?
    let excluded: [String]?
    let maxPrefixLength: UInt8?
    let minPrefixLength: UInt8?
    let ownerOnly: Bool?
    let quota: String?
    let quotaPerOwner: String?
    let reserved: [String]?
    let strategy: String?

    /// What is as it would be without a word is left out.
    init(_ policy: PrefixPolicy, _ family: IPFamily) {
        defaultPrefixLength = policy.defaultLength
        excludeNetworkAndBroadcast = policy.excludesNetworkAndBroadcast ? true : nil
        excluded = Self.ranges(policy.excluded)
        maxPrefixLength = policy.maxLength
        minPrefixLength = policy.minLength
        ownerOnly = policy.isOwnerOnly ? true : nil
        quota = policy.quota.map { Self.quota($0, family) }
        quotaPerOwner = policy.quotaPerOwner.map { Self.quota($0, family) }
        reserved = Self.ranges(policy.reserved)
        strategy = policy.strategy == .bestFit ? nil : policy.strategy.description
    }

    private static func ranges(_ set: IPPrefixSet) -> [String]? {
        set.isEmpty ? nil : set.prefixes.map(\.description)
    }

    /// A /0 is no quota: it would say nothing that leaving it out does not say.
    private static func quota(_ addresses: UInt128, _ family: IPFamily) -> String {
        let hostBits = addresses.trailingZeroBitCount
        guard addresses.nonzeroBitCount == 1, hostBits < family.addressBits else {
            return String(addresses)
        }
        return "/\(Int(family.addressBits) - hostBits)"
    }
}

extension PolicyDocument {
    /// The same for a person, a fact each.
    var facts: [String] {
        var facts: [String] = []
        func add(_ name: String, _ value: String?) {
            if let value { facts.append("\(name) \(value)") }
        }
        add("strategy", strategy)
        add("shortest length", minPrefixLength.map { "/\($0)" })
        add("longest length", maxPrefixLength.map { "/\($0)" })
        add("default length", defaultPrefixLength.map { "/\($0)" })
        add("reserved", reserved?.joined(separator: ", "))
        add("excluded", excluded?.joined(separator: ", "))
        if excludeNetworkAndBroadcast == true { facts.append("network and broadcast excluded") }
        add("quota", quota)
        add("quota per owner", quotaPerOwner)
        if ownerOnly == true { facts.append("for its owner alone") }
        return facts
    }
}
