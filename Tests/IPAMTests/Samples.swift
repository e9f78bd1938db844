import IPAM

/// Values for the tests of the encoding.
enum Samples {
    static func decoded<Value: FieldDecodable>(
        _ structure: String, _ bytes: [UInt8]
    ) throws(DecodingFault) -> Value {
        var fields = FieldReader(bytes, structure: structure)
        return try Value(from: &fields)
    }

    /// Resources of every kind, phase and reason, with every field present and absent.
    static func resources() throws -> [Resource] {
        let block = try IPPrefix("10.0.0.0/26")
        let wide = try IPPrefix("fd00::/64")
        let placed = Placement(block: wide, parent: "pärent")
        let selector = try Selector("tier=public,zone in (a,b),gpu,!legacy,env!=dev")
        let specs = [
            Spec(family: .ipv4, prefix: block), Spec(family: .ipv4, prefix: block, parent: "p"),
            Spec(family: .ipv4, prefix: block, prefixLength: 26, selector: Selector()),
            Spec(family: .ipv6, prefixLength: 64, parent: "p", selector: selector),
            Spec(family: .ipv6, prefix: try IPPrefix("::/0"), policy: try policy()),
            Spec(family: .ipv4, prefixLength: 8, selector: selector, parentStrategy: .emptiest),
        ].compactMap { $0 }
        let statuses: [Status] =
            [
                .pending, .allocated(placed), .allocated(Placement(block: block, parent: nil)),
            ] + Reason.allCases.map { .failed($0) }
        let labels: [Labels] = [[:], ["a": "b"], ["é": "\u{0}", "z": long(300)]]
        var resources: [Resource] = []
        for (index, status) in statuses.enumerated() {
            for spec in specs {
                resources.append(
                    Resource(
                        key: ResourceKey(
                            kind: spec.isRoot ? .prefix : .prefixAllocation, namespace: "ns",
                            name: long(index * 25)),
                        uid: ResourceUID(number: .max - UInt128(index)), version: .max,
                        generation: UInt64(index), created: Instant(milliseconds: .max),
                        owner: .max, apiGroup: index % 2 == 0 ? .ironcore : .openkcm,
                        labels: labels[index % 3], annotations: labels[(index + 1) % 3],
                        spec: spec, status: status, phaseSince: Instant(milliseconds: 0),
                        controller: spec.isRoot ? nil : "c"))
            }
        }
        return resources
    }

    /// A policy that says everything.
    static func policy() throws -> PrefixPolicy {
        var policy = PrefixPolicy()
        policy.strategy = .sparse
        policy.minLength = 16
        policy.maxLength = 64
        policy.defaultLength = 48
        policy.reserved = try IPPrefixSet("2001:db8::/32")
        policy.excluded = try IPPrefixSet("fd00::1-fd00::6")
        policy.excludesNetworkAndBroadcast = true
        policy.quota = .max
        policy.quotaPerOwner = 1
        policy.isOwnerOnly = true
        return policy
    }

    private static func long(_ count: Int) -> String { String(repeating: "n", count: count) }
}

extension [UInt8] {
    var hex: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Reads hexadecimal digits, two a byte; blanks do not count.
    init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue).map(UInt8.init)
        self = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
