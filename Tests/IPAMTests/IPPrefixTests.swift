import IPAM
import Seeded
import Testing

@Suite struct IPPrefixTests {
    @Test(arguments: [
        ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255"),
        ("10.0.0.1/32", "10.0.0.1", "10.0.0.1"),
        ("128.0.0.0/1", "128.0.0.0", "255.255.255.255"),
        ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("8000::/1", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"),
        ("::1/128", "::1", "::1"),
        ("::ffff:10.0.0.0/104", "::ffff:10.0.0.0", "::ffff:10.255.255.255"),
    ])
    func `a prefix has a first and a last address`(text: String, first: String, last: String)
        throws
    {
        let prefix = try IPPrefix(text)
        #expect(prefix.description == text)
        #expect(prefix.firstAddress.description == first)
        #expect(prefix.lastAddress.description == last)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "::/129", "::/999", "10.0.0.0/-1",
        "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/00", "10.0.0.0/0008", "10.0.0.0/8 ",
        "10.0.0.0 /8", "10.0.0.0/8/8", "10.0.0.0//8", "10.0.0.0/255.0.0.0", "10/8",
        "10.0.0.0/8\n", "10.0.0.0/\u{301}8", "10.0.0.0/8\u{301}", "10.0.0.0/٨", "fe80::%eth0/64",
    ])
    func `what is not ADDRESS, slash, plain length is no prefix`(text: String) {
        #expect(throws: IPPrefixError.self) { try IPPrefix(text) }
    }

    /// D6: two spellings of one prefix would not be equal, and pass rules that they break.
    @Test(arguments: [
        ("10.0.0.1/24", "10.0.0.0/24"), ("255.255.255.255/0", "0.0.0.0/0"),
        ("10.0.0.1/31", "10.0.0.0/31"), ("2001:db8::1/64", "2001:db8::/64"), ("::1/127", "::/127"),
        ("ffff::/0", "::/0"),
    ])
    func `host bits are refused with the prefix that was meant`(text: String, meant: String)
        throws
    {
        let error = try #require(throws: IPPrefixError.self) { try IPPrefix(text) }
        guard case .hostBits(_, let network) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(network.description == meant)
        #expect(error.description.hasSuffix("did you mean \(meant)?"))
    }

    /// The larger, the smaller: does the first contain the second, and do they overlap?
    @Test(arguments: [
        ("0.0.0.0/0", "255.255.255.255/32", true, true),
        ("10.0.0.0/8", "10.0.0.0/8", true, true),
        ("10.0.0.0/8", "10.255.0.0/16", true, true),
        ("10.0.0.0/16", "10.0.0.0/8", false, true),
        ("10.0.0.0/8", "11.0.0.0/8", false, false),
        ("10.0.0.0/25", "10.0.0.128/25", false, false),
        ("0.0.0.0/0", "::/0", false, false),
        ("::/0", "0.0.0.0/0", false, false),
        ("::/0", "ffff::/16", true, true),
        ("::/1", "8000::/1", false, false),
        ("::/96", "10.0.0.0/8", false, false),
        ("::1/128", "::1/128", true, true),
        ("::1/128", "::/128", false, false),
    ])
    func `prefixes are nested or disjoint`(
        one: String, other: String, contains: Bool, overlaps: Bool
    ) throws {
        let (one, other) = (try IPPrefix(one), try IPPrefix(other))
        #expect(one.contains(other) == contains)
        #expect(one.overlaps(other) == overlaps)
        #expect(other.overlaps(one) == overlaps)
        #expect(!contains || one.contains(other.lastAddress))
    }

    @Test func `a prefix contains what lies between its first and its last address`() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            let family = random.next() % 2 == 0 ? IPFamily.ipv4 : .ipv6
            let prefix = self.prefix(of: family, &random)
            let address = self.prefix(of: family, &random).lastAddress
            let isBetween = prefix.firstAddress <= address && address <= prefix.lastAddress
            #expect(prefix.contains(address) == isBetween)
            #expect(prefix.contains(prefix.firstAddress) && prefix.contains(prefix.lastAddress))
            #expect(try IPPrefix(prefix.description) == prefix)
            let part = prefix.first(ofLength: family.addressBits)
            #expect(part.firstAddress == prefix.firstAddress && prefix.contains(part))
        }
    }

    private func prefix(of family: IPFamily, _ random: inout SeededGenerator) -> IPPrefix {
        let bits = UInt128(random.next()) << 64 | UInt128(random.next())
        let number = family == .ipv4 ? bits & 0xffff_ffff : bits
        let length = UInt8(random.next() % UInt64(family.addressBits + 1))
        return IPPrefix(containing: IPAddress(number: number, family: family), length: length)
    }

    /// D5: as texts, 10.0.0.128 would come before 10.0.0.16.
    @Test func `the order is numeric, the larger prefix before its first part`() throws {
        let texts = [
            "0.0.0.0/0", "9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/28", "10.0.0.16/28",
            "10.0.0.128/28", "::/0", "::/128", "::1/128", "1000::/16",
        ]
        let prefixes = try texts.map { try IPPrefix($0) }
        #expect(prefixes.reversed().sorted() == prefixes)
    }

    @Test func `lengths out of range are refused`() throws {
        let address = try IPAddress("0.0.0.0")
        for length in [-1, 33, 128, Int.max, Int.min] {
            #expect(throws: IPPrefixError.lengthOutOfRange(.ipv4)) {
                try IPPrefix(address, length: length)
            }
        }
    }
}
