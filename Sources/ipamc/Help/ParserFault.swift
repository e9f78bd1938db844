internal import ArgumentParser
internal import Glibc

/// What the parser of the command line has to complain of, said as every other refusal is.
struct ParserFault {
    private let error: any Error
    private let arguments: [String]

    /// Nothing for what is no fault: help was asked for, a script for completions, the version.
    init?(_ error: any Error, _ arguments: [String]) {
        guard Ipamc.exitCode(for: error) == .validationFailure else { return nil }
        self.error = error
        self.arguments = arguments
    }

    var failure: Failure {
        let message = Ipamc.message(for: error)
        let (sentence, all) = Self.values(of: message)
        let values = sentence.hasSuffix("<output>'") ? all.filter(isForm) : all
        let (said, meant) = Self.suggestion(of: sentence)
        var failure = Failure.usage(Self.begun(said) + Self.list(values))
        let question = meant.map { "did you mean \($0)?" } ?? near(said, values)
        failure.hints = [question, values.isEmpty ? meaning : nil, help].compactMap(\.self)
        return failure
    }

    /// What the help says of the word that is missing, or that has a value which makes no sense.
    private var meaning: String? {
        let lines = Ipamc.fullMessage(for: error).split(separator: "\n")
        return lines.first { $0.hasPrefix("Help:  ") }.map { String($0.dropFirst(7)) }
    }

    /// How the answer is wanted, as far as the words that make no sense say it.
    var output: OutputFormat {
        for (word, next) in zip(arguments, arguments.dropFirst())
        where ["-o", "--output"].contains(word) {
            return OutputFormat(rawValue: next) ?? .table
        }
        let joined = arguments.first { $0.hasPrefix("--output=") }
        return joined.flatMap { OutputFormat(rawValue: String($0.dropFirst(9))) } ?? .table
    }

    /// The parser knows all forms, a command only some.
    private func isForm(_ word: String) -> Bool {
        let ours = command.flatMap(CommandName.named)
        return ours.map { $0.type.forms.contains { $0.rawValue == word } } ?? true
    }

    private var command: String? { arguments.first { Ipamc.commandNames.contains($0) } }

    private var help: String {
        "ipamc \(command.map { "\($0) " } ?? "")--help says what there is"
    }

    /// The parser lists the values that it knows in a sentence or in lines behind it.
    private static func values(of message: String) -> (sentence: String, values: [String]) {
        let parts = message.split(separator: ". Please provide one of", maxSplits: 1)
        guard parts.count == 2 else { return (message, []) }
        let rest = parts[1]
        let inLines = rest.matches(of: /\n *- ([^\n]+)/).map { String($0.output.1) }
        let inSentence = rest.matches(of: /'([^']+)'/).map { String($0.output.1) }
        return (String(parts[0]), inLines.isEmpty ? inSentence : inLines)
    }

    private static func list(_ values: [String]) -> String {
        // Only the beginning of such a value is known: label=KEY.
        let values = values.map { $0.hasSuffix("=") ? $0 + "KEY" : $0 }
        guard let last = values.last else { return "" }
        return "; there are \(values.dropLast().joined(separator: ", ")) and \(last)"
    }

    /// `Unknown option '--legnth'. Did you mean '--length'?` in two.
    private static func suggestion(of sentence: String) -> (sentence: String, meant: String?) {
        guard let match = sentence.firstMatch(of: /^(.*)\. Did you mean '([^']+)'\?$/) else {
            return (sentence, nil)
        }
        return (String(match.output.1), String(match.output.2))
    }

    /// Our sentences begin with a small letter, as they stand behind a colon.
    private static func begun(_ sentence: String) -> String {
        sentence.prefix(1).lowercased() + sentence.dropFirst()
    }

    /// What may have been meant where the parser has no guess: a value, an option that stands
    /// before the command, or a file that needs its option.
    private func near(_ sentence: String, _ values: [String]) -> String? {
        guard let word = sentence.firstMatch(of: /'([^']+)'/).map({ String($0.output.1) }) else {
            return nil
        }
        if !values.isEmpty {
            let near = Nearness.nearest(word, among: values)
            // All of them stand in the sentence already.
            return near.count < values.count ? Nearness.question(near) : nil
        }
        if sentence.hasPrefix("Unknown option") {
            return Nearness.question(word, among: GlobalOptions.takingValue + ["--help"])
        }
        let takesFiles = ["apply", "batch", "delete", "request"].contains(command ?? "")
        guard sentence.hasPrefix("Unexpected argument"), takesFiles, access(word, F_OK) == 0 else {
            return nil
        }
        return "did you mean -f \(Failure.shellWords([word]))?"
    }
}
