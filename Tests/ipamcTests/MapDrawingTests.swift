import IPAM
import Seeded
import Testing

@testable import ipamc

@Suite struct `Maps as SVG` {
    @Test func `name each block under the pointer`() throws {
        try Golden.expect(try site(by: .label("app")).drawing(), is: "site.svg")
    }

    @Test func `are the same each time`() throws {
        let (first, second) = (try site().drawing(), try site().drawing())
        #expect(first == second)
    }

    @Test func `let no text end the element that it stands in`() {
        #expect(
            SVGWriter.escaped("a<b>\"&\u{1b}[2J\u{0}\u{FFFE}c\n")
                == "a&lt;b&gt;&quot;&amp;[2Jc\n")
    }

    @Test func `of many allocations are no larger than the cells are many`() throws {
        var sample = try MapSample("10.0.0.0/12", by: .label("app"))
        for index in 0..<30_000 where index % 7 != 3 {
            let address = IPAddress(number: 0x0a00_0000 + UInt128(index * 32), family: .ipv4)
            try sample.hold(
                "a-\(index)", "\(address)/32", labels: ["app": "app-\(index / 999 % 40)"])
        }
        let drawing = try sample.drawing()
        #expect(drawing.utf8.count < 2 << 20)
        #expect(drawing.utf8.count > 100 << 10)
        let shapes = drawing.ranges(of: "<rect").count
        #expect(shapes < 2 * 64 * 64 + 100)
        #expect(drawing.ranges(of: "<title>").count == drawing.ranges(of: "</title>").count)
    }

    @Test func `have a letter or a pattern for every colour`() throws {
        var sample = try MapSample("10.0.0.0/24", by: .name)
        for index in 0..<16 { try sample.hold("n-\(index)", "10.0.0.\(index * 4)/30") }
        let drawing = try sample.drawing()
        for index in 7..<14 { #expect(drawing.contains("<pattern id=\"s\(index)\"")) }
        for letter in "ABCDEFGHIJKLMNZ" { #expect(drawing.contains(">\(letter)</text>")) }
    }
}

@Suite struct `What a map is of` {
    private func prefixes() throws -> [Resource] {
        func placed(_ name: String, _ text: String, _ parent: String?) throws -> Resource {
            try resource(
                .prefix, name, spec: Spec(family: .ipv4, prefix: try block(text), parent: parent),
                status: .allocated(Placement(block: try block(text), parent: parent)))
        }
        return [
            try placed("a", "10.0.0.0/8", nil), try placed("a-1", "10.1.0.0/16", "a"),
            try placed("b", "10.0.0.0/9", nil), try placed("c", "192.0.2.0/24", nil),
            try resource(
                .prefix, "late", spec: Spec(family: .ipv4, prefixLength: 24, parent: "a"),
                status: .pending),
        ]
    }

    private func target(_ word: String, parent: String? = nil) throws -> String {
        let target = try MapTarget.find(word, parent: parent, among: prefixes(), in: "default")
        return "\(target.block) of \(target.prefix.key.name)"
    }

    @Test func `is a Prefix by name, or a part of the smallest around it`() throws {
        #expect(try target("a-1") == "10.1.0.0/16 of a-1")
        #expect(try target("prefix/c") == "192.0.2.0/24 of c")
        #expect(try target("192.0.2.128/25") == "192.0.2.128/25 of c")
        #expect(try target("10.200.0.0/16") == "10.200.0.0/16 of a")
        #expect(try target("10.1.2.0/24", parent: "b") == "10.1.2.0/24 of b")
        #expect(try target("10.1.2.0/24", parent: "a") == "10.1.2.0/24 of a")
    }

    @Test(
        arguments: [
            ("nobody", nil, "not_found"), ("late", nil, "parent_not_allocated"),
            ("10.1.2.0/24", nil, "ambiguous"), ("172.16.0.0/12", nil, "not_found"),
            ("192.0.2.0/25", "a", "not_found"), ("10.1.2.3/24", nil, "invalid_prefix"),
            ("a", "a", "usage"), ("", nil, "usage"),
        ] as [(String, String?, String)])
    func `is refused with the reason`(word: String, parent: String?, code: String) throws {
        let failure = #expect(throws: Failure.self) { try target(word, parent: parent) }
        #expect(failure?.code == code)
    }

    @Test func `is coloured by what the option says`() {
        let words: [(String, MapColouring?)] = [
            ("prefix", .prefix), ("name", .name), ("owner", .owner), ("phase", .phase),
            ("age", .age), ("label=app", .label("app")), ("label=", nil), ("label", nil),
            ("tier", nil), ("label=a b", nil), ("label=example.com/app", .label("example.com/app")),
        ]
        for (word, colouring) in words {
            #expect(MapColouring(argument: word) == colouring, "\(word)")
            if let colouring { #expect(colouring.text == word) }
        }
    }
}

@Suite struct `The space of others` {
    /// Answers as the daemon does, from blocks that are used.
    private func look(
        _ root: String, own: [String], others: [String], policy: PrefixPolicy? = nil,
        isQuotaReached: Bool = false
    ) throws -> OthersSpace {
        let whole = try IPPrefix(root)
        let region = AddressMap.Region(
            name: "pool", block: whole, parent: nil, policy: policy, owner: 0, labels: [:],
            created: now)
        let own = try own.map { try IPPrefix($0) }
        let all = try own + others.map { try IPPrefix($0) }
        var counts: [UInt8: UInt64] = [:]
        for block in all { counts[block.length, default: 0] += 1 }
        let usage = PrefixUsage(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "pool"), block: whole,
            allocationCount: UInt64(all.count),
            used: counts.sorted { $0.key < $1.key }.map { .init(length: $0.key, count: $0.value) })
        let taken = IPPrefixSet(all)
        var space = OthersSpace()
        space.look(in: region, usage, own: own) { block in
            #expect(block.length > whole.length && whole.contains(block))
            #expect(block.length >= policy?.minLength ?? 0)
            #expect(block.length <= policy?.maxLength ?? 128)
            return isQuotaReached ? nil : !taken.overlaps(block)
        }
        return space
    }

    @Test(arguments: ["10.0.0.0/16", "2001:db8::/48"])
    func `is found to the address`(root: String) throws {
        var dice = SeededGenerator(seed: 7)
        let whole = try IPPrefix(root)
        var used: [IPPrefix] = []
        let bits = whole.family.addressBits
        for _ in 0..<60 {
            let length = UInt8.random(in: whole.length + 6...whole.length + 14, using: &dice)
            let number = UInt128.random(in: 0..<1 << 14, using: &dice)
            let address = IPAddress(
                number: whole.number + number << UInt128(bits - whole.length - 14),
                family: whole.family)
            let block = IPPrefix(containing: address, length: length)
            if !used.contains(where: block.overlaps) { used.append(block) }
        }
        let own = used.enumerated().filter { $0.offset % 4 == 0 }.map(\.element.description)
        let others = used.enumerated().filter { $0.offset % 4 != 0 }.map(\.element.description)
        let space = try look(root, own: own, others: others)
        #expect(IPPrefixSet(space.found) == IPPrefixSet(try others.map { try IPPrefix($0) }))
        #expect(!space.isRough)
        #expect(space.questions < 5000)
    }

    @Test func `is not asked for where there is none`() throws {
        let space = try look("10.0.0.0/8", own: ["10.0.0.0/24", "10.3.0.0/16"], others: [])
        #expect(space.questions == 0)
        #expect(space.found.isEmpty)
    }

    @Test func `is shown larger than it is when questions come to an end`() throws {
        let others = (0..<900).map { "2001:db8:0:\(String($0 * 70, radix: 16))::/128" }
        let space = try look("2001:db8::/48", own: [], others: others)
        #expect(space.questions == OthersSpace.questionsMax)
        #expect(space.isRough)
        let found = IPPrefixSet(space.found)
        let blocks = try others.map { try IPPrefix($0) }
        #expect(blocks.allSatisfy(found.contains))
    }

    @Test func `is asked for in lengths that are given out, and not where nothing is`() throws {
        var policy = PrefixPolicy()
        policy.minLength = 20
        policy.maxLength = 26
        policy.excluded = try IPPrefixSet("10.0.0.0/25")
        let space = try look(
            "10.0.0.0/16", own: ["10.0.1.0/26"], others: ["10.0.1.64/26", "10.0.200.0/22"],
            policy: policy)
        #expect(space.found.map(\.description).sorted() == ["10.0.1.64/26"] + parts)
    }

    /// The /22, in the length of the smallest block.
    private var parts: [String] {
        (0..<16).map { "10.0.\(200 + $0 / 4).\($0 % 4 * 64)/26" }.sorted()
    }

    @Test func `is not told to a user whose quota is reached`() throws {
        let space = try look(
            "10.0.0.0/24", own: [], others: ["10.0.0.0/30"], isQuotaReached: true)
        #expect(space.found.isEmpty)
    }
}
