/// What Swift allows and this project does not, in `Sources`.
enum CodeRules {
    /// Calls that swallow an error or end the process without saying what to do.
    private static let banned = [
        ("try?", "an error is handled or passed on, never swallowed"),
        ("try!", "an error is handled or passed on, never trapped"),
        ("fatalError(", "`preconditionFailure` with a sentence, for our own mistakes only"),
    ]

    /// Places where the compiler is told to trust us: allowed with a comment right there.
    private static let trusted = ["as!", "@unchecked", "nonisolated(unsafe)", "unsafeBitCast("]

    private static let executables = ["ipamd", "ipamc", "ipamsim", "ipamtrial", "ipambench"]
    /// Targets in which equal inputs give equal bytes, and in which nothing waits.
    private static let pure = ["IPAM", "IPAMEngine", "IPAMWire"]
    /// Targets that libraries outside this package may use.
    private static let published = ["IPAM", "IPAMClient", "IPAMClientNIO"]

    static func bannedCalls(in file: SourceFile) -> [Finding] {
        guard file.isSwiftSource, let target = file.target else { return [] }
        var findings: [Finding] = []
        for (index, line) in file.code.enumerated() {
            func report(_ rule: String) {
                findings.append(Finding(path: file.path, line: index + 1, rule: rule))
            }
            for (call, reason) in banned where line.hasWord(call) {
                report("`\(call)`: \(reason)")
            }
            for mark in trusted where line.contains(mark) && !file.isArgued(at: index) {
                report("`\(mark)` without a comment that argues it")
            }
            if !executables.contains(target), line.contains(/(^|[^.\w])(print|dump)\(/) {
                report("printing is for executables")
            }
            if !published.contains(target),
                line.contains(/(^|\s)(public\s|open (class|func|var|init))/)
            {
                report("`public` only where a library product needs it; elsewhere `package`")
            }
        }
        return findings
    }

    /// No clock, no randomness, no waiting inside: the first two come in as arguments from the rim,
    /// the last stays there, unless a comment argues a place.
    static func impurity(in file: SourceFile) -> [Finding] {
        guard file.isSwiftSource, let target = file.target else { return [] }
        let waiting = /\b(async|await|actor|Mutex|DispatchQueue|NSLock)\b/.wordBoundaryKind(.simple)
        let chance =
            #/
            \b (?: SystemRandomNumberGenerator | ContinuousClock | SuspendingClock ) \b
            | \. (?: random | randomElement | shuffled ) \(
            | \b Date \(
            /#
            .wordBoundaryKind(.simple)
        return file.code.enumerated().flatMap { index, line in
            var rules: [String] = []
            if (pure + ["IPAMStore"]).contains(target), line.contains(waiting),
                !line.contains("import "), !file.isArgued(at: index)
            {
                rules.append("no actors, locks or async in the core, or argue it")
            }
            if pure.contains(target), line.contains(chance) {
                rules.append("no clock and no randomness in the core; take them as arguments")
            }
            return rules.map { Finding(path: file.path, line: index + 1, rule: $0) }
        }
    }

    /// `throws` names its error in every library target.
    static func untypedThrows(in file: SourceFile) -> [Finding] {
        guard file.isSwiftSource, let target = file.target, !executables.contains(target) else {
            return []
        }
        let untyped = /\bthrows\b(?!\s*\()/.wordBoundaryKind(.simple)
        return file.code.indices.filter { file.code[$0].contains(untyped) }.map {
            Finding(path: file.path, line: $0 + 1, rule: "`throws` without the error's type")
        }
    }

    /// `default:` hides the case that somebody adds later. A scanner cannot know whose enum it is,
    /// so a switch over `.cases` may have a `default:` when a comment argues it.
    static func defaultsOverCases(in file: SourceFile) -> [Finding] {
        guard file.isSwiftSource else { return [] }
        var findings: [Finding] = []
        for (index, line) in file.code.enumerated()
        where line.contains(/^\s*default:/) && !file.isArgued(at: index) {
            let indent = line.prefix { $0 == " " }
            let head = file.code[..<index].lastIndex { $0.hasPrefix(indent + "switch ") }
            let opening = head ?? file.code[..<index].lastIndex { $0.contains("switch ") } ?? index
            let cases = file.code[opening..<index].filter { $0.hasPrefix(indent + "case ") }
            if !cases.isEmpty, cases.allSatisfy({ $0.contains(/^\s*case (let )?\.\w/) }) {
                findings.append(
                    Finding(
                        path: file.path, line: index + 1,
                        rule: "`default:` over an enum; name the cases, or argue it"))
            }
        }
        return findings
    }

    /// Tests are Swift Testing, and their names are sentences that state a rule.
    static func testNames(in file: SourceFile) -> [Finding] {
        guard file.path.hasPrefix("Tests/"), file.path.hasSuffix(".swift") else { return [] }
        var isTest = false
        return file.code.enumerated().compactMap { index, line in
            if line.contains(/\bimport XCTest\b/) {
                return Finding(path: file.path, line: index + 1, rule: "tests use Swift Testing")
            }
            isTest = isTest || line.contains(/@Test\b/)
            guard isTest, let name = line.firstMatch(of: /\bfunc (.)/) else { return nil }
            isTest = false
            guard name.1 != "`" else { return nil }
            return Finding(
                path: file.path, line: index + 1, rule: "a test's name is a rule in backticks")
        }
    }
}
