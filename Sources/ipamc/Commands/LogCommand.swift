internal import ArgumentParser
internal import IPAM

/// `ipamc log`: what the system's journal knows of prefixes, names and users.
struct LogCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .log,
        abstract: "Show who had a prefix, when, and from whom, as the journal knows it.",
        discussion: """
            Asks journalctl and not the daemon. Times are like 2h, yesterday, \
            "2026-11-20 10:00" (of this machine) or 2026-11-20T10:00:00Z. What is missing is \
            shown as a gap: entries that were dropped or left out and, where nothing is left \
            out by the question, changes without an entry. With -o json a line is one object, \
            {"type":"entry",...} or {"type":"gap",...}. ipamd-journal(7) has more questions.
            """)

    static let forms: [OutputFormat] = [.table, .wide, .json]

    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "About this address or prefix, and about every prefix that contains it.",
            valueName: "address|prefix"))
    var prefix: String?

    @Option(help: "About what has this name.", completion: .names)
    var name: String?

    @Option(
        help: ArgumentHelp(
            "What this user (a name or a uid) asked for, and what became of what is theirs.",
            valueName: "user"))
    var uid: String?

    @Option(help: ArgumentHelp("Since then; 2h is two hours ago.", valueName: "time"))
    var since: JournalTime?

    @Option(help: ArgumentHelp("Until then.", valueName: "time"))
    var until: JournalTime?

    @Option(help: ArgumentHelp("Only what came after this change.", valueName: "lsn"))
    var afterLsn: UInt64?

    @Flag(name: .shortAndLong, help: "Then show each new entry, until interrupted.")
    var follow = false

    @Option(help: "The unit of the daemon: what others write in its name is left out.")
    var unit = "ipamd.service"

    @Flag(
        help: "Also of daemons that no unit started; such entries may be anybody's invention.")
    var anyUnit = false

    @Flag(help: "Leave out the line with the names of the columns.")
    var noHeaders = false

    /// Rows that are aligned with each other before any is written.
    private static let rowsPerGroup = 1000

    func run() throws {
        guard !follow || until == nil else {
            throw Failure.usage("--follow has no end, and --until is one")
        }
        let query = JournalQuery(
            prefix: try prefix.map { (text) throws(Failure) in try WhoCommand.prefix(text) },
            name: name,
            uid: try uid.map { (user) throws(Failure) in try Accounts.number(ofUser: user) },
            namespace: options.isNamespaceNamed ? options.namespace : nil,
            unit: anyUnit ? nil : unit, since: since?.text, until: until?.text,
            isFollowing: follow)
        var report = JournalReport(
            query, options, afterLSN: afterLsn, hasHeader: !noHeaders)
        try Journalctl(arguments: query.arguments).run { output in
            switch output {
            case .line(let line): try report.add(line)
            case .overlong: try report.addOverlong()
            case .pause: if follow { options.write(report.take()) }
            }
            if report.waitingCount >= Self.rowsPerGroup { options.write(report.take()) }
        }
        options.write(report.take())
        sayEnd(report)
    }

    private func sayEnd(_ report: JournalReport) {
        // A gap is a line of JSON, and of nothing there is none.
        guard options.output != .json else { return }
        if report.entryCount == 0, !follow {
            let hint = anyUnit ? "" : "; for a daemon that no unit started: --any-unit"
            StandardStreams.writeError("There is nothing of it in the journal\(hint).\n")
        }
        if report.gapCount > 0 {
            let count = report.gapCount == 1 ? "a gap" : "\(report.gapCount) gaps"
            StandardStreams.writeError("ipamc: what is shown has \(count)\n")
        }
    }
}
