import IPAM
import Testing

@Suite struct LabelsTests {
    @Test func `every key is found, and no other`() {
        for count in 0...20 {
            let keys = (0..<count).map { "k\($0 * 2 + 10)" }
            let labels = Labels(Dictionary(uniqueKeysWithValues: keys.map { ($0, "v" + $0) }))
            #expect(labels.count == count && labels.isEmpty == (count == 0))
            for number in 0..<60 {
                let key = "k\(number)"
                #expect(labels[key] == (keys.contains(key) ? "v" + key : nil))
            }
        }
    }

    @Test func `labels are equal if their bytes are`() {
        let (composed, decomposed): (Labels, Labels) = (["k": "\u{e9}"], ["k": "e\u{301}"])
        #expect(composed != decomposed)
        #expect(composed.encoded != decomposed.encoded)
        #expect(composed == ["k": "\u{e9}"])
    }

    @Test func `pairs are sorted by key, and unsorted or repeated ones are not taken`() {
        let pairs = ["a", "b", "c"].map { Labels.Pair(key: $0, value: "") }
        #expect(Labels(["c": "", "a": "", "b": ""]).pairs == pairs)
        #expect(Labels(ascending: pairs)?.pairs == pairs)
        #expect(Labels(ascending: pairs.reversed()) == nil)
        #expect(Labels(ascending: [pairs[0], pairs[0]]) == nil)
        #expect(Labels(["zone": "a", "tier": "public"]).description == "tier=public,zone=a")
    }
}

@Suite struct SelectorTests {
    /// As kubectl takes it, as we print it.
    @Test(arguments: [
        ("", ""), ("  ", ""), ("a=b", "a=b"), ("a==b", "a=b"), (" a = b , c = d ", "a=b,c=d"),
        ("a!=b", "a notin (b)"), ("gpu", "gpu"), ("!legacy", "!legacy"), ("! legacy", "!legacy"),
        ("zone in (b,a)", "zone in (a,b)"), ("zone in (a)", "zone in (a)"),
        ("zone notin ( a , b )", "zone notin (a,b)"), ("zone in(a,a)", "zone in (a)"),
        ("zone\tin\t(a)", "zone in (a)"), ("a=", "a="), ("a in ()", "a in ()"),
        ("a=1,a=2", "a=1,a in (2)"), ("a=1,a=1", "a=1,a in (1)"),
        ("example.com/tier=public", "example.com/tier=public"), ("in in (in)", "in in (in)"),
        (
            "zone in (a,b),tier=public,gpu,!legacy,env!=dev",
            "tier=public,zone in (a,b),gpu,!legacy,env notin (dev)"
        ),
    ])
    func `a selector is read as kubectl reads it, and written so that it can be read`(
        text: String, printed: String
    ) throws {
        let selector = try Selector(text)
        #expect(selector.description == printed)
        #expect(try Selector(printed) == selector)
        #expect(selector.isEmpty == printed.isEmpty)
    }

    @Test(arguments: [
        ",", "a=b,", ",a=b", "a=b,,c=d", "=b", "!=b", "!", "a b", "a=b=c", "a=b c", "a in b",
        "a in (b", "a in b)", "in (a)", "a on (b)", "a in in (b)", "a in (b))", "a in ((b))",
        "a=(b)", "a)", "(a)", "a>1", "a<1", "!a=b", "!!a", "a in (-)", "-a=b", "a/b/c=d",
        "\u{301}=a", "a=\u{202e}", "a in (b),(c)",
    ])
    func `what is no selector is refused`(text: String) {
        let error = #expect(throws: SelectorError.self) { try Selector(text) }
        #expect(error?.description.contains("is no part of a selector") == true)
        #expect(error?.description.unicodeScalars.contains("\u{202e}") == false)
    }

    /// Of a resource with the labels tier=public, zone=a, empty=.
    @Test(arguments: [
        ("", true), ("tier=public", true), ("tier=private", false), ("none=x", false),
        ("tier!=public", false), ("tier!=private", true), ("none!=x", true),
        ("zone in (a,b)", true), ("zone in (b,c)", false), ("none in (a)", false),
        ("zone notin (a,b)", false), ("zone notin (b)", true), ("none notin (a)", true),
        ("zone", true), ("none", false), ("!zone", false), ("!none", true),
        ("empty", true), ("empty=", true), ("none=", false), ("zone=", false),
        ("tier=public,zone=a", true), ("tier=public,zone=b", false), ("zone=a,zone=b", false),
        ("tier=public,zone in (a),!none,empty", true), ("tier=public,zone in (a),none", false),
    ])
    func `every part must hold; NotIn also holds where the key is absent`(
        text: String, matches: Bool
    ) throws {
        let labels: Labels = ["tier": "public", "zone": "a", "empty": ""]
        #expect(try Selector(text).matches(labels) == matches)
    }

    private typealias Requirement = Selector.Requirement

    @Test func `faults name the field and the kind`() {
        let selector = Selector(
            matchLabels: ["-": "x", "ok": "-", "_": "_"],
            matchExpressions: [
                Requirement(key: "", operator: .exists), Requirement(key: "a", operator: .isIn),
                Requirement(key: "a", operator: .isNotIn),
                Requirement(key: "a", operator: .exists, values: ["b"]),
                Requirement(key: "a", operator: .doesNotExist, values: ["b"]),
                Requirement(key: "a", operator: .isIn, values: ["ok", "b c"]),
                Requirement(key: "a", operator: .isIn, values: [""]),
            ])
        #expect(
            selector.faults(at: "s").map { "\($0.path) \($0.kind)" } == [
                #"s.matchLabels["-"] invalid"#,
                #"s.matchLabels["_"] invalid"#, #"s.matchLabels["_"] invalid"#,
                #"s.matchLabels["ok"] invalid"#,
                "s.matchExpressions[0].key invalid", "s.matchExpressions[1].values required",
                "s.matchExpressions[2].values required", "s.matchExpressions[3].values forbidden",
                "s.matchExpressions[4].values forbidden", "s.matchExpressions[5].values invalid",
            ])
        #expect(selector.faults(at: "s").last?.sentence.hasPrefix(#""b c" must"#) == true)
    }

    @Test func `too many parts or values are one fault, however bad they are`() {
        let values = (0...Limits.selectorPartsMax).map { "-\($0)" }
        let wide = Requirement(key: "a", operator: .isIn, values: values)
        #expect(wide.values.count == 65)
        let fault = Selector(matchExpressions: [wide]).faults(at: "s")
        #expect(fault.map(\.path) == ["s.matchExpressions[0].values"])
        let bad = Requirement(key: "-", operator: .exists)
        let long = Selector(matchExpressions: Array(repeating: bad, count: 65))
        #expect(long.faults(at: "s").map(\.path) == ["s"])
        #expect(Selector(matchExpressions: [wide.first(64)]).faults(at: "s").count == 64)
    }

    @Test func `the order of requirements means nothing`() throws {
        let one = try Selector("a in (x,y),!b,c!=d")
        let other = try Selector("c!=d,a in (y,x),!b")
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
        #expect(try one != Selector("a in (x,y),!b"))
    }
}

extension Selector.Requirement {
    fileprivate func first(_ count: Int) -> Self {
        Self(key: key, operator: `operator`, values: Array(values.prefix(count)))
    }
}
