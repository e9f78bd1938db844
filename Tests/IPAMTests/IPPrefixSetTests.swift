import IPAM
import Seeded
import Testing

/// Sets of addresses, as the fewest prefixes that cover them.
@Suite struct IPPrefixSetTests {
    @Test(arguments: [
        ("10.0.0.0/28", "10.0.0.0/28"),
        ("10.0.0.7", "10.0.0.7/32"),
        ("10.0.0.1-10.0.0.4", "10.0.0.1/32 10.0.0.2/31 10.0.0.4/32"),
        ("10.0.0.0-10.0.0.255", "10.0.0.0/24"),
        ("0.0.0.0-255.255.255.255", "0.0.0.0/0"),
        ("255.255.255.255-255.255.255.255", "255.255.255.255/32"),
        ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"),
        ("::1-::2", "::1/128 ::2/128"),
    ])
    func `a prefix, a range or an address is read`(text: String, prefixes: String) throws {
        let set = try IPPrefixSet(text)
        #expect(set.prefixes.map(\.description).joined(separator: " ") == prefixes)
    }

    @Test(arguments: [
        "", "-", "10.0.0.1-", "-10.0.0.1", "10.0.0.2-10.0.0.1", "10.0.0.1-::1", "10.0.0.1/24",
        "10.0.0.0/24-10.0.1.0/24", "10.0.0.1-10.0.0.2-10.0.0.3", "a",
    ])
    func `anything else is none`(text: String) {
        #expect(throws: IPRangeError.self) { try IPPrefixSet(text) }
    }

    @Test func `equal addresses are equal sets, however they are written`() throws {
        let parts = try ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/25", "10.0.0.7/32"]
            .map { try IPPrefix($0) }
        #expect(IPPrefixSet(parts) == (try IPPrefixSet("10.0.0.0/24")))
        #expect(IPPrefixSet(parts.reversed()) == IPPrefixSet(parts))
        #expect(try IPPrefixSet("10.0.0.0-10.0.0.255") == IPPrefixSet("10.0.0.0/24"))
    }

    /// Against the naive way: the addresses one by one.
    @Test func `a set contains and overlaps what its addresses do`() throws {
        var generator = SeededGenerator(seed: 4)
        let whole = try IPPrefix("10.0.0.0/26")
        func random() -> IPPrefix {
            let length = UInt8.random(in: 26...32, using: &generator)
            let number = whole.number + UInt128(UInt64.random(in: 0..<64, using: &generator))
            return IPPrefix(
                containing: IPAddress(number: number, family: .ipv4), length: length)
        }
        func addresses(_ prefix: IPPrefix) -> Set<UInt128> {
            Set(prefix.number...prefix.lastAddress.number)
        }
        for _ in 0..<2000 {
            let prefixes = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in random() }
            let set = IPPrefixSet(prefixes)
            let members = prefixes.map(addresses).reduce(Set()) { $0.union($1) }
            let block = random()
            #expect(set.contains(block) == addresses(block).isSubset(of: members))
            #expect(set.overlaps(block) == !addresses(block).isDisjoint(with: members))
            let clipped = set.clipped(to: block).prefixes.map(addresses).reduce(Set()) {
                $0.union($1)
            }
            #expect(clipped == members.intersection(addresses(block)))
            let other = random()
            #expect(set.union(IPPrefixSet([other])) == IPPrefixSet(prefixes + [other]))
        }
    }
}

@Suite struct AddressCountTests {
    @Test func `all addresses of IPv6 are one more than 128 bits can say`() {
        let all = AddressCount(ofLength: 0, .ipv6)
        let half = AddressCount(ofLength: 1, .ipv6)
        #expect("\(all)" == "340282366920938463463374607431768211456")
        #expect(half + half == all)
        #expect(AddressCount([.init(length: 1, count: 2)], .ipv6) == all)
        #expect(AddressCount(.max) < all)
        #expect(AddressCount(.max) + AddressCount(1) == all)
        #expect(half.share(of: all) == 0.5)
        #expect(AddressCount.zero.share(of: .zero) == 0)
    }

    @Test(arguments: [
        (UInt128(1), UInt8(32)), (2, 31), (3, 31), (255, 25), (256, 24), (1 << 32, 0),
    ])
    func `the largest block of so many addresses`(count: UInt128, length: UInt8) {
        #expect(AddressCount(count).lengthOfLargestBlock(.ipv4) == length)
    }

    @Test func `no addresses are no block`() {
        #expect(AddressCount.zero.lengthOfLargestBlock(.ipv6) == nil)
        #expect(AddressCount(ofLength: 0, .ipv6).lengthOfLargestBlock(.ipv6) == 0)
    }
}
