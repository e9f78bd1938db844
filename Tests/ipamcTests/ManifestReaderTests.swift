import IPAM
import Testing

@testable import ipamc

private let rootText = """
    apiVersion: ipam.ironcore.dev/v1alpha1
    kind: Prefix
    metadata: {name: root}

    """

@Suite struct `Manifests that are read` {
    @Test func `IronCore's documents mean what they say`() {
        let (manifests, faults) = read(
            """
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: Prefix
            metadata:
              name: root
              labels:
                subnet-type: public
            spec:
              prefix: 10.0.0.0/8

            ---
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: Prefix
            metadata:
              name: customer-subnet-1
            spec:
              ipFamily: IPv4
              prefixLength: 9
              parentSelector:
                matchLabels:
                  subnet-type: public
            """)
        #expect(faults == [])
        #expect(
            manifests == [
                Manifest(
                    key: ResourceKey(kind: .prefix, namespace: "default", name: "root"),
                    labels: ["subnet-type": "public"], prefix: "10.0.0.0/8"),
                Manifest(
                    key: ResourceKey(
                        kind: .prefix, namespace: "default", name: "customer-subnet-1"),
                    ipFamily: "IPv4", prefixLength: 9,
                    selector: Selector(matchLabels: ["subnet-type": "public"])),
            ])
    }

    @Test func `OpenKCM's spelling of the group is kept`() {
        let (manifests, faults) = read(
            """
            apiVersion: ipam.OpenKCM.dev/v1alpha1
            kind: Prefix
            metadata: {name: root, namespace: kcm, labels: {root-prefix: customer-1}}
            spec: {prefix: 10.0.0.0/24}
            """)
        #expect(faults == [])
        #expect(manifests.first?.apiGroup == .openkcm)
        #expect(manifests.first?.key.namespace == "kcm")
    }

    @Test(arguments: [
        "parentRef: parent", "parentRef: {name: parent}", #"parentRef: "parent""#,
    ])
    func `a reference is a text or a map with a name`(reference: String) {
        let (manifests, faults) = read(
            rootText + "spec: {ipFamily: IPv6, prefixLength: 64, \(reference)}")
        #expect(faults == [])
        #expect(manifests.first?.parent == "parent")
    }

    @Test(arguments: ["prefixRef: parent", "prefixRef: {name: parent}", "parentRef: parent"])
    func `an allocation's reference has two names`(reference: String) {
        let (manifests, faults) = read(
            """
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: PrefixAllocation
            metadata: {name: a}
            spec: {ipFamily: IPv4, prefixLength: 28, \(reference)}
            """)
        #expect(faults == [])
        #expect(manifests.first?.parent == "parent")
        #expect(manifests.first?.key.kind == .prefixAllocation)
    }

    @Test func `JSON is read as well`() {
        let (manifests, faults) = read(
            #"{"apiVersion":"ipam.ironcore.dev/v1alpha1","kind":"Prefix","metadata":"#
                + #"{"name":"root","resourceVersion":"12"},"spec":{"prefix":"2000::\/8"}}"#)
        #expect(faults == [])
        #expect(manifests.first?.prefix == "2000::/8")
        #expect(manifests.first?.resourceVersion == 12)
    }

    @Test func `what get prints is read, and its status passed over`() {
        let (manifests, faults) = read(
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: ipam.ironcore.dev/v1alpha1
              kind: Prefix
              metadata:
                creationTimestamp: "2026-11-21T05:00:00Z"
                generation: 1
                name: root
                namespace: default
                resourceVersion: '7'
                uid: 00000000-0000-0001-0000-000000070000
              spec: {ipFamily: IPv4, prefix: 10.0.0.0/8}
              status: {phase: Allocated, used: [10.0.0.0/9]}
            """)
        #expect(faults == [])
        #expect(manifests.first?.ipFamily == "IPv4")
        #expect(manifests.first?.resourceVersion == 7)
    }

    @Test func `no labels and an empty map of labels differ, null is nothing`() {
        #expect(read(rootText + "spec: {prefix: 10.0.0.0/8}").manifests.first?.labels == .some(nil))
        let empty = rootText.replacing("{name: root}", with: "{name: root, labels: {}}")
        #expect(read(empty + "spec: {prefix: 10.0.0.0/8}").manifests.first?.labels == [:])
        let null = rootText.replacing("{name: root}", with: "{name: root, labels: }")
        #expect(read(null + "spec: {prefix: 10.0.0.0/8}").manifests.first?.labels == .some(nil))
    }

    @Test func `the empty selector is one, null is none`() {
        let spec = "spec: {ipFamily: IPv4, prefixLength: 9, parentSelector: {}}"
        #expect(read(rootText + spec).manifests.first?.selector == Selector())
        let null = "spec: {prefix: 10.0.0.0/9, parentSelector: null}"
        #expect(read(rootText + null).manifests.first?.selector == .some(nil))
    }

    @Test func `match expressions are read`() {
        let (manifests, faults) = read(
            rootText + """
                spec:
                  ipFamily: IPv4
                  prefixLength: 9
                  parentSelector:
                    matchExpressions:
                    - {key: zone, operator: In, values: [b, a]}
                    - {key: gpu, operator: DoesNotExist}
                """)
        #expect(faults == [])
        #expect(manifests.first?.selector?.description == "zone in (a,b),!gpu")
    }

    @Test func `documents without content are passed over`() {
        #expect(read("---\n# nothing\n---\n").manifests == [])
        #expect(read("").manifests == [])
        #expect(read("---\n\(rootText)spec: {prefix: 10.0.0.0/8}\n---\n").manifests.count == 1)
    }

    @Test func `an alias repeats what it names`() {
        let text = rootText.replacing("root}", with: "root, labels: &l {a: b}, annotations: *l}")
        let (manifests, faults) = read(text + "spec: {prefix: 10.0.0.0/8}")
        #expect(faults == [])
        #expect(manifests.first?.annotations == ["a": "b"])
    }

    @Test func `a document that a Prefix controls is marked`() throws {
        let text = """
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: PrefixAllocation
            metadata:
              name: child.prefix
              ownerReferences: [{apiVersion: x, kind: Prefix, name: child, controller: true}]
            spec: {ipFamily: IPv4, prefixLength: 9, prefixRef: {name: root}}
            """
        let documents = try ManifestReader.read(
            [ManifestFile(name: "f", text: text)], namespace: "default", for: .apply)
        #expect(documents.first?.controller == "child")
    }
}

@Suite struct `Manifests that are refused` {
    @Test(arguments: [
        (
            "kind: Prefix\nmetadata: {name: a}",
            "f.yaml document 1 (prefix/a): apiVersion: required: "
        ),
        (
            "apiVersion: v1\nkind: Prefix\nmetadata: {name: a}",
            "f.yaml document 1 (prefix/a): apiVersion: not supported: \"v1\" is not known"
        ),
        (
            "apiVersion: ipam.ironcore.dev/v1alpha1\nkind: Pod",
            "f.yaml document 1: kind: not supported: \"Pod\" is not known; write Prefix or"
        ),
        ("apiVersion: ipam.ironcore.dev/v1alpha1", "f.yaml document 1: kind: required: "),
        ("- a", "f.yaml document 1: document: invalid: is a list, not a map with a kind"),
        ("text", "f.yaml document 1: document: invalid: is a text, not a map with a kind"),
    ])
    func `no object`(text: String, line: String) {
        let faults = read(text).faults
        #expect(faults.count == 1)
        #expect(faults.first?.contains(line) == true, "\(faults)")
    }

    @Test(arguments: [
        (
            "spec: {prefix: 10.0.0.0/8, size: 4}",
            "unknown_field",
            "spec.size: not supported: there is no such field"
        ),
        ("spec: {prefix: 10.0.0.0/8}\nspecs: {}", "unknown_field", "specs: not supported"),
        (
            "spec: {prefix: 10.0.0.0/8, parentRef: {name: x, nam: x}}",
            "unknown_field",
            "spec.parentRef.nam: not supported"
        ),
        (
            "spec: {prefixRef: a, prefix: 10.0.0.0/8}",
            "unknown_field",
            "spec.prefixRef: not supported"
        ),
        ("spec: []", "invalid", "spec: invalid: is a list, not a map"),
        (
            "spec: {prefix: 10}",
            "invalid",
            "spec.prefix: invalid: is a number, not a text: put quotes around it"
        ),
        (
            "spec: {ipFamily: yes, prefix: 10.0.0.0/8}",
            "invalid",
            "spec.ipFamily: invalid: is true or false, not a text"
        ),
        (
            "spec: {parentRef: a, ipFamily: IPv4, prefixLength: '9'}",
            "invalid",
            "spec.prefixLength: invalid: is a text, not a whole number"
        ),
        (
            "spec: {parentRef: a, ipFamily: IPv4, prefixLength: 9.5}",
            "invalid",
            "spec.prefixLength: invalid: is 9.5, not a whole number"
        ),
        (
            "spec: {parentRef: a, ipFamily: IPv4, prefixLength: 99999999999999999999}",
            "invalid",
            "spec.prefixLength: invalid"
        ),
        (
            "spec: {parentSelector: a, ipFamily: IPv4, prefixLength: 9}",
            "invalid",
            "spec.parentSelector: invalid: is a text, not a map"
        ),
        (
            "spec: {parentSelector: {matchLabels: {a: 1}}, prefix: 10.0.0.0/9}",
            "invalid",
            "spec.parentSelector.matchLabels[\"a\"]: invalid: is a number"
        ),
        (
            "spec: {parentSelector: {matchExpressions: [{key: a, operator: Is}]}}",
            "invalid",
            "matchExpressions[0].operator: not supported: \"Is\""
        ),
        (
            "spec: {parentSelector: {matchExpressions: [{key: a}]}}",
            "invalid",
            "matchExpressions[0].operator: required"
        ),
        ("spec: {parentRef: {}, prefix: 10.0.0.0/9}", "invalid", "spec.parentRef.name: required"),
        (
            "spec: {prefix: 10.0.0.1/8}",
            "invalid",
            "spec.prefix: invalid: 10.0.0.1/8 has bits set"
        ),
        ("spec: {}", "invalid", "spec.prefix: required"),
        ("", "invalid", "spec.prefix: required"),
    ])
    func `one fault, one line`(spec: String, code: String, line: String) {
        let faults = read(rootText + spec).faults
        #expect(faults.count == 1 || spec.isEmpty || spec == "spec: {}", "\(faults)")
        let fault = faults.first { $0.contains(line) }
        #expect(fault?.hasPrefix("\(code): f.yaml document 1 (prefix/root): ") == true, "\(faults)")
    }

    @Test(arguments: [
        ("a: 1\na: 2", "the key \"a\" stands more than once"),
        ("a: [1", "line 2, column 1: did not find expected"),
        ("a: *b", "line 1, column 4: found undefined alias"),
        ("a: !!python/x b", "the tag tag:yaml.org,2002:python/x has no meaning here"),
        ("[a]: b", "a key must be a text"),
        ("a: \u{1}", "control characters are not allowed"),
        ("a: &x b\nc: [" + String(repeating: "*x,", count: 40) + "]", "more than 16 aliases"),
        (String(repeating: "[", count: 100_000), "nesting"),
    ])
    func `no sound YAML`(text: String, line: String) {
        let faults = read(text).faults
        #expect(faults.count == 1)
        #expect(faults.first?.contains(line) == true, "\(faults)")
    }

    @Test func `aliases of aliases do not grow beyond a bound`() {
        var text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...5 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(alias), \(alias), \(alias)]\n"
        }
        let key = text + "? *a5\n: x\n"
        #expect(read(text).faults.first?.contains("apiVersion: required") == true)
        #expect(read(key).faults.first?.contains("a key must be a text") == true)
    }

    @Test func `all faults of all documents are told, each with its place`() {
        let bad = rootText + "spec: {prefix: 10.0.0.0/33, parentRef: UPPER}\n"
        let other = rootText.replacing("root", with: "other") + "spec: {prefix: x, nothing: 1}\n"
        let faults = read("\(rootText)spec: {prefix: 10.0.0.0/8}\n---\n\(bad)---\n\(other)").faults
        #expect(faults.count == 4)
        #expect(faults[0].contains("document 2 (prefix/root): spec.prefix: invalid"))
        #expect(faults[1].contains("document 2 (prefix/root): spec.parentRef.name: invalid"))
        #expect(faults[2].contains("document 3 (prefix/other): spec.nothing: not supported"))
        #expect(faults[3].contains("document 3 (prefix/other): spec.prefix: invalid"))
    }

    @Test func `a list names the item`() {
        let faults = read("apiVersion: v1\nkind: List\nitems: [{kind: Pod}]").faults
        #expect(faults.last?.contains("f.yaml document 1 item 1: kind: not supported") == true)
    }

    @Test func `an allocation with two references that differ is told so`() {
        let text = """
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: PrefixAllocation
            metadata: {name: a}
            spec: {ipFamily: IPv4, prefixLength: 28, prefixRef: a, parentRef: b}
            """
        #expect(read(text).faults.first?.contains("spec.parentRef: forbidden") == true)
    }

    @Test func `what is to be deleted needs a kind and a name alone`() {
        #expect(read(rootText, for: .delete).manifests.map(\.key.description) == ["prefix/root"])
        let nameless = rootText.replacing("{name: root}", with: "{}")
        #expect(read(nameless, for: .delete).faults.count == 1)
    }
}
