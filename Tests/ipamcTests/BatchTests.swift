import IPAM
import Testing

@testable import ipamc

@Suite struct `The words of a line` {
    @Test(
        arguments: [
            ("a b  c", ["a", "b", "c"]), ("", []), ("  \t ", []), ("# all of it", []),
            ("a # rest", ["a"]), ("a#b", ["a#b"]), ("'a b' \"c d\"", ["a b", "c d"]),
            ("a\\ b \\# \\'", ["a b", "#", "'"]), (#""a\"b\\c\d""#, [#"a"b\c\d"#]),
            (#"'a\'b"#, [#"a\b"#]), ("'' \"\"", ["", ""]), ("a'b'\"c\"", ["abc"]),
            ("zone=$x `y`", ["zone=$x", "`y`"]), ("ä 🙂", ["ä", "🙂"]), ("a\r", ["a"]),
        ] as [(String, [String])])
    func `are as in a shell`(line: String, words: [String]) throws {
        #expect(try ShellWords(line[...]).words == words)
    }

    @Test(arguments: ["'a", "\"a", "a\\", "a 'b\""])
    func `must be whole`(line: String) {
        #expect(throws: ShellWords.Fault.self) { try ShellWords(line[...]) }
    }
}

/// The lines of a batch, or what is wrong with it.
private func lines(_ text: String) throws(Failure) -> BatchFile {
    var count = 0
    return try BatchFile(ManifestFile(name: "b.txt", text: text), namespace: "default") {
        count += 1
        return "alloc-\(count)"
    }
}

@Suite struct `A batch` {
    @Test func `has a command a line`() throws {
        let file = try lines(
            """
            # The two addresses of a guest.
            request --name web-1 --length 26 --selector 'tier=public,zone in (a,b)'

            request -n other --prefix 2001:db8::/64 --parent root --as-prefix  # a child
            release old-1 10.0.0.0/26 --ignore-not-found
            release -l a=b --parent=root -- -x
            """)
        #expect(file.lines.map(\.number) == [2, 4, 5, 6])
        let selector = try Selector("tier=public,zone in (a,b)")
        #expect(
            file.parts == [
                .request(.init(name: "web-1", prefixLength: 26, selector: selector)),
                .request(
                    .init(
                        namespace: "other", name: "alloc-1", prefix: try block("2001:db8::/64"),
                        parent: "root", asPrefix: true)),
                .release(
                    .init(
                        names: ["old-1"], blocks: [try block("10.0.0.0/26")],
                        ignoresMissing: true)),
                .release(
                    .init(names: ["-x"], selector: try Selector("a=b"), parent: "root")),
            ])
    }

    @Test(arguments: [
        ("x\ndelete prefix/a", "b.txt line 1: \"x\" is no command of a batch; there are request"),
        ("\nrequest --length 26", "b.txt line 2: where from? Give --selector or --parent"),
        ("request --length 26 --parent 'a", "b.txt line 1: a quote is not closed"),
        ("release", "b.txt line 1: name the allocations that shall end"),
        ("release prefix/a", "b.txt line 1: prefix/a is a Prefix: end it with ipamc delete"),
        ("request --length x --parent a", "b.txt line 1: --length: \"x\" is invalid"),
        ("request --length 8 --parent a --wait 3s", "b.txt line 1: \"--wait\" is not known here"),
        (
            "request --length 8 --parent a --dry-run",
            "b.txt line 1: \"--dry-run\" is not known here"
        ),
        ("request --length 8 a --parent a", "b.txt line 1: \"a\" is one word too many"),
        ("request -l a=b --any-parent", "b.txt line 1: \"-l\" is not known here"),
        ("request --length", "b.txt line 1: --length needs a value"),
        ("request --selector --any-parent", "b.txt line 1: --selector needs a value"),
        ("request --any-parent=yes", "b.txt line 1: \"--any-parent=yes\" is not known here"),
        ("request --prefix 10.0.0.1/8 --parent a", "b.txt line 1: 10.0.0.1/8 has bits set"),
    ])
    func `that makes no sense names the line`(text: String, sentence: String) {
        #expect {
            try lines(text)
        } throws: { error in
            let failure = error as? Failure
            return failure?.sentence.hasPrefix(sentence) == true && failure?.line != nil
        }
    }

    @Test func `that is refused names the line and not the part`() throws {
        let file = try lines("# first\nrelease a\n\nrelease b")
        let failure = file.failure(
            Refusal(.notFound, "part 2: there is no prefixallocation/b", part: 1))
        #expect(failure.status == .refused)
        #expect(
            failure.text(.table)
                == "ipamc: not_found: b.txt line 4: there is no prefixallocation/b\n")
        #expect(failure.text(.json).contains(#""line" : 4"#))
        let whole = file.failure(Refusal(.storageFull, "there is no space"))
        #expect(whole.text(.table) == "ipamc: storage_full: there is no space\n")
    }

    @Test func `is asked again with every name, and misses nothing that is released`() throws {
        let file = try lines("request --length 26 --label 'a=b c' --any-parent\nrelease old")
        #expect(
            file.again(["-n", "web"]) == """
                ipamc batch -f - -n web <<'END'
                request --name alloc-1 --length 26 --label 'a=b c' --any-parent
                release --ignore-not-found old
                END
                """)
        #expect(try lines(String(file.again([]).split(separator: "\n")[1])).parts.count == 1)
    }

    @Test func `has a bound`() {
        let text = String(repeating: "release a\n", count: Limits.itemsPerCommandMax + 1)
        #expect(throws: Failure.self) { try lines(text) }
    }

    @Test func `says what came of each line`() throws {
        let file = try lines("request --length 26 --any-parent\nrelease b\nrelease -l a=b")
        let made = Answer.Allocated(resource: try allocation().resource, isCreated: true)
        let released = Answer.Released(items: [.init(name: "b", block: try block("10.0.0.0/26"))])
        let parts: [Answer.Batch.Part] = [
            .allocated(made), .released(released), .released(.init(items: [])),
        ]
        let result = BatchResult(file, parts, lsn: 9)
        #expect(
            result.text(isDryRun: false) == """
                prefixallocation/web-1 created 10.0.0.64/26
                prefixallocation/b released 10.0.0.0/26
                nothing was there to release

                """)
        let dry = result.text(isDryRun: true)
        #expect(dry.hasPrefix("prefixallocation/web-1 created 10.0.0.64/26 (dry run)\n"))
        #expect(result.names == ["prefixallocation/web-1", "prefixallocation/b"])
        let json = try StructuredText.json(result.report)
        #expect(json.contains(#""lsn" : 9"#))
        #expect(result.report.parts.map(\.line) == [1, 2, 3])
        #expect(result.report.parts[0].request?.prefixAllocation?.metadata.name == "web-1")
        #expect(result.report.parts[1].released?.first?.prefix == "10.0.0.0/26")
    }
}
