import IPAM
import Testing

@testable import ipamc

private func value(
    _ text: String, valuesMax: Int = 100, aliasesMax: Int = 10
) throws -> DocumentValue? {
    let bounds = DocumentBounds(valuesMax: valuesMax, aliasesMax: aliasesMax)
    var reader = DocumentReader(text, within: bounds)
    return try reader.next()
}

/// What is wrong with a text, with its place.
private func fault(_ text: String, valuesMax: Int = 100, aliasesMax: Int = 10) -> String? {
    do {
        _ = try value(text, valuesMax: valuesMax, aliasesMax: aliasesMax)
        return nil
    } catch let error as DocumentFault {
        return error.placedSentence
    } catch {
        return "\(error)"
    }
}

@Suite struct `YAML that is read` {
    @Test(arguments: [
        ("[1, 2]", "list([number(1), number(2)])"),
        ("a: {b: ~}\nc: 'yes'", "map([a: map([b: null]), c: text(yes)])"),
        ("\"a\\0b\"", "text(a\u{0}b)"),
        ("1: x", "map([1: text(x)])"),
        ("&n 7", "number(7)"),
        ("[&n 7, *n]", "list([number(7), number(7)])"),
        ("{&k key: 1, other: *k}", "map([key: number(1), other: text(key)])"),
        ("{a: &k key, *k : 1}", "map([a: text(key), key: number(1)])"),
        (
            "[&l [x], *l, &l [y], *l]",
            "list([list([text(x)]), list([text(x)]), list([text(y)]), list([text(y)])])"
        ),
        ("!!str 7", "text(7)"),
        ("|\n  a\n  b\n", "text(a\nb\n)"),
    ])
    func `means what it says`(text: String, meaning: String) throws {
        #expect(try value(text)?.meaning == meaning)
    }

    @Test func `documents come one after the other, and then none, as often as one asks`() throws {
        let bounds = DocumentBounds(valuesMax: 10, aliasesMax: 0)
        var reader = DocumentReader("a\n---\nb\n...\n", within: bounds)
        #expect(try reader.next()?.meaning == "text(a)")
        #expect(try reader.next()?.meaning == "text(b)")
        #expect(try reader.next() == nil)
        #expect(try reader.next() == nil)
    }

    @Test(arguments: [
        ("{a: 1, b: 2, a: 3}", "line 1, column 2: the key \"a\" stands more than once"),
        ("b: 1\na: 2\nb: 3\na: 4", "line 2, column 1: the key \"a\", \"b\" stands more than once"),
        ("? {a: b}\n: c", "line 1, column 3: a key must be a text"),
        ("[&l [a], {*l : b}]", "line 1, column 11: a key must be a text"),
        ("&l [*l]", "line 1, column 5: found undefined alias"),
        ("! 7", "line 1, column 1: the tag ! has no meaning here"),
        ("- !!int 5", "line 1, column 3: the tag tag:yaml.org,2002:int has no meaning here"),
        ("a: 1\nb: \u{1}", "byte 8: control characters are not allowed"),
        ("[a, @]", "line 1, column 5: found character that cannot start any token"),
    ])
    func `or what is wrong with it, and where`(text: String, sentence: String) {
        #expect(fault(text) == sentence)
    }

    @Test func `has a bound for values, what aliases repeat included`() {
        #expect(fault("[1, {a: 2}]", valuesMax: 4) == nil)
        #expect(
            fault("[1, {a: 2}]", valuesMax: 3) == "line 1, column 9: there are more than 3 values")
        #expect(fault("[&l [1, 2], *l, *l]", valuesMax: 10) == nil)
        #expect(
            fault("[&l [1, 2], *l, *l]", valuesMax: 9)
                == "line 1, column 17: there are more than 9 values")
    }

    @Test func `has a bound for aliases, which a text of stars does not reach`() {
        #expect(fault("[&x 1, *x, *x]", aliasesMax: 2) == nil)
        let sentence = "line 1, column 16: has more than 2 aliases; write them out"
        #expect(fault("[&x 1, *x, *x, *x]", aliasesMax: 2) == sentence)
        #expect(fault("\"&x *x *x *x *x\"", aliasesMax: 2) == nil)
    }

    @Test func `has a bound for nesting`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(fault(nested(1000), valuesMax: 2000) == nil)
        let sentence = "line 1, column 1001: the nesting is deeper than 1000"
        #expect(fault(nested(1001), valuesMax: 2000) == sentence)
    }

    @Test(arguments: [
        ("", "it is empty"), ("{\"a\":1} {\"b\":2}", "it is no JSON"),
        ("{\"a\":1}\n---\n{\"b\":2}", "there is more than one object"),
        ("{\"a\":1", "it is no JSON"),
        ("[&a 1, *a]", "has more than 0 aliases; write them out"),
        ("{[1]: 2}", "a key must be a text"),
    ])
    func `is one value in a line of JSON`(text: String, sentence: String) throws {
        let faults = try #require(throws: ManifestFaults.self) {
            try ManifestReader.value(ofLine: text)
        }
        #expect(faults.faults.map(\.fault.sentence) == [sentence])
    }
}

@Suite struct `YAML that is written` {
    @Test func `has quotes around what a reader would take for more than a text`() {
        for text in [
            "", "~", "null", "yes", "Off", "TRUE", "7", "-7", "+7", "0x1F", "0b10", "0o17", "017",
            "08", "1_000", "_9", "0x_f", "2.5", "1e3", "1E-3", ".5", ".inf", "-.Inf", ".nan",
            "1:30", "-1:30:59", "10:20:30.5", "2026-11-21", "2026-11-21T05:00:00Z",
            "2026-1-2 5:00:00.25 +1:30", "2026-1-2t5:00:00 -2", "<<", "=",
        ] {
            #expect(written(text) == "- '\(text)'\n", "\(text)")
        }
    }

    @Test func `has none around other texts`() {
        for text in [
            "a", "10.0.0.0/8", "2001:db8::/32", "::1", "1.5.6", "5s", "e3", "12e", "0x", "0xg",
            "0b2", "1:60", "01:30", "52:54:00:12:34:99", "2026-11-2", "2026-1-2",
            "2026-11-21T05:00Z",
            "2026-11-21T05:00:00X", "nul", "y", "n", "+", "infinity",
        ] {
            #expect(written(text) == "- \(text)\n", "\(text)")
        }
    }

    @Test(arguments: [
        "it's", "a: b", "a #b", "- a", " a ", "a\nb\n", "\n", "\"", "a\u{0}b", "\t", "é日本😀",
        "a\u{85}b", "a\u{2028}b\u{2029}", "\u{feff}x", "a\u{7f}\u{9f}", "a\u{fffe}\u{ffff}",
        "\\u0041",
        "c:\\x/y", "&a", "*a", "!a", "%a", "a\r\nb", String(repeating: "long text ", count: 500),
    ])
    func `is read as the text that it was`(text: String) throws {
        let yaml = try StructuredText.yaml(["key": [text]])
        #expect(try value(yaml)?.meaning == "map([key: list([text(\(text))])])")
        #expect(yaml.split(separator: "\n", omittingEmptySubsequences: false).count < 8)
    }

    @Test func `has sorted keys, and the other types as they are`() throws {
        struct Sample: Encodable {
            let zone = "a", count = UInt64.max, isOpen = true, missing: Int? = nil
            let none: [String] = [], labels: [String: String] = [:], Early = -1
        }
        #expect(
            try StructuredText.yaml(Sample()) == """
                Early: -1
                count: 18446744073709551615
                isOpen: true
                labels: {}
                none: []
                zone: a

                """)
    }

    private func written(_ text: String) -> String { YAMLWriter.text(.list([.text(text)])) }
}

extension DocumentValue {
    /// The value as Swift would write it, more or less.
    fileprivate var meaning: String {
        switch self {
        case .null: "null"
        case .boolean(let isTrue): "\(isTrue)"
        case .number(let digits): "number(\(digits))"
        case .text(let text): "text(\(text))"
        case .list(let items): "list([\(items.map(\.meaning).joined(separator: ", "))])"
        case .map(let pairs):
            "map([\(pairs.map { "\($0.key): \($0.value.meaning)" }.joined(separator: ", "))])"
        }
    }
}
