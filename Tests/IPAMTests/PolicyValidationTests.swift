import IPAM
import Testing

/// What a Prefix may say of how it gives out its space.
@Suite struct PolicyValidationTests {
    /// A root 10.0.0.0/16 with a policy: words FIELD=VALUE, ranges separated by commas.
    private static func manifest(_ line: String) -> Manifest {
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "a")
        var policy = Manifest.Policy()
        for word in line.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            let ranges = parts[1].split(separator: ",").map(String.init)
            switch parts[0] {
            case "strategy": policy.strategy = parts[1]
            case "min": policy.minPrefixLength = Int64(parts[1])
            case "max": policy.maxPrefixLength = Int64(parts[1])
            case "default": policy.defaultPrefixLength = Int64(parts[1])
            case "reserved": policy.reserved = ranges
            case "excluded": policy.excluded = ranges
            case "quota": policy.quota = parts[1]
            case "each": policy.quotaPerOwner = parts[1]
            default: Issue.record("no such field: \(word)")
            }
        }
        return Manifest(key: key, prefix: "10.0.0.0/16", policy: policy)
    }

    @Test func `a policy is read as it is written`() throws {
        let line =
            "strategy=Sparse min=20 max=28 default=26 quota=/20 each=1000 "
            + "reserved=10.0.0.0/24 excluded=10.0.1.1-10.0.1.2,10.0.1.0"
        let policy = try #require(try Self.manifest(line).validated().policy)
        #expect(policy.strategy == .sparse)
        #expect(policy.minLength == 20 && policy.maxLength == 28 && policy.defaultLength == 26)
        #expect(policy.quota == 4096)
        #expect(policy.quotaPerOwner == 1000)
        #expect(policy.reserved.prefixes.map(\.description) == ["10.0.0.0/24"])
        #expect(policy.excluded.prefixes.map(\.description) == ["10.0.1.0/31", "10.0.1.2/32"])
    }

    @Test func `a policy that says nothing is none`() throws {
        #expect(try Self.manifest("strategy=BestFit").validated().policy == nil)
    }

    @Test(arguments: [
        ("strategy=bestfit", "spec.policy.strategy not supported"),
        ("min=0", "spec.policy.minPrefixLength invalid"),
        ("max=33", "spec.policy.maxPrefixLength invalid"),
        ("min=28 max=24", "spec.policy.maxPrefixLength invalid"),
        ("min=24 default=20", "spec.policy.defaultPrefixLength invalid"),
        ("reserved=10.0.0.0/24,10.0.0.1/24", "spec.policy.reserved[1] invalid"),
        ("excluded=11.0.0.1", "spec.policy.excluded[0] invalid"),
        ("excluded=::1", "spec.policy.excluded[0] invalid"),
        ("quota=0", "spec.policy.quota invalid"),
        ("quota=/33", "spec.policy.quota invalid"),
        ("each=+1", "spec.policy.quotaPerOwner invalid"),
    ])
    func `one fault is one error, with the field`(line: String, fault: String) {
        do throws(InvalidManifest) {
            _ = try Self.manifest(line).validated()
            Issue.record("it was taken")
        } catch {
            #expect(error.faults.map { "\($0.path) \($0.kind)" } == [fault])
        }
    }

    @Test func `an allocation has no policy`() throws {
        var manifest = Self.manifest("min=20")
        manifest.key = ResourceKey(kind: .prefixAllocation, namespace: "default", name: "a")
        manifest.parent = "p"
        let error = #expect(throws: InvalidManifest.self) { try manifest.validated() }
        #expect(error?.faults.map { "\($0.path) \($0.kind)" } == ["spec.policy forbidden"])
    }

    @Test func `ranges have a maximum, as written and as prefixes`() throws {
        let many = (0..<257).map { "10.0.0.\($0 % 256)" }.joined(separator: ",")
        let error = #expect(throws: InvalidManifest.self) {
            try Self.manifest("excluded=\(many)").validated()
        }
        #expect(error?.faults.count == 1)
        let wide = (0..<128).map { "10.0.\($0).1-10.0.\($0).254" }.joined(separator: ",")
        let other = #expect(throws: InvalidManifest.self) {
            try Self.manifest("excluded=\(wide)").validated()
        }
        #expect(other?.faults.map(\.path) == ["spec.policy.excluded"])
    }
}
