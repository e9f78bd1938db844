internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc delete`: deletes objects, all or none, in whatever order they are named.
struct DeleteCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .delete,
        abstract: "Delete objects, all or none. A Prefix that still has allocations stays.",
        discussion: """
            Administrators delete whatever is not in use, agents what they asked for. Parents \
            and children can be named together, in any order. To delete a PrefixAllocation is to \
            release it.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp("KIND NAME ..., or KIND/NAME ...", valueName: "kind name"),
        completion: .objects)
    var words: [String] = []

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp("Delete what these manifests name.", valueName: "file"),
        completion: .file())
    var files: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: "Every object of the kind with these labels, instead of names.",
        completion: .anySelector)
    var selector: String?

    @Flag(help: "What is not there is deleted already.")
    var ignoreNotFound = false

    @Flag(help: "Say what would be deleted, and change nothing.")
    var dryRun = false

    func run() throws {
        let named = selector == nil ? try keys() : nil
        let again =
            Array(CommandLine.arguments.dropFirst())
            + (ignoreNotFound ? [] : ["--ignore-not-found"])
        var client = try options.connect()
        let keys = try named ?? selected(&client)
        guard !keys.isEmpty else { return try writeNothing(&client) }
        let command = Command.Delete(
            keys: keys, ignoresMissing: ignoreNotFound, isDryRun: dryRun)
        let reply = try asking(again: again) { () throws(ClientError) in
            try client.delete(command)
        }
        try write(reply.value.keys, lsn: reply.lsn)
    }

    /// What has the labels now; what Prefixes control ends with them.
    private func selected(_ client: inout Client) throws(Failure) -> [ResourceKey] {
        guard files.isEmpty else { throw .usage("--selector goes with a kind, not with files") }
        let words = try ResourceWords(words)
        guard words.groups.allSatisfy({ $0.names.isEmpty }) else {
            throw .usage("give names or --selector, not both")
        }
        let selector = try Selector.option(selector, "--selector", hint: "name the objects")
        var keys: [ResourceKey] = []
        for group in words.groups {
            let query = Query.List(
                kind: group.kind, namespace: options.namespace, selector: selector)
            let items = try asking { () throws(ClientError) in try client.all(query) }
            keys += items.map(\.resource).filter { $0.controller == nil }.map(\.key)
        }
        return keys
    }

    private func keys() throws(Failure) -> [ResourceKey] {
        guard files.isEmpty else {
            guard words.isEmpty else { throw .usage("name objects or files, not both") }
            let documents = try ApplyCommand.documents(files, options.namespace, for: .delete)
            // Their Prefixes end them.
            let own = documents.filter { $0.controller == nil }
            guard !own.isEmpty else { throw .usage("there is no document in these files") }
            return own.map(\.manifest.key)
        }
        return try ResourceWords(words).keys(in: options.namespace)
    }

    private func writeNothing(_ client: inout Client) throws {
        try write([], lsn: client.greeting.durableLSN)
        let nothing = NothingFound(
            kinds: try ResourceWords(words).groups.map(\.kind),
            selector: try Selector.option(selector, "--selector", hint: ""),
            namespace: options.namespace)
        try nothing.say(options, &client)
    }

    private func write(_ keys: [ResourceKey], lsn: UInt64) throws {
        if let format = options.output.structured {
            let items = keys.map { key in
                Report.Item(
                    kind: key.kind.description, name: key.name, namespace: key.namespace)
            }
            try options.write(Report(items: items, lsn: lsn), as: format)
        } else {
            let word = dryRun ? " deleted (dry run)" : " deleted"
            let end = options.output == .name ? "" : word
            options.write(keys.map { "\($0)\(end)\n" }.joined())
        }
    }

    private struct Report: Encodable {
        let items: [Item]
        let lsn: UInt64

        struct Item: Encodable {
            let kind: String
            let name: String
            let namespace: String
        }
    }
}
