internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc reconcile`: ends the quarantine of a restored state.
struct ReconcileCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .reconcile,
        abstract: "End the quarantine of a restored state.",
        discussion: """
            A restored state may be old: what was released since is in it, and what was \
            allocated since is not. So nothing new is handed out until somebody has compared. \
            Owners ask again as they did before; who is refused as quarantined asks for the \
            prefix that it holds (ipamc request --name N --prefix P). Then --live says which \
            allocations still live, and the others are released; or --accept takes the state as \
            it is.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "A file, or - for standard input, with the names of the allocations that live, a line "
                + "each: NAME, or NAMESPACE/NAME.", valueName: "file"),
        completion: .file())
    var live: String?

    @Flag(help: "Everything that is there lives.")
    var accept = false

    @Flag(help: "Say what would be released, and change nothing.")
    var dryRun = false

    func run() throws {
        guard accept != (live != nil) else {
            throw Failure.usage("say --live FILE or --accept, one of the two")
        }
        let names = try live.map(Self.names)
        var client = try options.connect()
        let status = try asking { () throws(ClientError) in try client.status() }
        guard status.value.mode == .quarantine else {
            // Elsewhere it would race with requests that the list does not know yet.
            throw Failure(
                .refused, "not_quarantined",
                "the daemon is not in quarantine, there is nothing to reconcile")
        }
        let released = try names.map { try release(besides: $0, &client) } ?? []
        let command = Command.Reconcile(isDryRun: dryRun)
        let reply = try asking { () throws(ClientError) in try client.reconcile(command) }
        try write(released, lsn: reply.lsn)
    }

    private func write(
        _ released: [(namespace: String, item: Answer.Released.Item)], lsn: UInt64
    ) throws {
        if let format = options.output.structured {
            let items = released.map { namespace, item in
                Report.Item(
                    name: item.name, namespace: namespace, prefix: item.block?.description)
            }
            return try options.write(
                Report(dryRun: dryRun, lsn: lsn, released: items), as: format)
        }
        if options.output == .name {
            return options.write(
                released.map { "prefixallocation/\($0.item.name)\n" }.joined())
        }
        let end = dryRun ? "would end (dry run)" : "has ended"
        options.write(
            "\(released.count.counted("allocation")) released; the quarantine \(end) at LSN "
                + "\(lsn)\n")
    }

    private struct Report: Encodable {
        let dryRun: Bool
        let lsn: UInt64
        let released: [Item]

        struct Item: Encodable {
            let name: String
            let namespace: String
            let prefix: String?
        }
    }

    /// The names in a file, each with its namespace.
    private static func names(_ file: String) throws(Failure) -> [(
        namespace: String?, name: String
    )] {
        let text: String
        do throws(ManifestFileFault) {
            text = try ManifestFile.readOne(file).text
        } catch {
            throw Failure(error)
        }
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let parts = words[0].filter { !$0.isWhitespace }.split(separator: "/", maxSplits: 1)
            switch parts.count {
            case 1: return (nil, String(parts[0]))
            case 2: return (String(parts[0]), String(parts[1]))
            default: return nil
            }
        }
    }

    /// Releases what is not among the living, in every namespace; returns what.
    private func release(
        besides names: [(namespace: String?, name: String)], _ client: inout Client
    ) throws -> [(namespace: String, item: Answer.Released.Item)] {
        var released: [(namespace: String, item: Answer.Released.Item)] = []
        let living = Set(names.map { "\($0.namespace ?? options.namespace)/\($0.name)" })
        let query = Query.List(kind: .prefixAllocation)
        let items = try asking { () throws(ClientError) in try client.all(query) }
        let dead = items.map(\.resource).filter { resource in
            resource.controller == nil
                && !living.contains("\(resource.key.namespace)/\(resource.key.name)")
        }
        for (namespace, resources) in Dictionary(grouping: dead, by: \.key.namespace)
            .sorted(by: { $0.key < $1.key })
        {
            var rest = resources.map(\.key.name)[...]
            while !rest.isEmpty {
                let release = Command.Release(
                    namespace: namespace, names: Array(rest.prefix(Limits.itemsPerCommandMax)),
                    ignoresMissing: true, isDryRun: dryRun)
                rest = rest.dropFirst(Limits.itemsPerCommandMax)
                let reply = try asking { () throws(ClientError) in try client.release(release) }
                released += reply.value.items.map { (namespace, $0) }
                // Told at once: a later part may be refused.
                guard options.output == .table || options.output == .wide else { continue }
                let end = dryRun ? " (dry run)\n" : "\n"
                options.write(reply.value.items.map { "\(namespace): \($0.line)\(end)" }.joined())
            }
        }
        return released
    }
}
