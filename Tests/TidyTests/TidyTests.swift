import Testing

/// The house rules, over every file of the project. Each message has the form of a compiler's.
@Suite struct TidyTests {
    /// One rule about one file.
    struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let findings: @Sendable (SourceFile) -> [Finding]

        init(_ name: String, _ findings: @escaping @Sendable (SourceFile) -> [Finding]) {
            testDescription = name
            self.findings = findings
        }
    }

    static let rules = [
        Rule("columns", LayoutRules.longLines),
        Rule("file length", LayoutRules.longFile),
        Rule("function length", LayoutRules.longFunctions),
        Rule("banned calls", CodeRules.bannedCalls),
        Rule("no clock, chance or waiting in the core", CodeRules.impurity),
        Rule("typed throws", CodeRules.untypedThrows),
        Rule("no default over our own enums", CodeRules.defaultsOverCases),
        Rule("names of tests", CodeRules.testNames),
        Rule("one-way imports", ImportRules.forbiddenImports),
        Rule("vocabulary", TextRules.vocabulary),
        Rule("folders say what is in them", TextRules.emptyFolderNames),
        Rule("one title", TextRules.titles),
        Rule("nothing of one machine, nothing left open", TextRules.leftovers),
    ]

    @Test(arguments: rules) func `every file keeps the rule`(_ rule: Rule) throws {
        for finding in try Project.this.get().files.flatMap(rule.findings) {
            Issue.record("\(finding)")
        }
    }

    @Test func `Package.swift lists every module of its own that a target imports`() throws {
        let files = try Project.this.get().files
        let manifest = try #require(files.first { $0.path == "Package.swift" })
        let text = manifest.lines.joined(separator: "\n")
        for finding in files.flatMap({ ImportRules.undeclaredImports(in: $0, manifest: text) }) {
            Issue.record("\(finding)")
        }
    }

    @Test func `the top level holds what is listed and nothing else`() throws {
        #expect(TextRules.strangers(atTopLevel: try Project.this.get().topLevel) == [])
    }

    @Test func `the project is found`() throws {
        let files = try Project.this.get().files
        #expect(files.contains { $0.path == "Package.swift" })
        #expect(files.contains { $0.target == "IPAM" })
    }

    @Test func `a target that imports is in the table, and the table names no others`() throws {
        let targets = Set(try Project.this.get().files.filter(\.isSwiftSource).map(\.target))
        #expect(ImportRules.allowed.keys.filter { !targets.contains($0) } == [])
    }
}
