import IPAM
import Seeded
import Testing

/// Addresses and their texts: RFC 4291 section 2.2 in, RFC 5952 out.
@Suite struct IPAddressTests {
    @Test(arguments: [
        ("0.0.0.0", UInt128(0)), ("10.0.0.1", 0x0a00_0001), ("255.255.255.255", 0xffff_ffff),
        ("192.0.2.129", 0xc000_0281),
    ])
    func `IPv4 is four decimal numbers`(text: String, number: UInt128) throws {
        let address = try IPAddress(text)
        #expect(address == IPAddress(number: number, family: .ipv4))
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", " ", "10", "10.0.0", "10.0.0.0.0", "10.0.0.", ".10.0.0", "10..0.0", "256.0.0.1",
        "1.2.3.999", "1.2.3.1000", "01.2.3.4", "1.2.3.00", "0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4",
        "+1.2.3.4", "1.2.3.-4", "1.2.3.a", "１.2.3.4", "1.2.3.4%eth0", "1.2.3.4/8",
        "1.2.3.4\u{301}",
    ])
    func `what is not four plain decimal numbers is no IPv4 address`(text: String) {
        #expect(throws: IPAddressError.self) { try IPAddress(text) }
    }

    /// The text as it may be written, and the one form that comes out.
    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("0:0:0:0:0:0:0:0", "::"), ("2001:DB8::A", "2001:db8::a"),
        ("2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"),
        ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        // Section 4.2.2: one group alone is not shortened.
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        // Section 4.2.3: the longest run, of equals the first.
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("0:0:1:0:0:0:0:0", "0:0:1::"), ("0:0:0:1:1:0:0:0", "::1:1:0:0:0"),
        // Section 5: an IPv4-mapped address ends in dotted decimal, and only that one.
        ("::ffff:a00:1", "::ffff:10.0.0.1"), ("::FFFF:255.255.255.255", "::ffff:255.255.255.255"),
        ("0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"), ("::ffff:0:0", "::ffff:0.0.0.0"),
        ("::192.0.2.1", "::c000:201"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::fffe:1.2.3.4", "::fffe:102:304"),
    ])
    func `IPv6 has many forms and one canonical one`(text: String, canonical: String) throws {
        let address = try IPAddress(text)
        #expect(address.family == .ipv6)
        #expect(address.description == canonical)
        #expect(try IPAddress(canonical) == address)
    }

    @Test(arguments: [
        ":", ":::", "1:::2", "1::2::3", ":1", "1:", ":1::2", "1::2:", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8",
        "12345::", "00001::", "g::", "::-1", "::+1", "fe80::1%eth0", "fe80::1%", "[::1]",
        "::1.2.3", "::1.2.3.4.5", "::01.2.3.4", "::256.1.1.1", "1.2.3.4::", "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4", "::1:2:3:4:5:6:1.2.3.4", " ::1", "::1 ", "::1\n", "::\u{ff11}",
    ])
    func `malformed IPv6 is refused`(text: String) {
        #expect(throws: IPAddressError.self) { try IPAddress(text) }
    }

    @Test func `an error says what is wrong`() {
        func sentence(_ text: String) -> String? {
            do throws(IPAddressError) {
                _ = try IPAddress(text)
                return nil
            } catch { return error.description }
        }
        #expect(sentence("010.0.0.1")?.contains("leading zero") == true)
        #expect(sentence("fe80::1%eth0")?.contains("zone") == true)
        #expect(sentence("10.0.0.\u{1b}[2J")?.contains("\u{1b}") == false)
    }

    @Test(arguments: [":", ".", "0", "1:", "é"])
    func `a text of a million characters is refused before it is cut up`(part: String) {
        let text = String(repeating: part, count: 1_000_000)
        #expect(throws: IPAddressError.self) { try IPAddress(text) }
        #expect(throws: IPPrefixError.self) { try IPPrefix(text + "/8") }
    }

    @Test func `addresses are ordered as numbers, IPv4 first`() throws {
        let texts = ["0.0.0.0", "9.0.0.0", "10.0.0.0", "255.255.255.255", "::", "::1", "2::"]
        let addresses = try texts.map { try IPAddress($0) }
        #expect(addresses.reversed().sorted() == addresses)
    }

    @Test func `random addresses survive their text`() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            // Groups that are zero often, so that runs of every form come up.
            let number = (0..<8).reduce(UInt128(0)) { number, _ in
                number << 16 | UInt128(random.next() % 3 == 0 ? 0 : random.next() & 0xffff)
            }
            for family in IPFamily.allCases {
                let value = family == .ipv4 ? number & 0xffff_ffff : number
                let address = IPAddress(number: value, family: family)
                #expect(try IPAddress(address.description) == address)
            }
        }
    }
}
