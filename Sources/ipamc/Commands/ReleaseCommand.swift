internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc release`: ends allocations, all or none.
struct ReleaseCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .release,
        abstract: "End allocations, all or none.",
        discussion: """
            Named by name, by prefix or by labels; agents end what they asked for. The space is \
            free at once, and goes to those who wait for it, the oldest first. A child Prefix \
            and its allocation end by ipamc delete.
            """)

    @OptionGroup var options: GlobalOptions

    @OptionGroup var words: ReleaseWords

    @Flag(help: "Say what would end, and change nothing.")
    var dryRun = false

    func run() throws {
        var release = try words.terms.command(namespace: options.namespace)
        release.isDryRun = dryRun
        var client = try options.connect()
        let reply = try asking(again: again) { () throws(ClientError) in
            try client.release(release)
        }
        try write(reply)
        guard reply.value.items.isEmpty, let selector = release.selector else { return }
        let nothing = NothingFound(
            kinds: [.prefixAllocation], selector: selector, namespace: options.namespace)
        try nothing.say(options, &client)
    }

    /// Asked again, what is gone is what was wanted.
    private var again: [String] {
        Array(CommandLine.arguments.dropFirst())
            + (words.ignoreNotFound ? [] : ["--ignore-not-found"])
    }

    private func write(_ reply: Answered<Answer.Released>) throws {
        let items = reply.value.items
        if let format = options.output.structured {
            let report = Report(
                items: items.map(ReleasedReport.init),
                lsn: reply.lsn)
            try options.write(report, as: format)
        } else if options.output == .name {
            options.write(items.map { "prefixallocation/\($0.name)\n" }.joined())
        } else {
            let end = dryRun ? " (dry run)\n" : "\n"
            options.write(items.map { $0.line + end }.joined())
        }
    }

    private struct Report: Encodable {
        let items: [ReleasedReport]
        let lsn: UInt64
    }
}

/// An allocation that has ended, for machines.
struct ReleasedReport: Encodable {
    let name: String
    let prefix: String?

    init(_ item: Answer.Released.Item) {
        name = item.name
        prefix = item.block?.description
    }
}

extension Answer.Released.Item {
    /// The same for people.
    var line: String {
        "prefixallocation/\(name) released" + (block.map { " \($0)" } ?? "")
    }
}
