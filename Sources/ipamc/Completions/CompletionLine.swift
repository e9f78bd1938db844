internal import ArgumentParser

/// A command line that is being typed, as a shell hands it over when somebody asks for more.
struct CompletionLine {
    /// The words as they will be once the shell has taken quotes away; the program is the first.
    let words: [String]
    /// Which word is completed.
    let index: Int
    /// What of it is there already.
    let typed: String

    init(_ words: [String], index: Int) {
        self.words = words.map(Self.unquoted)
        self.index = index
        typed = self.words.indices.contains(index) ? self.words[index] : ""
    }

    /// Options, of whatever command, whose value is the next word and may look like anything.
    private static let takingValue: Set = [
        "--socket", "-n", "--namespace", "-o", "--output", "--timeout", "-l", "--selector",
        "--sort-by", "--since", "-f", "--filename", "--wait", "--parent",
    ]

    /// The words before the one that is completed which are neither options nor their values:
    /// the subcommand is the first.
    var plainWords: [String] {
        var plain: [String] = []
        var isValue = true
        for word in words.prefix(index) {
            if !isValue, !word.hasPrefix("-") { plain.append(word) }
            isValue = !isValue && Self.takingValue.contains(word)
        }
        return plain
    }

    /// Socket and namespace of the line, or of the environment where it names none.
    ///
    /// The last one counts, as for the parser. What stands behind the cursor counts too.
    func options() throws -> GlobalOptions {
        var named: [String] = []
        if let socket = value(of: ["--socket"]) { named += ["--socket=" + Self.atHome(socket)] }
        if let namespace = value(of: ["-n", "--namespace"]) {
            named += ["--namespace=" + namespace]
        }
        return try GlobalOptions.parse(named)
    }

    private func value(of names: [String]) -> String? {
        var found: String?
        for (position, word) in words.enumerated() where position != index {
            if position > 0, position - 1 != index, names.contains(words[position - 1]) {
                found = word
            }
            for name in names where word.hasPrefix(name + "=") {
                found = String(word.dropFirst(name.count + 1))
            }
        }
        return found
    }

    /// The path with the home directory that a shell puts in for `~`.
    private static func atHome(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = GlobalOptions.environment("HOME") else {
            return path
        }
        return home + path.dropFirst()
    }

    /// A word without its quotes and backslashes. Variables are the shell's to know: what has
    /// some names nothing here.
    private static func unquoted(_ word: String) -> String {
        var result = ""
        var quote: Character?
        var isEscaped = false
        for character in word {
            if isEscaped {
                result.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { result.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
            } else {
                result.append(character)
            }
        }
        return result
    }
}
