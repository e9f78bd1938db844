/// Rules about names, folders and prose: what a reader meets before the code.
enum TextRules {
    /// One word per idea. The table of vocabulary has more; these never have another meaning here.
    private static let wordsInstead = [
        "cidr": "prefix", "subnet": "prefix", "netmask": "prefix length", "supernet": "parent",
        "wal": "journal", "snapshot": "checkpoint", "packet": "frame", "handshake": "hello",
        "transaction": "batch", "corrupt": "damaged", "corrupted": "damaged",
        "corruption": "damage",
    ]

    static func vocabulary(in file: SourceFile) -> [Finding] {
        guard file.isSwiftSource else { return [] }
        return file.code.enumerated().flatMap { index, line -> [Finding] in
            // Most lines have none of them in any form, which is quicker to see.
            let lower = line.lowercased()
            guard wordsInstead.keys.contains(where: lower.contains) else { return [] }
            return line.matches(of: /[A-Za-z_]\w*/).flatMap { words(of: String($0.output)) }
                .compactMap { word in
                    wordsInstead[word].map {
                        Finding(
                            path: file.path, line: index + 1,
                            rule: "`\(word)` in a name: the word here is \"\($0)\"")
                    }
                }
        }
    }

    /// `openWALFile` is open, wal, file.
    static func words(of identifier: String) -> [String] {
        identifier.matches(of: /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/).map { $0.output.lowercased() }
    }

    /// A folder says what is in it; these names say nothing.
    static func emptyFolderNames(in file: SourceFile) -> [Finding] {
        let empty: Set = ["utils", "util", "common", "helpers", "extensions", "core", "misc"]
        return file.path.split(separator: "/").dropLast()
            .filter { empty.contains($0.lowercased()) }
            .map { Finding(path: file.path, line: 1, rule: "a folder named `\($0)`") }
    }

    /// The first listing of the project stays readable. Dotfiles are free; what the build makes is
    /// not the project's.
    static func strangers(atTopLevel names: [String]) -> [String] {
        let expected: Set = [
            "CONTRIBUTING.md", "LICENSE", "Makefile", "Package.resolved", "Package.swift",
            "README.md", "Sources", "Tests", "proto-spec", "systemd",
        ]
        return names.filter { !expected.contains($0) }
    }

    static func titles(in file: SourceFile) -> [Finding] {
        guard file.path.hasSuffix(".md") else { return [] }
        var isFenced = false
        var titles: [Int] = []
        for (index, line) in file.lines.enumerated() {
            if line.hasPrefix("```") { isFenced.toggle() }
            if !isFenced, line.hasPrefix("# ") { titles.append(index + 1) }
        }
        guard titles.count != 1 else { return [] }
        return [
            Finding(
                path: file.path, line: titles.last ?? 1,
                rule: "\(titles.count) top-level titles, there is one")
        ]
    }

    /// What works on one machine only, and what was left for later. Put together from pieces, so
    /// that this file passes its own rule.
    static func leftovers(in file: SourceFile) -> [Finding] {
        let places = ["/wo" + "rk/", "/tmp/" + "wt", "/opt/swift" + "-packages", "/ro" + "ot/"]
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        return file.lines.enumerated().flatMap { index, line in
            let found =
                places.filter { stands($0, in: line) }.map { "`\($0)` is a path of one machine" }
                + marks.filter { isWord($0, in: line) }.map { "`\($0)`: finish it, or say so" }
            return found.map { Finding(path: file.path, line: index + 1, rule: $0) }
        }
    }

    /// A path begins here, and does not go on from a word: not in `not/tmp/`.
    private static func stands(_ place: String, in line: String) -> Bool {
        line.ranges(of: place).contains { range in
            !line[..<range.lowerBound].hasSuffix(/[\w.)}-]/)
        }
    }

    private static func isWord(_ mark: String, in line: String) -> Bool {
        line.ranges(of: mark).contains { range in
            !line[..<range.lowerBound].hasSuffix(/\w/)
                && !line[range.upperBound...].starts(with: /\w/)
        }
    }
}

extension Substring {
    /// The last character matches.
    fileprivate func hasSuffix(_ form: Regex<Substring>) -> Bool {
        last.map { String($0).contains(form) } ?? false
    }
}
