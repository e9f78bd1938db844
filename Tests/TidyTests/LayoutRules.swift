/// Sizes that keep a file readable on one screen and in one head. `swift format` breaks lines, but
/// leaves alone what it cannot break (long literals and comments); those are found here.
enum LayoutRules {
    static let columnsMax = 100
    static let fileLinesMax = 400
    static let functionLinesMax = 70
    /// What is code without saying so in its name.
    private static let scripts: Set = [
        "Makefile", "systemd/try", "systemd/install", "systemd/debian/build",
        "systemd/debian/postinst", "systemd/debian/prerm", "systemd/debian/postrm",
        "systemd/ipamd.service", "systemd/ipamd.socket",
    ]

    /// Long lines, in the languages that people read here as code.
    static func longLines(in file: SourceFile) -> [Finding] {
        guard isCode(file.path) else { return [] }
        return file.lines.indices.filter { file.lines[$0].count > columnsMax }.map {
            Finding(path: file.path, line: $0 + 1, rule: "more than \(columnsMax) columns")
        }
    }

    static func longFile(in file: SourceFile) -> [Finding] {
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        guard isCode(file.path), count > fileLinesMax else { return [] }
        return [
            Finding(
                path: file.path, line: count,
                rule: "more than \(fileLinesMax) lines; split it by concern")
        ]
    }

    /// Functions, initialisers and subscripts, counted from their first line to their last brace.
    /// There is no old code to tolerate, so the bound is plain, without a ratchet.
    static func longFunctions(in file: SourceFile) -> [Finding] {
        let heads = /(^|[^.\w])(func|init|subscript|deinit)\b/.wordBoundaryKind(.simple)
        return file.code.indices.compactMap { index in
            guard let head = file.code[index].firstMatch(of: heads),
                let end = lastLine(ofBodyAfter: head.range.upperBound, at: index, in: file.code),
                end - index + 1 > functionLinesMax
            else { return nil }
            return Finding(
                path: file.path, line: index + 1,
                rule: "\(end - index + 1) lines in a function, at most \(functionLinesMax)")
        }
    }

    /// The line of the brace that closes the body; nothing for a requirement of a protocol, which
    /// has none: there the next declaration, or the end of the protocol, comes first.
    private static func lastLine(
        ofBodyAfter start: String.Index, at first: Int, in code: [String]
    ) -> Int? {
        let declaration =
            /^\s*(@|(\w+ )*(func|init|var|let|case|subscript|struct|enum|class|protocol)\b)/
        var parentheses = 0
        var braces = 0
        for index in first..<code.count {
            let line = index == first ? code[index][start...] : code[index][...]
            if index > first, braces == 0, parentheses == 0, line.contains(declaration) {
                return nil
            }
            for character in line {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{" where parentheses == 0 || braces > 0: braces += 1
                case "}" where braces == 0 && parentheses == 0: return nil
                case "}" where braces > 0:
                    braces -= 1
                    if braces == 0 { return index }
                default: break
                }
            }
        }
        return nil
    }

    private static func isCode(_ path: String) -> Bool {
        [".swift", ".c", ".h", ".py", ".sh"].contains { path.hasSuffix($0) }
            || scripts.contains(path)
    }
}
