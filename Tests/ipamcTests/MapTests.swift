import IPAM
import Seeded
import Testing

@testable import ipamc

@Suite struct `Maps in characters` {
    @Test func `show children, closed ranges and what is free`() throws {
        try Golden.expect(try site().text(), is: "site.txt")
    }

    @Test func `can be coloured by label, which a child Prefix hands down`() throws {
        try Golden.expect(try site(by: .label("app")).text(), is: "site-by-label.txt")
    }

    @Test func `can be coloured by owner, age and name`() throws {
        let texts = try [MapColouring.owner, .age, .name].map { try site(by: $0).text() }
        try Golden.expect(texts.joined(separator: "\n"), is: "site-by-others.txt")
    }

    @Test func `show where claims wait when phases are drawn`() throws {
        var sample = try site(by: .phase)
        try sample.hold("late", "10.8.8.0/25", in: 2, isPlaced: false)
        try sample.hold("b-2", "10.8.12.0/24", isPlaced: false)
        try Golden.expect(try sample.text(), is: "site-by-phase.txt")
    }

    @Test func `are in colour for a terminal`() throws {
        try Golden.expect(try site().text(isColoured: true), is: "site-coloured.txt")
    }

    @Test func `show a part of a Prefix`() throws {
        try Golden.expect(try site().text("10.8.4.0/24"), is: "site-part.txt")
    }

    @Test func `of a sparse IPv6 Prefix show where something is`() throws {
        var sample = try MapSample("2001:db8::/48")
        try sample.hold("a", "2001:db8::/64")
        try sample.hold("b", "2001:db8:0:1::/64")
        try sample.hold("c", "2001:db8:0:8000::/64")
        try sample.add("rack", "2001:db8:0:ff00::/56")
        try sample.hold("d", "2001:db8:0:ffff::/64", in: 1)
        try Golden.expect(try sample.text(), is: "sparse-ipv6.txt")
    }

    @Test func `of hosts in IPv6 have long labels`() throws {
        var sample = try MapSample("2001:db8::/32")
        try sample.hold("a", "2001:db8::1/128")
        try sample.hold("b", "2001:db8:1234:5678:9abc:def0:1234:5678/128")
        try Golden.expect(try sample.text(), is: "hosts-ipv6.txt")
    }

    @Test func `show an agent what is used by others, without a name`() throws {
        var sample = try site()
        sample.others = [try block("10.8.2.0/24"), try block("10.8.5.0/26")]
        sample.hide(2)
        let text = try sample.text()
        try Golden.expect(text, is: "site-of-an-agent.txt")
    }

    @Test func `of a few addresses have wide cells`() throws {
        var sample = try MapSample("192.0.2.0/29")
        try sample.hold("pc", "192.0.2.1/32")
        try Golden.expect(try sample.text(), is: "few.txt")
    }

    @Test func `of nothing, of everything and of one address are drawn`() throws {
        #expect(try MapSample("10.0.0.0/8").text().contains("· free"))
        var all = try MapSample("::/0")
        try all.add("half", "8000::/1")
        #expect(try all.text().contains("prefix/half 8000::/1"))
        var one = try MapSample("10.0.0.1/32")
        try one.hold("x", "10.0.0.1/32")
        let line = "10.0.0.1 " + String(repeating: "A", count: 64)
        #expect(try one.text().contains(line))
        var whole = try MapSample("::/0")
        whole.others = [try block("::/0")]
        #expect(try whole.text().contains(String(repeating: "#", count: 64)))
    }

    @Test func `more categories than letters are one together`() throws {
        var sample = try MapSample("10.0.0.0/24", by: .name)
        for index in 0..<20 { try sample.hold("n-\(index)", "10.0.0.\(index * 4)/30") }
        let text = try sample.text()
        #expect(text.contains("N  n-"))
        #expect(!text.contains("O  n-"))
        #expect(text.contains("Z  6 others  6 blocks  24 (9%) used"), "\(text)")
    }

    @Test func `cut long names, so that 80 columns have room for the numbers`() throws {
        var sample = try MapSample("10.0.0.0/16", by: .name)
        try sample.hold(String(repeating: "long-name.", count: 20), "10.0.6.0/26")
        for index in 0..<3 { try sample.hold("n-\(index)", "10.0.\(index * 2).0/26") }
        try sample.hold(String(repeating: "larger-name.", count: 20), "10.0.128.0/17")
        let lines = try sample.text().split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        #expect(lines.contains { $0.contains("⋮ larger-name.larger-name.larger-…: 32768 (50%)") })
        #expect(lines.contains { $0.contains("  long-name.long-name.") })
    }

    @Test func `two that seem to have the same address are drawn all the same`() throws {
        var sample = try MapSample("10.0.0.0/24", by: .name)
        try sample.hold("old", "10.0.0.0/26")
        try sample.hold("new", "10.0.0.0/27")
        let map = try sample.survey().map
        #expect(map.spans.first?.fill == .held(0))
        #expect(map.spans.count == 2)
    }

    @Test(arguments: 1...30)
    func `are at most 80 columns wide, whatever is in them`(seed: UInt64) throws {
        let sample = try random(seed)
        let map = try sample.survey().map
        #expect(map.spans.first?.first == map.block.number)
        #expect(map.spans.last?.last == map.block.lastAddress.number)
        #expect(zip(map.spans, map.spans.dropFirst()).allSatisfy { $0.last + 1 == $1.first })
        #expect(
            map.spans.count { if case .held = $0.fill { true } else { false } }
                == sample.holdings.count)
        for rows in [1, 8, 32, 200] {
            let plain = try sample.text(rows: rows)
            let picture = plain.split(separator: "\n", omittingEmptySubsequences: false)
                .drop { !$0.isEmpty }.dropFirst().prefix { !$0.isEmpty }
            #expect(!picture.isEmpty && picture.count <= max(rows, 8) + 1, "\(plain)")
            #expect(picture.allSatisfy { $0.count <= 80 }, "\(plain)")
            let coloured = try sample.text(rows: rows, isColoured: true)
            #expect(coloured.replacing(#/\u{1b}\[[0-9;]+m/#, with: "") == plain)
        }
    }

    /// Allocations of a random Prefix, clustered and not.
    private func random(_ seed: UInt64) throws -> MapSample {
        var dice = SeededGenerator(seed: seed)
        let isSix = seed % 2 == 0
        let root = isSix ? "2001:db8::/32" : "10.0.0.0/8"
        let bits: UInt8 = isSix ? 128 : 32
        var sample = try MapSample(root)
        let block = try IPPrefix(root)
        var taken = IPPrefixSet()
        for index in 0..<Int.random(in: 1...300, using: &dice) {
            let length = UInt8.random(in: block.length + 4...bits, using: &dice)
            let spread = UInt128.random(in: 0..<UInt128(1) << 96, using: &dice)
            let mask = isSix ? (UInt128(1) << 96) - 1 : 0xff_ffff
            let offset = Bool.random(using: &dice) ? spread & mask : spread % 65_536
            let address = IPAddress(number: block.number + offset, family: block.family)
            let wanted = IPPrefix(containing: address, length: length)
            guard !taken.overlaps(wanted) else { continue }
            taken = taken.union(IPPrefixSet([wanted]))
            try sample.hold("n\(index)", wanted.description)
        }
        return sample
    }

    @Test(arguments: 1...20)
    func `say of each cell what a look at each address says`(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        var sample = try MapSample("10.0.0.0/22")
        try sample.add("child", "10.0.2.0/24")
        var used = Set<UInt128>()
        for index in 0..<40 {
            let length = UInt8.random(in: 27...32, using: &dice)
            let number = 0x0a00_0000 + UInt128.random(in: 0..<1024, using: &dice)
            let block = IPPrefix(
                containing: IPAddress(number: number, family: .ipv4), length: length)
            let addresses = block.number...block.lastAddress.number
            guard used.isDisjoint(with: addresses) else { continue }
            used.formUnion(addresses)
            let child = try IPPrefix("10.0.2.0/24")
            try sample.hold("n\(index)", block.description, in: child.contains(block) ? 1 : 0)
        }
        let survey = try sample.survey()
        let text = MapText(survey.map, survey.legend, linesMax: 64, isColoured: false)
        var count = 0
        for case .row(let row) in text.layout.lines {
            for (cell, character) in zip(row.cells, text.cells(row)) {
                let all = cell.block.number...cell.block.lastAddress.number
                let hits = all.filter(used.contains).count
                let isMost = hits * 2 >= all.count
                let isInside = try IPPrefix("10.0.2.0/24").contains(cell.block)
                let letter = isInside && hits > 0 ? survey.legend.categories.count > 1 : false
                switch hits {
                case 0: #expect(character == (isInside ? "-" : "·"))
                // A number is no enum of ours.
                default: #expect(character.isUppercase == isMost && character.isLetter)
                }
                if letter { #expect(character.uppercased() == "B") }
                count += all.count
            }
        }
        #expect(count == 1024, "every address is in one cell")
    }
}
