import IPAM
import Testing

@testable import ipamc

@Suite struct `Tables` {
    @Test func `Prefixes have IronCore's columns`() throws {
        let table = ResourceTable(kind: .prefix, now: now)
        let text = table.text([try root(), try child()], isColoured: false)
        #expect(
            text == """
                NAME    PREFIX       PARENT   PHASE       AGE
                root    10.0.0.0/8   <none>   Allocated   90s
                child   10.0.0.0/9   root     Allocated   90s

                """)
    }

    @Test func `allocations have IronCore's columns`() throws {
        let table = ResourceTable(kind: .prefixAllocation, now: now)
        let text = table.text([try allocation()], isColoured: false)
        #expect(
            text == """
                NAME    PREFIX   REQUEST   STATE       RESULT         AGE
                web-1   child    /26       Allocated   10.0.0.64/26   90s

                """)
    }

    @Test func `a reason is shown when some row has one`() throws {
        let table = ResourceTable(kind: .prefix, now: now)
        let text = table.text([try root(), try waiting()], isColoured: false)
        #expect(
            text == """
                NAME      PREFIX       PARENT   PHASE       AGE   REASON
                root      10.0.0.0/8   <none>   Allocated   90s   <none>
                waiting   <none>       <none>   Pending     90s   NoSuitableParent

                """)
    }

    @Test func `wide adds what was asked, by whom, and the labels`() throws {
        let table = ResourceTable(
            kind: .prefix, hasNamespaces: true, isWide: true, now: now)
        let lines = table.text([try root()], isColoured: false).split(separator: "\n")
        #expect(lines.first?.hasPrefix("NAMESPACE   NAME   PREFIX") == true)
        #expect(
            lines.first?.hasSuffix("AGE   REQUEST      OWNER   LABELS               REASON")
                == true)
        #expect(
            lines.last?.hasSuffix("90s   10.0.0.0/8   1000    subnet-type=public   <none>") == true)
    }

    @Test func `colours do not move columns`() throws {
        let table = ResourceTable(kind: .prefix, now: now)
        let plain = table.text([try root(), try waiting()], isColoured: false)
        let coloured = table.text([try root(), try waiting()], isColoured: true)
        #expect(coloured.contains("\u{1b}[32mAllocated\u{1b}[0m"))
        #expect(coloured.contains("\u{1b}[33mPending\u{1b}[0m"))
        #expect(coloured.replacing(#/\u{1b}\[[0-9]+m/#, with: "") == plain)
    }

    @Test(
        arguments: [
            (0, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (600, "10m"), (7200, "120m"),
            (11_100, "3h5m"), (30_000, "8h"), (180_000, "2d2h"), (900_000, "10d"),
        ] as [(UInt64, String)])
    func `ages are said as kubectl says them`(seconds: UInt64, text: String) {
        let then = Instant(milliseconds: now.milliseconds - seconds * 1000)
        #expect(then.age(at: now) == text)
    }

    @Test func `a clock that went back makes nothing negative`() {
        #expect(Instant(milliseconds: now.milliseconds + 5000).age(at: now) == "0s")
    }
}

@Suite struct `Resources in IronCore's shape` {
    @Test func `a root with what is taken in it`() throws {
        let document = ResourceDocument(try root(), used: [try block("10.0.0.0/9")])
        #expect(
            try StructuredText.yaml(document) == """
                apiVersion: ipam.ironcore.dev/v1alpha1
                kind: Prefix
                metadata:
                  creationTimestamp: '2026-09-21T14:11:50Z'
                  generation: 1
                  labels:
                    subnet-type: public
                  name: root
                  namespace: default
                  resourceVersion: '1'
                  uid: 00000000-0000-0001-0000-000000010000
                spec:
                  ipFamily: IPv4
                  prefix: 10.0.0.0/8
                status:
                  lastPhaseTransitionTime: '2026-09-21T14:11:50Z'
                  phase: Allocated
                  used:
                  - 10.0.0.0/9

                """)
    }

    @Test func `a placed child has its prefix and its parent filled in`() throws {
        let yaml = try StructuredText.yaml(ResourceDocument(try child()).spec)
        #expect(
            yaml == """
                ipFamily: IPv4
                parentRef:
                  name: root
                parentSelector:
                  matchLabels:
                    subnet-type: public
                prefix: 10.0.0.0/9
                prefixLength: 9

                """)
    }

    @Test func `an allocation has its result in the status alone`() throws {
        let json = try StructuredText.json(ResourceDocument(try allocation()))
        #expect(
            json == """
                {
                  "apiVersion" : "ipam.ironcore.dev/v1alpha1",
                  "kind" : "PrefixAllocation",
                  "metadata" : {
                    "creationTimestamp" : "2026-09-21T14:11:50Z",
                    "generation" : 1,
                    "name" : "web-1",
                    "namespace" : "default",
                    "resourceVersion" : "4",
                    "uid" : "00000000-0000-0001-0000-000000040000"
                  },
                  "spec" : {
                    "ipFamily" : "IPv4",
                    "prefixLength" : 26,
                    "prefixRef" : {
                      "name" : "child"
                    }
                  },
                  "status" : {
                    "lastPhaseTransitionTime" : "2026-09-21T14:11:50Z",
                    "phase" : "Allocated",
                    "prefix" : "10.0.0.64/26"
                  }
                }

                """)
    }

    @Test func `a reason is a condition`() throws {
        let yaml = try StructuredText.yaml(ResourceDocument(try waiting()).status)
        #expect(
            yaml == """
                conditions:
                - message: no IPv6 Prefix is labelled zone in (a,b)
                  reason: NoSuitableParent
                  status: 'False'
                  type: Allocated
                lastPhaseTransitionTime: '2026-09-21T14:11:50Z'
                phase: Pending

                """)
    }

    @Test func `what is printed can be read again`() throws {
        let items = [try root(), try child(), try waiting(), try allocation(), try controlled()]
        let list = ResourceList(items: items.map { ResourceDocument($0) })
        for text in [try StructuredText.yaml(list), try StructuredText.json(list)] {
            let documents = try ManifestReader.read(
                [ManifestFile(name: "f", text: text)], namespace: "other", for: .apply)
            #expect(documents.map(\.manifest.key) == items.map(\.resource.key))
            #expect(documents.map(\.controller) == [nil, nil, nil, nil, "child"])
            let selectors = documents.map(\.manifest.selector)
            #expect(selectors == items.map(\.resource.spec.selector))
        }
    }

    @Test(arguments: [
        "", "1", "0x1f", "1e3", "true", "no", "null", "~", "2026-11-21", "2026-11-21T05:00:00Z",
        "1:30", ".5", "- a", "a: b", "# a", "*a", "&a", "a\nb", " a ", "\"", "'", "%", "@", "ä",
        "🙂", "\t", "=", "<<", "1_000", "0b1", ".inf", "{", "[", "!x", "?", "|", ">", "---",
    ])
    func `any text comes back from YAML as it was`(text: String) throws {
        let item = Answer.Listed.Item(
            resource: try resource(
                .prefix, "root", annotations: ["note": text],
                spec: Spec(family: .ipv4, prefix: try block("10.0.0.0/8")), status: .pending))
        let yaml = try StructuredText.yaml(ResourceDocument(item))
        let documents = try ManifestReader.read(
            [ManifestFile(name: "f", text: yaml)], namespace: "default", for: .apply)
        #expect(documents.first?.manifest.annotations == ["note": text], "\(yaml)")
    }
}

@Suite struct `Descriptions and trees` {
    @Test func `a description says why`() throws {
        let text = Description(try waiting(), used: [], now: now).text
        #expect(text.contains("Phase:            Pending\n"), "\(text)")
        #expect(
            text.contains(
                "Reason:           NoSuitableParent: no IPv6 Prefix is labelled zone in (a,b)\n"))
        #expect(text.contains("Parent selector:  zone in (a,b)\n"))
    }

    @Test func `a description lists what is taken`() throws {
        let used = [
            Answer.UsedBlocks.Item(block: try block("10.0.0.0/9"), allocation: "child.prefix"),
            Answer.UsedBlocks.Item(block: try block("10.128.0.0/9"), allocation: "b"),
        ]
        let text = Description(try root(), used: used, now: now).text
        #expect(
            text.hasSuffix(
                "Used:         10.0.0.0/9 prefixallocation/child.prefix\n"
                    + "              10.128.0.0/9 prefixallocation/b\n"), "\(text)")
    }

    @Test func `an annotation gives no orders to a terminal`() throws {
        let item = Answer.Listed.Item(
            resource: try resource(
                .prefix, "a", annotations: ["note": "x\u{1b}[2Jy"],
                spec: Spec(family: .ipv4, prefix: try block("10.0.0.0/8")), status: .pending))
        #expect(!Description(item, used: [], now: now).text.contains("\u{1b}"))
    }

    @Test func `the tree nests what lives in what`() throws {
        let tree = ResourceTree(
            prefixes: [try child(), try root(), try waiting()],
            allocations: [try allocation(), try controlled()])
        #expect(
            tree.text(isColoured: false) == """
                root           10.0.0.0/8    Allocated
                └── child      10.0.0.0/9    Allocated
                    └── web-1  10.0.0.64/26  Allocated  (allocation)
                waiting        /64           Pending    NoSuitableParent: no IPv6 Prefix \
                is labelled zone in (a,b)

                """)
    }

    @Test func `siblings are in numeric order`() throws {
        let blocks = ["10.0.0.128/28", "10.0.0.16/28", "10.0.0.2/32"]
        let allocations = try blocks.enumerated().map { index, text in
            Answer.Listed.Item(
                resource: try resource(
                    .prefixAllocation, "a\(index)",
                    spec: Spec(family: .ipv4, prefix: try block(text), parent: "root"),
                    status: .allocated(Placement(block: try block(text), parent: "root"))))
        }
        let tree = ResourceTree(prefixes: [try root()], allocations: allocations, from: "root")
        #expect(tree.branches.first?.children.map(\.name) == ["a2", "a1", "a0"])
    }

    @Test func `the status is told line by line`() {
        let status = DaemonStatus(
            mode: .storageFull, detail: "/var is full", version: "0.1.0",
            uptimeMilliseconds: 61_000, incarnation: 255, durableLSN: 12, prefixCount: 3,
            allocationCount: 4, waitingCount: 1, connectionCount: 2, stateDirectory: "/state",
            lastCheckpoint: nil, checkpointLSN: 0, logEntriesDropped: 0)
        let text = StatusReport.text(status, now: now)
        #expect(text.hasPrefix("Mode:              storage-full: /var is full\n"), "\(text)")
        #expect(text.contains("Uptime:            61s\n"))
        #expect(text.contains("Incarnation:       00000000000000ff\n"))
        #expect(text.contains("Last checkpoint:   none yet\n"))
    }
}
