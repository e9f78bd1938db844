internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc explain`: why a request would, or would not, be served.
struct ExplainCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .explain,
        abstract: "Show why a request would, or would not, be served, parent by parent.",
        discussion: """
            Takes what request takes, and changes nothing. Exits with 0 whether or not the \
            request would be served.
            """)

    @OptionGroup var options: GlobalOptions

    @OptionGroup var words: RequestWords

    @Flag(help: "Leave out the line with the names of the columns.")
    var noHeaders = false

    // Taken so that the word request need only be replaced; neither says anything here.
    @Option(help: .hidden)
    var wait: TimeSpan?

    @Flag(help: .hidden)
    var dryRun = false

    func run() throws {
        let name = words.name ?? "explain"
        let request = try words.terms.command(namespace: options.namespace, name: name)
        var client = try options.connect()
        let (explained, lsn) = try asking { () throws(ClientError) in
            try client.all(Query.Explain(request: request))
        }
        let verdicts = Verdicts(explained)
        if let format = options.output.structured {
            try options.write(verdicts.report(lsn: lsn), as: format)
        } else if options.output == .name {
            let chosen = explained.candidates.filter(\.isChosen)
            options.write(chosen.map { "prefix/\($0.parent)\n" }.joined())
        } else {
            options.write(
                verdicts.text(
                    isColoured: options.isColoured, width: options.lineMax, hasHeader: !noHeaders))
        }
    }
}
