import IPAM
import Testing

@testable import ipamc

/// A /20 of which a /22 is used, with a hole behind it.
private func usage(_ name: String = "pool") throws -> PrefixUsage {
    PrefixUsage(
        key: ResourceKey(kind: .prefix, namespace: "default", name: name),
        block: try block("10.0.0.0/20"), allocationCount: 3,
        used: [.init(length: 22, count: 1), .init(length: 32, count: 1)],
        free: [.init(length: 21, count: 1), .init(length: 24, count: 3)],
        reserved: [.init(length: 25, count: 1)], excluded: [.init(length: 26, count: 1)],
        held: [.init(length: 27, count: 1)], largestFree: try block("10.0.8.0/21"))
}

@Suite struct `Numbers of addresses` {
    @Test(
        arguments: [
            (AddressCount(0), "0"), (AddressCount(1024), "1024"),
            (AddressCount(10_000_000), "10000000"), (AddressCount(10_000_001), "1.0e7"),
            (AddressCount(1 << 24), "2^24"), (AddressCount((1 << 24) - 2), "1.7e7"),
            (AddressCount(99_949_999), "1.0e8"), (AddressCount(99_400_000), "9.9e7"),
            (AddressCount(1 << 64), "2^64"), (AddressCount(1 << 80 + 1), "1.2e24"),
            (AddressCount(.max), "3.4e38"), (AddressCount(ofLength: 0, .ipv6), "2^128"),
        ] as [(AddressCount, String)])
    func `are exact while they are small, and short when they are not`(
        count: AddressCount, text: String
    ) {
        #expect(count.short == text)
    }

    @Test(
        arguments: [
            (0, "0%"), (0.0001, "<1%"), (0.25, "25%"), (0.99, "99%"), (0.9999, ">99%"),
            (1, "100%"),
        ] as [(Double, String)])
    func `a share is never rounded to nothing or to all`(share: Double, text: String) {
        #expect(percentText(share) == text)
    }
}

@Suite struct `What is used and free` {
    @Test func `is a row for each Prefix`() throws {
        let pending = PrefixUsage(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "waiting"), block: nil)
        let text = UsageTable().text([try usage(), pending], isColoured: false)
        try Golden.expect(text, is: "usage.txt")
    }

    @Test func `leaves columns out until a narrow terminal has room`() throws {
        let widths = [200, 100, 87, 80, 70, 60, 10]
        let tables = try widths.map { columns in
            let table = UsageTable(columns: columns)
            let text = table.text([try usage("a-prefix")], isColoured: false)
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= max(columns, 60) })
            return "\(columns):\n\(text)"
        }
        try Golden.expect(tables.joined(separator: "\n"), is: "usage-narrow.txt")
        let wide = UsageTable(isWide: true, columns: 10)
        let all = wide.text([try usage()], isColoured: false)
        #expect(all.contains("ALLOCATIONS"))
    }

    @Test func `has all there is to know in wide rows`() throws {
        let table = UsageTable(hasNamespaces: true, isWide: true)
        let lines = table.text([try usage()], isColoured: false).split(separator: "\n")
        #expect(lines.first?.hasPrefix("NAMESPACE   NAME   PREFIX") == true)
        #expect(lines.first?.hasSuffix("FRAG   EXCLUDED   HELD   ALLOCATIONS") == true)
        #expect(lines.last?.hasSuffix("0%     64         32     3") == true, "\(lines)")
    }

    @Test func `has exact numbers for machines`() throws {
        let all = PrefixUsage(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "all"),
            block: try IPPrefix("::/0"), free: [.init(length: 0, count: 1)],
            largestFree: try IPPrefix("::/0"))
        let json = try StructuredText.json(UsageReport(all))
        #expect(json.contains(#""addresses" : "340282366920938463463374607431768211456""#))
        let report = UsageReport(try usage())
        #expect(report.free.blocks.map(\.count) == ["1", "3"])
        #expect(report.free.blocks.map(\.length) == [21, 24])
        #expect(report.used.addresses == "1025")
        #expect(report.largestFree == "10.0.8.0/21")
    }

    @Test func `is part of a description, with the policy`() throws {
        var policy = PrefixPolicy()
        policy.strategy = .lowest
        policy.reserved = try IPPrefixSet("10.0.0.0/25")
        let whole = try block("10.0.0.0/20")
        let item = Answer.Listed.Item(
            resource: try resource(
                .prefix, "pool",
                spec: Spec(
                    family: .ipv4, prefix: whole, parent: "root", parentStrategy: .emptiest,
                    policy: policy),
                status: .allocated(Placement(block: whole, parent: "root"))))
        let text = Description(item, used: [], usage: try usage(), now: now).text
        #expect(
            text.contains(
                """
                Parent strategy:  Emptiest

                """), "\(text)")
        #expect(
            text.contains(
                """
                Policy:           strategy Lowest
                                  reserved 10.0.0.0/25
                Addresses:        4096
                                  1025 (25%) used
                                  2816 (69%) free
                                  128 (3%) reserved
                                  64 (2%) excluded
                                  32 (1%) held
                Allocations:      3
                Largest free:     10.0.8.0/21
                Free blocks:      1 × /21
                                  3 × /24
                Fragmentation:    0%

                """), "\(text)")
    }
}

@Suite struct `Bars` {
    /// Of a /24, in addresses: used, reserved, excluded; the rest is free.
    @Test(
        arguments: [
            (0, 0, 0, "░░░░░░░░░░"), (1, 0, 0, "▏░░░░░░░░░"), (64, 0, 0, "██▌░░░░░░░"),
            (128, 0, 0, "█████░░░░░"), (255, 0, 0, "█████████▉"), (256, 0, 0, "██████████"),
            (0, 64, 0, "▒▒▒░░░░░░░"), (64, 64, 64, "██▌▒▒▒▒▒░░"), (64, 192, 0, "██▌▒▒▒▒▒▒▒"),
            (1, 0, 255, "▏▒▒▒▒▒▒▒▒▒"), (0, 0, 256, "▒▒▒▒▒▒▒▒▒▒"), (254, 1, 0, "█████████▉"),
            (0, 255, 0, "▒▒▒▒▒▒▒▒▒░"), (128, 2, 0, "█████░░░░░"),
        ] as [(UInt64, UInt64, UInt64, String)])
    func `round away neither what is used nor what is free`(
        used: UInt64, reserved: UInt64, excluded: UInt64, bar: String
    ) throws {
        func hosts(_ count: UInt64) -> [LengthCount] {
            count == 0 ? [] : [.init(length: 32, count: count)]
        }
        let usage = PrefixUsage(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "pool"),
            block: try block("10.0.0.0/24"), used: hosts(used),
            free: hosts(256 - used - reserved - excluded), reserved: hosts(reserved),
            excluded: hosts(excluded))
        #expect(UseBar(usage).text == bar)
        #expect(bar.count == UseBar.width)
    }

    @Test func `stand in the tree beside each Prefix that has a place`() throws {
        func used(_ name: String, _ text: String, _ length: UInt8, _ free: UInt8) throws
            -> PrefixUsage
        {
            PrefixUsage(
                key: ResourceKey(kind: .prefix, namespace: "default", name: name),
                block: try block(text), used: [.init(length: length, count: 1)],
                free: [.init(length: free, count: 1)])
        }
        let tree = ResourceTree(
            prefixes: [try child(), try root(), try waiting()],
            allocations: [try allocation(), try controlled()],
            usage: [
                try used("root", "10.0.0.0/8", 9, 9), try used("child", "10.0.0.0/9", 26, 10),
            ])
        try Golden.expect(tree.text(isColoured: false), is: "tree.txt")
        try Golden.expect(tree.text(isColoured: true), is: "tree-coloured.txt")
        let json = try StructuredText.json(tree.branches)
        #expect(json.contains("\"used\" : \"8388608\""))
    }
}

@Suite struct `Why a request would be served` {
    private func explained(isPlaced: Bool) throws -> Answer.Explained {
        Answer.Explained(
            placement: isPlaced
                ? Placement(block: try block("10.1.0.0/26"), parent: "b") : nil,
            explanation: isPlaced ? nil : Explanation(.noRoom, "no /26 is free"),
            candidates: [
                .init(
                    parent: "a", block: try block("10.0.0.0/24"), offer: nil, reason: .noRoom,
                    largestFree: try block("10.0.0.128/27"), isChosen: false,
                    sentence: "the largest free block is 10.0.0.128/27"),
                .init(
                    parent: "b", block: try block("10.1.0.0/24"),
                    offer: isPlaced ? try block("10.1.0.0/26") : nil,
                    reason: isPlaced ? nil : .parentNotSelected, largestFree: nil,
                    isChosen: isPlaced, sentence: "it fits best"),
                .init(
                    parent: "c", block: nil, offer: nil, reason: .parentNotAllocated,
                    largestFree: nil, isChosen: false, sentence: "it is Pending"),
            ])
    }

    @Test func `is told parent by parent, and in a line`() throws {
        let text = Verdicts(try explained(isPlaced: true)).text(isColoured: false)
        let why = "WHY\n"
        #expect(
            text == """
                PARENT   PREFIX        VERDICT               LARGEST-FREE    \(why)\
                a        10.0.0.0/24   NoRoom                10.0.0.128/27   the largest free \
                block is 10.0.0.128/27
                b        10.1.0.0/24   chosen: 10.1.0.0/26   <none>          it fits best
                c        <none>        ParentNotAllocated    <none>          it is Pending
                The request would get 10.1.0.0/26 in prefix/b

                """)
    }

    @Test func `names the reason when it would not be`() throws {
        let verdicts = Verdicts(try explained(isPlaced: false))
        #expect(verdicts.outcome == "The request would get nothing: NoRoom: no /26 is free")
        let report = verdicts.report(lsn: 7)
        #expect(report.reason == "NoRoom")
        #expect(report.prefix == nil)
        #expect(report.candidates.map(\.reason).last == "ParentNotAllocated")
    }

    @Test func `needs no table without a parent`() throws {
        let nothing = Answer.Explained(
            placement: nil, explanation: Explanation(.noSuitableParent, "there is none"),
            candidates: [])
        #expect(
            Verdicts(nothing).text(isColoured: false)
                == "The request would get nothing: NoSuitableParent: there is none\n")
    }
}

@Suite struct `Who has an address` {
    @Test func `is a chain for each root`() throws {
        let resources = [
            try root().resource, try controlled().resource, try child().resource,
            try allocation().resource, try root().resource,
        ]
        let found = Ownership(resources)
        #expect(found.holders.map(\.key.description) == ["prefixallocation/web-1", "prefix/root"])
        let since = "owner uid 1000  since 2026-09-21T14:11:50Z (90s)"
        #expect(
            found.text(now: now) == """
                namespace default
                  prefix/root  10.0.0.0/8  \(since)
                    prefix/child  10.0.0.0/9  \(since)
                      prefixallocation/web-1  10.0.0.64/26  \(since)
                namespace default
                  prefix/root  10.0.0.0/8  \(since)

                """)
    }

    @Test(arguments: [
        ("10.0.0.7", "10.0.0.7/32"), ("10.0.0.0/26", "10.0.0.0/26"),
        ("2001:db8::1", "2001:db8::1/128"),
    ])
    func `is asked for an address or a prefix`(text: String, prefix: String) throws {
        #expect(try WhoCommand.prefix(text).description == prefix)
    }

    @Test(arguments: ["", "10.0.0", "10.0.0.1/26", "web-1", "10.0.0.0/x"])
    func `is not asked for what is neither`(text: String) {
        #expect(throws: Failure.self) { try WhoCommand.prefix(text) }
    }
}
