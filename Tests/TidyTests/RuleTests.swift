import Testing

/// Each rule bites on a small bad sample, and leaves the good one beside it alone.
@Suite struct RuleTests {
    @Test func `code is what remains without comments and the text of literals`() {
        let text = ###"""
            let a = "try? \(call("x")) ok" // try?
            let b = ##"raw " try? \#(no) \##(yes)"## /* a /* nested */ try? */ + 1
            func `try? is a name`() {}
            """###
        let expected = ###"""
            let a = "     \(call(" "))   "
            let b = ##"                  \##(yes)"##                           + 1
            func `              `() {}
            """###
        let code = SwiftCode.without(proseOf: text).split(separator: "\n").map {
            String($0).replacing(/\s+$/, with: "")
        }
        #expect(code == expected.split(separator: "\n").map(String.init))
    }

    @Test func `a literal of many lines is blank, and its lines are still counted`() {
        let quotes = "\"\"\""
        let text = "let a = \(quotes)\n    try? \"quoted\"\n    \(quotes)\nlet b = 1"
        let lines = SwiftCode.without(proseOf: text).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1].allSatisfy { $0 == " " })
        #expect(lines[3] == "let b = 1")
    }

    @Test func `a line of 101 columns is too long, one of 100 is not`() {
        let lines = [100, 101].map { String(repeating: "é", count: $0) }
        let file = SourceFile("Sources/IPAM/A.swift", lines.joined(separator: "\n"))
        #expect(LayoutRules.longLines(in: file).map(\.line) == [2])
    }

    @Test(arguments: [(400, 0), (401, 1)])
    func `a file has at most 400 lines`(lines: Int, findings: Int) {
        let file = SourceFile("Sources/IPAM/A.swift", String(repeating: "\n", count: lines))
        #expect(LayoutRules.longFile(in: file).count == findings)
    }

    @Test(arguments: [(68, 0), (69, 1)])
    func `a function has at most 70 lines`(statements: Int, findings: Int) {
        let body = String(repeating: "    if a { b() }\n", count: statements)
        let text =
            "protocol P {\n    func a(_ b: () -> Void) throws(E)\n}\n\nfunc long() {\n\(body)}\n"
        let file = SourceFile("Sources/IPAM/A.swift", text)
        #expect(LayoutRules.longFunctions(in: file).map(\.line) == (findings == 0 ? [] : [5]))
    }

    @Test(arguments: [
        "let a = try? b()", "let a = try! b()", "fatalError()", "print(a)", "a as! B",
        "struct A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1", "public var a = 1",
    ])
    func `what is banned is found`(line: String) {
        #expect(CodeRules.bannedCalls(in: SourceFile("Sources/Systemd/A.swift", line)).count == 1)
    }

    @Test(arguments: [
        "// It is immutable.\nstruct A: @unchecked Sendable {}", "// No try? here.",
        "let a = b as! C  // The table holds nothing else.", "footprint(a)", "a.print(b)",
        "// Why.\n@frozen\nstruct A: @unchecked Sendable {}", "package var a = 1",
    ])
    func `what is argued, or only looks banned, is left alone`(text: String) {
        #expect(CodeRules.bannedCalls(in: SourceFile("Sources/Systemd/A.swift", text)) == [])
    }

    @Test func `executables print and libraries publish`() {
        #expect(CodeRules.bannedCalls(in: SourceFile("Sources/ipamc/A.swift", "print(a)")) == [])
        #expect(CodeRules.bannedCalls(in: SourceFile("Sources/IPAM/A.swift", "public a ")) == [])
    }

    @Test(arguments: [
        "await a()", "func a() async {}", "actor A {}", "let a = Mutex(1)", "Int.random(in: 0..<2)",
        "let a = ContinuousClock.now", "let a = Date()",
    ])
    func `the core has no clock, no chance and no waiting`(line: String) {
        #expect(CodeRules.impurity(in: SourceFile("Sources/IPAMWire/A.swift", line)).count == 1)
        #expect(CodeRules.impurity(in: SourceFile("Sources/IPAMClientNIO/A.swift", line)) == [])
    }

    @Test func `throws names its error`() {
        let text = "func a() throws {}\nfunc b() throws(E) {}\nfunc c() rethrows {}"
        let file = SourceFile("Sources/IPAM/A.swift", text)
        #expect(CodeRules.untypedThrows(in: file).map(\.line) == [1])
    }

    @Test(arguments: [
        ("case .a: b()\ndefault: c()", 1), ("case .a(let b): b()\ndefault: c()", 1),
        ("case 1: b()\ndefault: c()", 0), ("case \"a\", \"b\": b()\ndefault: c()", 0),
        ("case .a: b()\n// It is NIO's enum, and grows.\ndefault: c()", 0),
        ("case .a: b()\n@unknown default: c()", 0),
    ])
    func `default hides no case of an enum`(cases: String, findings: Int) {
        let file = SourceFile("Sources/IPAM/A.swift", "switch a {\n\(cases)\n}")
        #expect(CodeRules.defaultsOverCases(in: file).count == findings)
    }

    @Test func `a test is named by a sentence`() {
        let text =
            "@Test func `it works`() {}\n@Test(arguments: [1])\nfunc itWorks() {}\nfunc a() {}"
        let file = SourceFile("Tests/ATests/A.swift", text)
        #expect(CodeRules.testNames(in: file).map(\.line) == [3])
    }

    @Test func `imports point one way`() {
        let text = "import IPAM\npackage import Foundation\npublic import struct IPAMStore.Ledger"
        let file = SourceFile("Sources/IPAMEngine/A.swift", text)
        #expect(ImportRules.forbiddenImports(in: file).map(\.line) == [2, 3])
        #expect(ImportRules.forbiddenImports(in: SourceFile("Sources/New/A.swift", "")).count == 1)
    }

    @Test func `an import is declared to the build`() {
        let manifest = """
            .target(name: "IPAMWire", dependencies: ["IPAM"], swiftSettings: strict),
            .executableTarget(
                name: "ipamd",
                dependencies: [
                    "IPAM", nioCore, .product(name: "Logging", package: "swift-log"),
                ]),
            """
        let file = SourceFile("Sources/ipamd/A.swift", "import IPAM\nimport Glibc\nimport IPAMWire")
        let findings = ImportRules.undeclaredImports(in: file, manifest: manifest)
        #expect(findings.map(\.line) == [3])
    }

    @Test func `an import is one of another target's modules only when the table says so`() {
        for (target, modules) in ImportRules.allowed {
            for module in modules { #expect(ImportRules.allowed[module]?.contains(target) != true) }
        }
    }

    @Test func `one word per idea`() {
        let text = "let parentCIDR = openWALFile(subnetMask)\nlet wall = walk(packets) // a CIDR"
        let file = SourceFile("Sources/IPAM/A.swift", text)
        #expect(TextRules.vocabulary(in: file).map(\.line) == [1, 1, 1])
        #expect(TextRules.words(of: "openWALFile") == ["open", "wal", "file"])
    }

    @Test func `folders that say nothing and strangers at the top are found`() {
        #expect(
            TextRules.emptyFolderNames(in: SourceFile("Sources/A/Utils/B.swift", "")).count == 1)
        #expect(TextRules.emptyFolderNames(in: SourceFile("Sources/A/Bytes/B.swift", "")) == [])
        #expect(TextRules.strangers(atTopLevel: ["Sources", "docs"]) == ["docs"])
    }

    @Test(arguments: [
        ("# A\n\n## B\n```\n# not a title\n```\n", 0), ("# A\n# B\n", 1), ("text\n", 1),
    ])
    func `a document has one title`(text: String, findings: Int) {
        #expect(TextRules.titles(in: SourceFile("README.md", text)).count == findings)
    }

    @Test(arguments: [
        ("see /wo" + "rk/main", 1), ("frame/wo" + "rk/main", 0), ("// TO" + "DO: later", 1),
        ("mktemp a.XX" + "XXXX", 0), ("a HA" + "CK.", 1),
    ])
    func `paths of one machine and work left open are found`(line: String, findings: Int) {
        #expect(TextRules.leftovers(in: SourceFile("README.md", line)).count == findings)
    }
}
