import IPAM
import Seeded
import Testing

/// The rules of IronCore's Prefix and PrefixAllocation: a document and the fields it is told.
@Suite struct ManifestValidationTests {
    /// A document with a good name, and what `change` makes of it.
    private static func manifest(
        _ kind: ResourceKind, _ change: (inout Manifest) -> Void = { _ in }
    ) -> Manifest {
        let key = ResourceKey(kind: kind, namespace: "default", name: "a")
        var manifest = Manifest(key: key)
        change(&manifest)
        return manifest
    }

    /// `PATH KIND` of each fault, in the order told.
    private static func faults(_ manifest: Manifest) -> [String] {
        do throws(InvalidManifest) {
            _ = try manifest.validated()
            return []
        } catch {
            return error.faults.map { "\($0.path) \($0.kind)" }
        }
    }

    /// A document in a line: `prefix` or `allocation`, then family, prefix, length, parent and
    /// selector as FIELD=VALUE, `selector=*` for the empty one.
    private static func manifest(_ line: String) throws -> Manifest {
        let words = line.split(separator: " ").map(String.init)
        var manifest = manifest(words[0] == "prefix" ? .prefix : .prefixAllocation)
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = String(parts[1])
            switch parts[0] {
            case "family": manifest.ipFamily = value
            case "prefix": manifest.prefix = value
            case "length": manifest.prefixLength = Int64(value)
            case "parent": manifest.parent = value
            case "selector": manifest.selector = try Selector(value == "*" ? "" : value)
            default: Issue.record("no such field: \(word)")
            }
        }
        return manifest
    }

    @Test(arguments: [
        // Roots: the prefix alone. D20: a /0 is one.
        "prefix prefix=10.0.0.0/24", "prefix family=IPv4 prefix=10.0.0.0/24",
        "prefix family=IPv6 prefix=2001:db8::/32", "prefix family= prefix=::/0",
        "prefix prefix=0.0.0.0/0", "prefix prefix=10.0.0.1/32",
        // Children: a prefix, a length, or both if they agree.
        "prefix prefix=10.0.0.0/9 parent=p", "prefix family=IPv4 length=28 parent=p",
        "prefix family=IPv4 length=1 selector=a=b", "prefix family=IPv4 length=32 selector=*",
        "prefix family=IPv6 length=128 parent=p selector=a=b",
        "prefix family=IPv4 prefix=10.0.0.0/9 length=9 parent=p",
        // Allocations: one of prefix and length, at least one source.
        "allocation prefix=10.0.0.0/28 parent=p", "allocation family=IPv4 length=28 selector=*",
        "allocation family=IPv6 length=64 parent=p.q selector=a=b",
    ])
    func `a document that keeps the rules is its spec`(line: String) throws {
        let manifest = try Self.manifest(line)
        let spec = try manifest.validated()
        #expect(spec.prefix?.description == manifest.prefix)
        #expect(spec.prefixLength.map(Int64.init) == manifest.prefixLength)
        #expect(spec.parent == manifest.parent && spec.selector == manifest.selector)
        if let family = manifest.ipFamily, !family.isEmpty {
            #expect(spec.family.description == family)
        }
    }

    /// K1: only a readable prefix without a length says which family is meant.
    @Test(arguments: [
        ("prefix prefix=10.0.0.0/8", IPFamily.ipv4), ("prefix prefix=::/8", .ipv6),
        ("allocation prefix=fd00::/64 parent=p", .ipv6), ("prefix family= prefix=fd00::/8", .ipv6),
    ])
    func `the family is inferred from the prefix`(line: String, family: IPFamily) throws {
        #expect(try Self.manifest(line).validated().family == family)
    }

    /// Each has one fault and is told one (D18), with the path and the kind of IronCore.
    @Test(arguments: [
        ("prefix family=IPv5 prefix=10.0.0.0/8", "spec.ipFamily not supported"),
        ("prefix family=ipv4 prefix=10.0.0.0/8", "spec.ipFamily not supported"),
        ("prefix length=28 parent=p", "spec.ipFamily required"),
        ("prefix prefix=10.0.0.0/9 length=9 parent=p", "spec.ipFamily required"),
        ("allocation length=28 parent=p", "spec.ipFamily required"),
        ("prefix family=IPv6 prefix=10.0.0.0/8", "spec.prefix invalid"),
        ("allocation family=IPv4 prefix=fd00::/64 parent=p", "spec.prefix invalid"),
        ("prefix prefix=10.0.0.0", "spec.prefix invalid"),
        ("prefix prefix=", "spec.prefix invalid"),
        ("prefix family=IPv4 prefix=10.0.0.0/33", "spec.prefix invalid"),
        ("prefix prefix=10.0.0.1/24", "spec.prefix invalid"),
        ("prefix family=IPv4 prefix=10.0.0.1/9 length=9 parent=p", "spec.prefix invalid"),
        ("prefix family=IPv4", "spec.prefix required"),
        ("prefix family=IPv4 prefix=10.0.0.0/8 length=8", "spec.prefixLength invalid"),
        ("prefix family=IPv4 length=0 parent=p", "spec.prefixLength invalid"),
        ("prefix family=IPv4 length=-1 parent=p", "spec.prefixLength invalid"),
        ("prefix family=IPv4 length=33 parent=p", "spec.prefixLength invalid"),
        ("prefix family=IPv6 length=129 selector=a=b", "spec.prefixLength invalid"),
        ("prefix family=IPv6 length=9223372036854775807 parent=p", "spec.prefixLength invalid"),
        ("allocation family=IPv4 length=0 parent=p", "spec.prefixLength invalid"),
        ("allocation family=IPv4 length=33 parent=p", "spec.prefixLength invalid"),
        (
            "allocation family=IPv6 length=-9223372036854775808 parent=p",
            "spec.prefixLength invalid"
        ),
        ("prefix family=IPv4 prefix=10.0.0.0/9 length=10 parent=p", "spec.prefixLength invalid"),
        ("prefix family=IPv4 parent=p", "spec invalid"),
        ("prefix family=IPv4 selector=*", "spec invalid"),
        ("allocation family=IPv4 parent=p", "spec invalid"),
        ("allocation family=IPv4 length=28", "spec invalid"),
        ("allocation prefix=10.0.0.0/28", "spec invalid"),
        (
            "allocation family=IPv4 prefix=10.0.0.0/28 length=28 parent=p",
            "spec.prefixLength forbidden"
        ),
        ("prefix prefix=10.0.0.0/9 parent=", "spec.parentRef.name required"),
        ("prefix prefix=10.0.0.0/9 parent=A", "spec.parentRef.name invalid"),
        ("allocation prefix=10.0.0.0/9 parent=", "spec.prefixRef.name required"),
        ("allocation prefix=10.0.0.0/9 parent=a_b", "spec.prefixRef.name invalid"),
    ])
    func `one fault is one error`(line: String, fault: String) throws {
        #expect(Self.faults(try Self.manifest(line)) == [fault])
    }

    @Test func `host bits are answered with the network that was meant`() throws {
        let error = try #require(throws: InvalidManifest.self) {
            try Self.manifest("prefix prefix=10.0.0.1/24 parent=p").validated()
        }
        #expect(error.faults.map(\.sentence).first?.contains("10.0.0.0/24") == true)
    }

    @Test(arguments: [
        ("", "default", "metadata.name required"), ("A", "default", "metadata.name invalid"),
        ("a", "", "metadata.namespace required"), ("a", "a.b", "metadata.namespace invalid"),
        (String(repeating: "a", count: 254), "default", "metadata.name invalid"),
        ("a", String(repeating: "a", count: 64), "metadata.namespace invalid"),
    ])
    func `name and namespace are needed and keep their rules`(
        name: String, namespace: String, fault: String
    ) {
        for kind in ResourceKind.allCases {
            let key = ResourceKey(kind: kind, namespace: namespace, name: name)
            let manifest = Manifest(key: key, prefix: "10.0.0.0/8", parent: "p")
            #expect(Self.faults(manifest) == [fault])
        }
    }

    @Test func `all faults of a document are told at once`() {
        let manifest = Manifest(
            key: ResourceKey(kind: .prefixAllocation, namespace: "A", name: ""),
            labels: ["-": "_"], annotations: ["b c": "anything\u{0}"], ipFamily: "IPv7",
            prefix: "10.0.0.1/8", prefixLength: 8, parent: "",
            selector: Selector(matchLabels: ["a": "-"]))
        #expect(
            Self.faults(manifest) == [
                "metadata.name required", "metadata.namespace invalid",
                #"metadata.labels["-"] invalid"#, #"metadata.labels["-"] invalid"#,
                #"metadata.annotations["b c"] invalid"#, "spec.prefix invalid",
                "spec.ipFamily not supported", "spec.prefixRef.name required",
                #"spec.prefixSelector.matchLabels["a"] invalid"#, "spec.prefixLength forbidden",
            ])
    }

    @Test func `labels and annotations have a maximum, and beyond it that one fault`() {
        func labels(_ count: Int, _ key: String = "k") -> Labels {
            Labels(Dictionary(uniqueKeysWithValues: (0..<count).map { ("\(key)\($0)", "v") }))
        }
        func faults(_ change: (inout Manifest) -> Void) -> [String] {
            Self.faults(
                Self.manifest(.prefix) {
                    $0.prefix = "10.0.0.0/8"
                    change(&$0)
                })
        }
        #expect(faults { $0.labels = labels(Limits.labelsMax) } == [])
        #expect(faults { $0.labels = labels(65, "-") } == ["metadata.labels invalid"])
        let room = Limits.annotationBytesMax - 1
        #expect(faults { $0.annotations = ["a": String(repeating: "x", count: room)] } == [])
        let tooLong = String(repeating: "x", count: room + 1)
        #expect(faults { $0.annotations = ["-": tooLong] } == ["metadata.annotations invalid"])
        #expect(faults { $0.annotations = labels(5000, "-") }.count == Limits.namesShownMax)
    }

    @Test func `every document has a spec or a fault`() throws {
        var random = SeededGenerator(seed: 3)
        let families = [nil, "", "IPv4", "IPv6", "x"]
        let prefixes = [nil, "", "10.0.0.0/8", "10.0.0.1/8", "0.0.0.0/0", "fd00::/64", "::/0"]
        let lengths: [Int64?] = [nil, .min, -1, 0, 1, 8, 32, 33, 64, 128, 129, 256, .max]
        let parents = [nil, "", "p", "P"]
        let selectors = [nil, Selector(), Selector(matchLabels: ["a": "b"])]
        for _ in 0..<5000 {
            let kind = ResourceKind.allCases.randomElement(using: &random) ?? .prefix
            let manifest = Self.manifest(kind) {
                $0.ipFamily = families.randomElement(using: &random) ?? nil
                $0.prefix = prefixes.randomElement(using: &random) ?? nil
                $0.prefixLength = lengths.randomElement(using: &random) ?? nil
                $0.parent = parents.randomElement(using: &random) ?? nil
                $0.selector = selectors.randomElement(using: &random) ?? nil
            }
            do throws(InvalidManifest) {
                let spec = try manifest.validated()
                #expect(kind == .prefix || !spec.isRoot)
                #expect(spec.prefix != nil || spec.length > 0)
            } catch {
                #expect(!error.faults.isEmpty)
                #expect(Set(error.faults).count == error.faults.count)
            }
        }
    }
}
