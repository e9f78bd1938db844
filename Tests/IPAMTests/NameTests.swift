import IPAM
import Testing

/// The rules of Kubernetes for names, label keys and label values.
@Suite struct NameRuleTests {
    private static let longest = String(repeating: "a", count: 253)

    @Test(arguments: ["a", "0", "a-b", "a.b", "1.2.3", "a--b", "a1", "xn--caf-dma.x", longest])
    func `a resource's name is a DNS-1123 subdomain`(name: String) {
        #expect(NameRule.subdomainFault(name) == nil)
    }

    @Test(arguments: [
        "", ".", "-", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a-.b", "A", "a_b", "a b", "a/b",
        "é", "a\u{301}", "a\n", "a\0", longest + "a",
    ])
    func `anything else is not`(name: String) {
        #expect(NameRule.subdomainFault(name)?.hasPrefix("must be") == true)
    }

    @Test func `a namespace has 63 characters at most and no dots`() {
        #expect(NameRule.labelFault(String(repeating: "a", count: 63)) == nil)
        #expect(NameRule.labelFault("kube-system") == nil)
        for name in ["", "a.b", "A", "-a", "a-", String(repeating: "a", count: 64)] {
            #expect(NameRule.labelFault(name) != nil, "\(name)")
        }
    }

    @Test(arguments: [
        "a", "A", "0", "a.b_c-D", "example.com/a", "a/B", String(repeating: "k", count: 63),
        longest + "/k",
    ])
    func `a label's key is a name, maybe behind a DNS prefix`(key: String) {
        #expect(NameRule.qualifiedNameFault(key) == nil)
    }

    @Test(arguments: [
        "", "/", "a/", "/a", "a/b/c", "A/b", "a b", "-a", "a-", "_a", "a_", "é", "k\u{301}",
        "/\u{301}k", "\u{212a}", String(repeating: "k", count: 64), longest + "a/k", "a..b/k",
        String(repeating: "/", count: 1_000_000),
    ])
    func `anything else is no key`(key: String) {
        #expect(NameRule.qualifiedNameFault(key) != nil)
    }

    @Test func `a bad DNS prefix is not called a bad name`() {
        #expect(NameRule.qualifiedNameFault("A/b")?.hasPrefix("has a prefix") == true)
    }

    @Test func `the prefix of an annotation's key may have upper-case letters, of ASCII only`() {
        #expect(NameRule.annotationKeyFault("Example.COM/Key") == nil)
        // The Kelvin sign, of which Unicode makes a plain k.
        for key in ["\u{212a}ey", "É", "", "a/b/c", "Example..COM/Key"] {
            #expect(NameRule.annotationKeyFault(key) != nil, "\(key)")
        }
    }

    @Test func `a label's value is empty or like the name of a key`() {
        for value in ["", "a", "A.b-c_9", String(repeating: "v", count: 63)] {
            #expect(NameRule.labelValueFault(value) == nil, "\(value)")
        }
        for value in [" ", "-", "a-", "a/b", "a b", "é", String(repeating: "v", count: 64)] {
            #expect(NameRule.labelValueFault(value) != nil, "\(value)")
        }
    }
}

@Suite struct ControlledNameTests {
    private func name(_ prefix: String, _ number: UInt128 = 1) -> String {
        ControlledName.name(ofPrefix: prefix, uid: ResourceUID(number: number))
    }

    @Test func `the name follows from the Prefix's, and the same Prefix has the same`() {
        #expect(name("web") == "web.prefix")
        #expect(name("web", 2) == "web.prefix")
        #expect(name("web.prefix") == "web.prefix.prefix")
    }

    @Test func `names of every length give names that are valid, reserved and distinct`() {
        let prefixes = (1...253).flatMap { length in
            ["a", "a.", "a-"].map { part in
                let text = String(repeating: part, count: length).prefix(length - 1)
                return text + "z"
            }
        }
        var names: Set<String> = []
        for (index, prefix) in Set(prefixes).enumerated() {
            let name = name(String(prefix), .max - UInt128(index))
            #expect(NameRule.subdomainFault(name) == nil, "\(name)")
            #expect(ControlledName.reservationFault(name) != nil)
            #expect(names.insert(name).inserted, "\(name)")
        }
    }

    /// One that is cut short, and one that looks as if it had been.
    @Test func `a cut name meets no whole one, nor another cut one`() {
        let long = String(repeating: "a", count: 253)
        let cut = name(long, 0xff)
        #expect(cut == name(long, 0xff))
        #expect(cut != name(long, 0xfe))
        #expect(cut.utf8.count <= Limits.nameBytesMax)
        #expect(cut.hasSuffix(".ff.long-prefix"))
        #expect(name(String(cut.dropLast(".prefix".count))) != cut)
    }

    @Test func `a user's allocation may not end as a controlled one does`() {
        for name in ["a.prefix", "a.1.long-prefix", "a.prefix.prefix"] {
            #expect(ControlledName.reservationFault(name) != nil)
        }
        for name in ["prefix", "a-prefix", "a.prefix.b", "long-prefix", "a.prefixes"] {
            #expect(ControlledName.reservationFault(name) == nil)
        }
    }
}

@Suite struct QuotingTests {
    @Test(arguments: [
        ("", #""""#), ("10.0.0.0/8", #""10.0.0.0/8""#), (#"a"b\c"#, #""a\"b\\c""#),
        ("a\nb\tc\r\0", #""a\nb\tc\r\0""#), ("\u{1b}[31m", #""\u{1B}[31m""#),
        // A bidi override, an isolate, a mark; a zero-width space; a line separator.
        ("\u{202e}a\u{2066}\u{200f}", #""\u{202E}a\u{2066}\u{200F}""#),
        ("\u{200b}\u{2028}\u{2029}\u{85}", #""\u{200B}\u{2028}\u{2029}\u{0085}""#),
        ("\u{feff}\u{e000}\u{10ffff}", #""\u{FEFF}\u{E000}\u{0010FFFF}""#), ("é漢", #""é漢""#),
    ])
    func `a message cannot be forged by what is quoted in it`(text: String, quoted: String) {
        #expect(text.quotedForMessage == quoted)
    }

    @Test func `a long text is cut at 80 scalars`() {
        let text = String(repeating: "x", count: 80)
        #expect(text.quotedForMessage == "\"\(text)\"")
        #expect((text + "y").quotedForMessage == "\"\(text)…\"")
        // One character of a million marks.
        let marks = "e" + String(repeating: "\u{301}", count: 1_000_000)
        #expect(marks.quotedForMessage.unicodeScalars.count == 83)
    }
}
