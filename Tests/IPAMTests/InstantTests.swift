import IPAM
import Testing

@Suite struct InstantTests {
    /// Seconds since 1970 as GNU `date -u -d TEXT +%s` prints them.
    @Test(arguments: [
        (UInt64(0), "1970-01-01T00:00:00Z"), (59, "1970-01-01T00:00:59Z"),
        (86_399, "1970-01-01T23:59:59Z"), (86_400, "1970-01-02T00:00:00Z"),
        (68_169_599, "1972-02-28T23:59:59Z"), (68_169_600, "1972-02-29T00:00:00Z"),
        (68_256_000, "1972-03-01T00:00:00Z"), (946_684_799, "1999-12-31T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"), (951_868_800, "2000-03-01T00:00:00Z"),
        (1_795_237_403, "2026-11-21T05:03:23Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
    func `a moment is printed in RFC 3339, UTC`(seconds: UInt64, text: String) {
        #expect(Instant(milliseconds: seconds * 1000).description == text)
        #expect(Instant(milliseconds: seconds * 1000 + 999).description == text)
    }

    @Test func `no moment is too late to print`() {
        #expect(Instant(milliseconds: .max).description.hasSuffix("Z"))
    }
}
