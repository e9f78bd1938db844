import IPAM
import Testing

@testable import ipamc

private let head = """
    apiVersion: ipam.ironcore.dev/v1alpha1
    kind: Prefix
    metadata: {name: root}

    """

/// A policy of which everything is said.
private func fullPolicy() throws -> PrefixPolicy {
    var policy = PrefixPolicy()
    policy.strategy = .sparse
    policy.minLength = 20
    policy.maxLength = 28
    policy.defaultLength = 24
    policy.reserved = try IPPrefixSet("10.0.0.1-10.0.0.6")
    policy.excluded = try IPPrefixSet("10.1.0.0/24")
    policy.excludesNetworkAndBroadcast = true
    policy.quota = 1 << 22
    policy.quotaPerOwner = 1000
    policy.isOwnerOnly = true
    return policy
}

@Suite struct `Policies in manifests` {
    @Test func `every field is read`() throws {
        let (manifests, faults) = read(
            head + """
                spec:
                  prefix: 10.0.0.0/8
                  parentStrategy: Emptiest
                  policy:
                    strategy: Sparse
                    minPrefixLength: 20
                    maxPrefixLength: 28
                    defaultPrefixLength: 24
                    reserved: [10.0.0.1-10.0.0.6]
                    excluded: [10.1.0.0/24]
                    excludeNetworkAndBroadcast: yes
                    quota: /10
                    quotaPerOwner: 1000
                    ownerOnly: true
                """)
        #expect(faults == [])
        let manifest = try #require(manifests.first)
        #expect(manifest.parentStrategy == "Emptiest")
        #expect(try manifest.validated().policy == fullPolicy())
    }

    @Test(arguments: [
        ("1024", "1024"), ("\"1024\"", "1024"), ("/22", "/22"), ("'/22'", "/22"),
        ("340282366920938463463374607431768211455", "340282366920938463463374607431768211455"),
    ])
    func `a quota is a number or a text`(written: String, quota: String) {
        let (manifests, faults) = read(
            head + "spec: {prefix: '2000::/3', policy: {quota: \(written)}}")
        #expect(faults == [])
        #expect(manifests.first?.policy?.quota == quota)
    }

    @Test func `no policy leaves the one that there is, an empty one replaces it`() {
        #expect(read(head + "spec: {prefix: 10.0.0.0/8}").manifests.first?.policy == .some(nil))
        let empty = read(head + "spec: {prefix: 10.0.0.0/8, policy: {}}").manifests.first
        #expect(empty?.policy == Manifest.Policy())
    }

    @Test(arguments: [
        ("{color: red}", "unknown_field", "spec.policy.color: not supported"),
        ("[]", "invalid", "spec.policy: invalid: is a list, not a map"),
        ("{strategy: Random}", "invalid", "spec.policy.strategy: not supported: \"Random\""),
        ("{minPrefixLength: '8'}", "invalid", "spec.policy.minPrefixLength: invalid: is a text"),
        ("{maxPrefixLength: 33}", "invalid", "spec.policy.maxPrefixLength: invalid: 33"),
        ("{reserved: 10.0.0.1}", "invalid", "spec.policy.reserved: invalid: is a text, not a list"),
        ("{reserved: [10]}", "invalid", "spec.policy.reserved[0]: invalid: is a number, not a"),
        ("{excluded: [11.0.0.0/9]}", "invalid", "spec.policy.excluded[0]: invalid: 11.0.0.0/9 is"),
        ("{quota: many}", "invalid", "spec.policy.quota: invalid: \"many\" is no number"),
        ("{quota: 1e3}", "invalid", "spec.policy.quota: invalid: \"1e3\" is no number"),
        ("{quota: [1]}", "invalid", "spec.policy.quota: invalid: is a list, not a number"),
        ("{ownerOnly: 1}", "invalid", "spec.policy.ownerOnly: invalid: is a number, not true or"),
        (
            "{excludeNetworkAndBroadcast: 'yes'}", "invalid",
            "spec.policy.excludeNetworkAndBroadcast: invalid: is a text, not true or false"
        ),
    ])
    func `a fault has its path`(policy: String, code: String, line: String) {
        let faults = read(head + "spec: {prefix: 10.0.0.0/8, policy: \(policy)}").faults
        #expect(faults.count == 1, "\(faults)")
        let start = "\(code): f.yaml document 1 (prefix/root): "
        #expect(faults.first?.hasPrefix(start + line) == true, "\(faults)")
    }

    @Test func `an allocation has no policy, and is told so`() {
        let faults = read(
            """
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: PrefixAllocation
            metadata: {name: a}
            spec: {ipFamily: IPv4, prefixLength: 28, prefixRef: b, policy: {}}
            """
        ).faults
        #expect(faults.first?.contains("spec.policy: forbidden") == true, "\(faults)")
    }
}

@Suite struct `Policies that are printed` {
    private func item(_ spec: Spec?) throws -> Answer.Listed.Item {
        Answer.Listed.Item(resource: try resource(.prefix, "root", spec: spec, status: .pending))
    }

    @Test func `ranges are the fewest prefixes, a quota is a length where it can`() throws {
        let spec = Spec(
            family: .ipv4, prefix: try block("10.0.0.0/8"), parentStrategy: .emptiest,
            policy: try fullPolicy())
        #expect(
            try StructuredText.yaml(ResourceDocument(try item(spec)).spec) == """
                ipFamily: IPv4
                parentStrategy: Emptiest
                policy:
                  defaultPrefixLength: 24
                  excludeNetworkAndBroadcast: true
                  excluded:
                  - 10.1.0.0/24
                  maxPrefixLength: 28
                  minPrefixLength: 20
                  ownerOnly: true
                  quota: /10
                  quotaPerOwner: '1000'
                  reserved:
                  - 10.0.0.1/32
                  - 10.0.0.2/31
                  - 10.0.0.4/31
                  - 10.0.0.6/32
                  strategy: Sparse
                prefix: 10.0.0.0/8

                """)
    }

    @Test(
        arguments: [
            (.ipv4, 1, "/32"), (.ipv4, 1 << 31, "/1"), (.ipv4, 1 << 32, "4294967296"),
            (.ipv4, 3, "3"), (.ipv6, 1 << 64, "/64"), (.ipv6, 1 << 127, "/1"),
        ] as [(IPFamily, UInt128, String)])
    func `a quota is what a prefix of the family has`(
        family: IPFamily, quota: UInt128, text: String
    ) throws {
        var policy = PrefixPolicy()
        policy.quota = quota
        #expect(PolicyDocument(policy, family).quota == text)
        #expect(PrefixPolicy.quota(text, family) == quota)
    }

    @Test func `what is printed means the same when it is read`() throws {
        var lowest = PrefixPolicy()
        lowest.strategy = .lowest
        lowest.quota = .max
        let policies = [nil, PrefixPolicy(), lowest, try fullPolicy()]
        for policy in policies {
            for strategy in ParentStrategy.allCases {
                let spec = Spec(
                    family: .ipv4, prefix: try block("10.0.0.0/8"), parentStrategy: strategy,
                    policy: policy)
                let document = ResourceDocument(try item(spec))
                for text in [try StructuredText.yaml(document), try StructuredText.json(document)] {
                    let (manifests, faults) = read(text)
                    #expect(faults == [], "\(text)")
                    #expect(try manifests.first?.validated() == spec, "\(text)")
                }
            }
        }
    }
}
