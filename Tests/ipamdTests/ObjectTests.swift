import Foundation
import Testing

/// What the command line does with objects that are there already, against the real daemon.
@Suite struct `Objects that are there` {
    /// Every kind of object, in every form that a document of one can have.
    private static let everything = """
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: Prefix
        metadata:
          name: root
          labels: {tier: public, "yes": "true", number: "012", empty: "", example.com/x: "1e3"}
          annotations: {note: "two\\nlines: with 'quotes' and \\"more\\"", "on": "~", tab: "a\\tb"}
        spec: {prefix: 10.0.0.0/16}
        ---
        apiVersion: ipam.OpenKCM.dev/v1alpha1
        kind: Prefix
        metadata: {name: six, labels: {tier: public}}
        spec: {ipFamily: IPv6, prefix: "2001:db8::/48"}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: Prefix
        metadata: {name: policy, labels: {tier: policy}}
        spec:
          prefix: 10.8.0.0/20
          policy:
            strategy: Sparse
            minPrefixLength: 24
            maxPrefixLength: 28
            defaultPrefixLength: 26
            reserved: [10.8.0.0/28, 10.8.1.1-10.8.1.20]
            excluded: [10.8.2.7]
            excludeNetworkAndBroadcast: true
            quota: /22
            quotaPerOwner: "1000"
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: Prefix
        metadata: {name: no-policy}
        spec: {prefix: 10.9.0.0/20, policy: {}}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: Prefix
        metadata: {name: by-length}
        spec: {ipFamily: IPv4, prefixLength: 20, parentRef: {name: root}}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: Prefix
        metadata: {name: by-prefix}
        spec: {prefix: 10.0.64.0/20, parentRef: root}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: Prefix
        metadata: {name: by-selector}
        spec:
          ipFamily: IPv4
          prefixLength: 24
          parentStrategy: Emptiest
          parentSelector:
            matchLabels: {tier: public}
            matchExpressions:
            - {key: number, operator: In, values: ["012", "7"]}
            - {key: absent, operator: DoesNotExist}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: Prefix
        metadata: {name: pending}
        spec: {ipFamily: IPv4, prefixLength: 24, parentSelector: {matchLabels: {no: body}}}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: PrefixAllocation
        metadata: {name: a-length, labels: {app: web}, annotations: {who: me}}
        spec: {ipFamily: IPv4, prefixLength: 26, prefixRef: {name: root}}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: PrefixAllocation
        metadata: {name: a-prefix}
        spec: {prefix: 10.0.200.0/24, prefixRef: {name: root}}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: PrefixAllocation
        metadata: {name: a-selector}
        spec: {ipFamily: IPv6, prefixLength: 64, prefixSelector: {matchLabels: {tier: public}}}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: PrefixAllocation
        metadata: {name: a-any}
        spec: {ipFamily: IPv4, prefixLength: 30, prefixSelector: {}}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: PrefixAllocation
        metadata: {name: a-failed}
        spec: {ipFamily: IPv4, prefixLength: 8, prefixRef: {name: root}}
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: PrefixAllocation
        metadata: {name: a-pending}
        spec: {ipFamily: IPv4, prefixLength: 24, prefixRef: {name: nobody}}

        """

    private func daemon() throws -> DaemonProcess {
        let daemon = try DaemonProcess()
        let file = try write(Self.everything, "everything.yaml", daemon)
        let applied = try daemon.ipamc("apply -f \(file)")
        #expect(applied.status == 0, "\(applied.error)")
        #expect(applied.lines.allSatisfy { $0.hasSuffix(" created") })
        return daemon
    }

    private func write(_ text: String, _ name: String, _ daemon: DaemonProcess) throws -> String {
        let path = "\(daemon.folder)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func `of every kind are unchanged by what get prints of them`() throws {
        let daemon = try daemon()
        _ = try daemon.ipamc("request --addresses 9 --parent root --name r-addresses --label a=b")
        _ = try daemon.ipamc("request --length 22 --any-parent --name r-any --as-prefix")
        _ = try daemon.ipamc("request --parent policy --name r-default")
        let before = try daemon.ipamc("status -o json").output
        for form in ["yaml", "json"] {
            for words in ["prefixes", "allocations", "prefixes,allocations"] {
                let printed = try daemon.ipamc("get \(words) -o \(form)").output
                let file = try write(printed, "printed.\(form)", daemon)
                let again = try daemon.ipamc("apply -f \(file)")
                #expect(again.status == 0, "\(again.error)")
                #expect(again.lines.count >= 8)
                #expect(again.lines.allSatisfy { $0.hasSuffix(" unchanged") }, "\(again.output)")
                #expect(
                    again.error.split(separator: "\n").allSatisfy { $0.contains("is passed over") })
            }
            for name in try daemon.ipamc("get prefixes,allocations -o name").lines {
                let printed = try daemon.ipamc("get \(name) -o \(form)").output
                guard !printed.contains("ownerReferences") else { continue }
                let file = try write(printed, "one.\(form)", daemon)
                #expect(try daemon.ipamc("apply -f \(file)").output == "\(name) unchanged\n")
            }
        }
        let after = try daemon.ipamc("status -o json").output
        #expect(Self.lsn(after) == Self.lsn(before))
    }

    private static func lsn(_ status: String) -> Substring? {
        status.split(separator: "\n").first { $0.contains("durableLSN") }
    }

    @Test func `are labelled, all or none`() throws {
        let daemon = try daemon()
        let set = try daemon.ipamc("label prefix root zone=a empty-")
        #expect(set.output == "prefix/root labeled\n")
        #expect(try daemon.ipamc("label prefix root zone=a").output == "prefix/root unchanged\n")
        let labels = try daemon.ipamc("get prefix/root -o wide").lines[1]
        #expect(labels.contains("example.com/x=1e3,number=012,tier=public,yes=true,zone=a"))
        let both = try daemon.ipamc("label alloc a-length a-prefix app=db")
        #expect(both.status == 1)
        #expect(both.error.contains("prefixallocation/a-length has the label app=web already"))
        #expect(try daemon.ipamc("get alloc -l app=db -o name").output == "")
        let over = try daemon.ipamc("label alloc a-length a-prefix app=db --overwrite")
        #expect(over.lines.count == 2)
        #expect(try daemon.ipamc("get alloc -l app=db -o name").lines.count == 2)
        #expect(try daemon.ipamc("label alloc -l app=db app- -o name").lines.count == 2)
        #expect(try daemon.ipamc("get alloc -l app -o name").output == "")
        #expect(try daemon.ipamc("label prefix rot zone=b").error.contains("did you mean root?"))
        let before = try daemon.ipamc("get alloc a-length -o yaml").output
        #expect(before.contains("    who: me\n"))
        #expect(before.contains("phase: Allocated"))
    }

    @Test func `show what an apply would change in them, and stay as they are`() throws {
        let daemon = try daemon()
        let manifest = """
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: Prefix
            metadata: {name: policy, labels: {zone: a}}
            spec: {prefix: 10.8.0.0/20, policy: {strategy: Lowest, quota: "1024"}}
            ---
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: Prefix
            metadata: {name: new}
            spec: {prefix: 10.64.0.0/20}
            ---
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: Prefix
            metadata: {name: by-length}
            spec: {prefix: 10.0.0.0/20, ipFamily: IPv4, prefixLength: 20, parentRef: root}

            """
        let file = try write(manifest, "new.yaml", daemon)
        let diff = try daemon.ipamc("apply -f \(file) --diff")
        #expect(diff.status == 0, "\(diff.error)")
        #expect(
            diff.output == """
                prefix/policy configured (dry run)
                  - metadata.labels.tier: policy
                  + metadata.labels.zone: a
                  - spec.policy.defaultPrefixLength: 26
                  - spec.policy.excludeNetworkAndBroadcast: true
                  - spec.policy.excluded: 10.8.2.7/32
                  - spec.policy.maxPrefixLength: 28
                  - spec.policy.minPrefixLength: 24
                  - spec.policy.quotaPerOwner: 1000
                  - spec.policy.reserved: 10.8.0.0/28, 10.8.1.1/32, 10.8.1.2/31, 10.8.1.4/30, \
                10.8.1.8/29, 10.8.1.16/30, 10.8.1.20/32
                  - spec.policy.strategy: Sparse
                  + spec.policy.strategy: Lowest
                prefix/new created (dry run)
                  + apiVersion: ipam.ironcore.dev/v1alpha1
                  + spec.ipFamily: IPv4
                  + spec.prefix: 10.64.0.0/20
                prefix/by-length unchanged (dry run)

                """)
        #expect(try daemon.ipamc("get prefix new").status == 1)
        let json = try daemon.ipamc("apply -f \(file) --diff -o json").output
        #expect(json.contains(#""path" : "metadata.labels.zone""#))
        _ = try daemon.ipamc("apply -f \(file)")
        let again = try daemon.ipamc("apply -f \(file) --diff")
        #expect(again.lines.allSatisfy { $0.hasSuffix(" unchanged (dry run)") }, "\(again.output)")
    }

    @Test func `are listed sorted, without a heading, and deleted by their labels`() throws {
        let daemon = try daemon()
        let names = try daemon.ipamc("get prefixes --no-headers --sort-by prefix").lines
            .compactMap { $0.split(separator: " ").first }
        #expect(
            names == [
                "root", "by-length", "by-selector", "by-prefix", "policy", "no-policy", "six",
                "pending",
            ])
        #expect(try daemon.ipamc("get alloc --sort-by size").status == 64)
        let described = try daemon.ipamc("describe alloc -l app=web").output
        #expect(described.hasPrefix("Name:         a-length\n"))
        #expect(
            try daemon.ipamc("delete alloc -l app=web").output
                == "prefixallocation/a-length deleted\n")
        #expect(
            try daemon.ipamc("delete alloc -l app=web").error.hasPrefix(
                "Nothing in the namespace \"default\" has the labels app=web.\n"))
    }
}
