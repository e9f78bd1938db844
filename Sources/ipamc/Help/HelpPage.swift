internal import IPAM

/// What `ipamc help CODE` says about one code: what it means, why it comes, what to do.
struct HelpPage {
    let code: String
    let meaning: String
    /// Why it comes, and what follows from it.
    let text: String
    /// Commands that help, and what for.
    let commands: [(command: String, purpose: String)]
    let status: ExitStatus

    /// The page of a refusal; its exit status is the one that the refusal has.
    init(
        _ code: RefusalCode, _ meaning: String, _ text: String,
        _ commands: KeyValuePairs<String, String> = [:]
    ) {
        self.init(
            code.description, Failure(Refusal(code, "")).status, meaning, text, commands)
    }

    /// The page of a code of the command line itself.
    init(
        _ code: String, _ status: ExitStatus, _ meaning: String, _ text: String,
        _ commands: KeyValuePairs<String, String> = [:]
    ) {
        self.code = code
        self.meaning = meaning
        self.text = text
        self.commands = commands.map { ($0.key, $0.value) }
        self.status = status
    }

    /// All of them, in the order in which `ipamc help codes` lists them.
    static let all = ofTheRequest + ofNames + ofPlacement + ofTheDaemon + ofTheCommandLine

    /// The modes of a daemon, which `status --check` says like codes, and what is refused in them.
    private static let modes = [
        "quarantine": "quarantined", "damaged": "state_damaged", "read_only": "storage_failed",
    ]

    /// The text that a command line asks for with `help CODE` or `help codes`.
    static func asked(_ arguments: [String]) -> String? {
        guard arguments.count == 2, arguments[0] == "help" else { return nil }
        if arguments[1] == "codes" { return list }
        let word = arguments[1].replacing("-", with: "_").lowercased()
        let code = modes[word] ?? word
        return all.first { $0.code == code }?.whole
    }

    /// The page as it is printed.
    var whole: String {
        let width = (commands.map(\.command.count).max() ?? 0) + 3
        let lines = commands.map { command, purpose in
            let spaces = String(repeating: " ", count: width - command.count)
            return "  \(command)\(spaces)\(purpose)\n"
        }
        let end = lines.isEmpty ? "" : "\nWhat helps:\n\n" + lines.joined()
        return "\(code): \(meaning)\nExit status \(status.rawValue): \(status.meaning).\n\n"
            + Self.wrapped(text) + end
    }

    /// The text in lines of at most 78 characters.
    private static func wrapped(_ text: String) -> String {
        var lines: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if let last = lines.last, last.count + 1 + word.count <= 78 {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static var list: String {
        let width = (all.map(\.code.count).max() ?? 0) + 3
        return all.map { page in
            let spaces = String(repeating: " ", count: width - page.code.count)
            return "\(page.code)\(spaces)\(page.status.rawValue)   \(page.meaning)\n"
        }.joined()
    }
}

extension ExitStatus {
    fileprivate var meaning: String {
        switch self {
        case .refused: "refused, and nothing was changed"
        case .usage: "the words make no sense, and nobody was asked"
        case .unreachable: "there is no daemon, and nothing was changed"
        case .ourMistake: "a mistake of ours"
        case .outcomeUnknown: "whether it was done is unknown"
        case .nothingChanged: "certainly nothing was changed, try again"
        case .notPermitted: "not permitted, and nothing was changed"
        }
    }
}
