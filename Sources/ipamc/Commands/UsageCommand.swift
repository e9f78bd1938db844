internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc usage`: what is used and what is free.
struct UsageCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .usage,
        abstract: "Show what is used and what is free in Prefixes.",
        discussion: """
            USE is a bar of what is used (full), what is reserved, excluded or held (half) and \
            what is free (light). FREE is what a request by length can get, RESERVED only one \
            that names the very prefix. LARGEST is the largest free block, FRAG how far it is \
            from the largest that so many free addresses could form. On a terminal too narrow \
            for all of them some columns are left out.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp("Only these Prefixes.", valueName: "name"), completion: .prefixes)
    var names: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: "Only Prefixes with these labels.")
    var selector: String?

    @Flag(name: [.customShort("A"), .long], help: "Of all namespaces.")
    var allNamespaces = false

    @Option(
        help: ArgumentHelp(
            "Sort by a column: name, namespace, prefix, use, used, free, largest or frag, the "
                + "smallest first.", valueName: "column"))
    var sortBy: UsageColumn?

    @Flag(help: "Leave out the line with the names of the columns.")
    var noHeaders = false

    func run() throws {
        guard names.isEmpty || !allNamespaces else {
            throw Failure.usage("a name is of one namespace: leave -A out")
        }
        let hint = "leave it out to see everything"
        let selector = try Selector.option(selector, "--selector", hint: hint)
        let namespace = allNamespaces ? nil : options.namespace
        let query = Query.Usage(
            namespace: namespace,
            names: try names.map { name in try ResourceWords.prefixName(name) })
        var client = try options.connect()
        var (items, lsn) = try asking { () throws(ClientError) in
            try client.all(query, options)
        }
        if let selector {
            let query = Query.List(
                kind: .prefix, namespace: namespace, names: query.names, selector: selector)
            let found = try asking { () throws(ClientError) in try client.all(query, options) }
            let keys = Set(found.map(\.resource.key))
            items = items.filter { keys.contains($0.key) }
        }
        try write(sortBy?.sorted(items) ?? items, lsn)
        guard items.isEmpty else { return }
        let nothing = NothingFound(
            kinds: [.prefix], selector: selector, namespace: namespace, word: "no Prefix")
        try nothing.say(options, &client)
    }

    private func write(_ items: [PrefixUsage], _ lsn: UInt64) throws {
        if let format = options.output.structured {
            let report = Report(items: items.map(UsageReport.init), lsn: lsn)
            try options.write(report, as: format)
        } else if options.output == .name {
            options.write(items.map { "\($0.key)\n" }.joined())
        } else if !items.isEmpty {
            let table = UsageTable(
                hasNamespaces: allNamespaces, isWide: options.output == .wide,
                columns: TerminalWidth.ofStandardOutput, hasHeader: !noHeaders)
            options.write(table.text(items, isColoured: options.isColoured))
        }
    }

    private struct Report: Encodable {
        let items: [UsageReport]
        let lsn: UInt64
    }
}

extension ResourceWords {
    /// The name of a Prefix, as `NAME` or as `prefix/NAME`.
    static func prefixName(_ word: String) throws(Failure) -> String {
        guard let (kind, name) = slashed(word) else {
            guard !word.isEmpty else { throw .usage("a name is empty") }
            return word
        }
        guard kind == .prefix, !name.isEmpty else {
            throw .usage("\(word.quotedForMessage) is no Prefix")
        }
        return name
    }
}
