internal import ArgumentParser
internal import IPAM

/// What the words of a command line say before any command takes them.
extension Ipamc {
    /// The names of all commands, and what the parser adds.
    static var commandNames: [String] { CommandName.allCases.map(\.rawValue) + ["help"] }

    /// A first word that is no command: the parser would only count it.
    static func unknownCommand(_ arguments: [String]) -> Failure? {
        if arguments.count == 2, arguments[0] == "help" { return unknownTopic(arguments[1]) }
        guard let word = arguments.first, !word.hasPrefix("-"), !commandNames.contains(word) else {
            return nil
        }
        var failure = Failure.usage("\(word.quotedForMessage) is no command of ipamc")
        let meant = Nearness.question(word, among: commandNames) ?? synonym(word)
        failure.hints = [meant ?? "ipamc --help lists the commands"]
        return failure
    }

    /// What `help` knows nothing about; commands are the parser's to explain.
    private static func unknownTopic(_ word: String) -> Failure? {
        guard !word.hasPrefix("-"), !commandNames.contains(word) else { return nil }
        var failure = Failure.usage("\(word.quotedForMessage) is neither a command nor a code")
        let topics = commandNames + HelpPage.all.map(\.code)
        let meant = Nearness.question(word, among: topics)
        failure.hints = [meant ?? "ipamc --help lists the commands, ipamc help codes the codes"]
        return failure
    }

    /// What other programs call it.
    private static func synonym(_ word: String) -> String? {
        let known = [
            "create": "apply", "edit": "apply", "add": "request", "allocate": "request",
            "alloc": "request", "assign": "request", "new": "request", "free": "release",
            "deallocate": "release", "remove": "release or delete", "rm": "release or delete",
            "del": "delete", "list": "get", "ls": "get", "show": "get or describe",
            "watch": "get --watch", "find": "who", "whois": "who", "info": "status or describe",
            "events": "log", "history": "log", "annotate": "apply", "diff": "apply --diff",
            "save": "backup", "dump": "export", "load": "import", "restore": "ipamd restore",
        ]
        return known[word].map { "did you mean \($0)?" }
    }
}
