internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc get`: lists Prefixes or allocations.
struct GetCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .get,
        abstract: "List prefixes or prefixallocations.",
        discussion: """
            With --watch what there is, and then each change: as a row; with -o json as a line \
            {"type":"put","lsn":N,"object":{...}} or {"type":"removed","lsn":N,"key":{...}} \
            (without status.used). When it is ended, standard error says from where --since \
            goes on.
            """)

    @OptionGroup var options: GlobalOptions

    @OptionGroup var list: ListOptions

    @Argument(
        help: ArgumentHelp(
            "prefixes (pfx) or prefixallocations (alloc), and names if only some are wanted; "
                + "or prefix/NAME.", valueName: "kind [name]"),
        completion: .objects)
    var words: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("selector")], help: "Only what has these labels.",
        completion: .anySelector)
    var selector: String?

    @Flag(name: [.customShort("A"), .long], help: "Of all namespaces.")
    var allNamespaces = false

    @Flag(name: .shortAndLong, help: "Then show each change, until interrupted.")
    var watch = false

    @Option(
        help: ArgumentHelp(
            "Only the changes after this position, which the watch before printed: "
                + "LSN@INCARNATION.", valueName: "position"))
    var since: WatchPosition?

    func run() throws {
        let words = try ResourceWords(words)
        let hint = "leave it out to see everything"
        let selector = try Selector.option(selector, "--selector", hint: hint)
        guard !watch else { return try follow(words, selector) }
        guard since == nil else { throw Failure.usage("--since goes with --watch") }
        var client = try options.connect()
        var found: [(kind: ResourceKind, items: [Answer.Listed.Item])] = []
        for group in words.groups {
            let query = Query.List(
                kind: group.kind, namespace: allNamespaces ? nil : options.namespace,
                names: group.names, selector: selector)
            let items = try asking { () throws(ClientError) in try client.all(query, options) }
            found.append((group.kind, list.sortBy?.sorted(items) ?? items))
        }
        let isOne = words.groups.count == 1 && words.groups[0].names.count == 1
        try write(found, isOne: isOne, &client)
    }

    /// Writes what there is, and then each change, for ever.
    private func follow(_ words: ResourceWords, _ selector: Selector?) throws {
        guard words.groups.count == 1 else { throw Failure.usage("--watch takes one kind") }
        guard list.sortBy == nil else {
            throw Failure.usage("--watch shows changes as they come, and cannot sort them")
        }
        let group = words.groups[0]
        guard options.output != .yaml else {
            throw Failure.usage("--watch writes a table, lines of JSON, or names: -o json")
        }
        let query = Query.List(
            kind: group.kind, namespace: allNamespaces ? nil : options.namespace,
            names: group.names, selector: selector)
        var writer = WatchWriter(
            options.output, kind: group.kind, hasNamespaces: allNamespaces,
            isColoured: options.isColoured, hasHeader: !list.noHeaders,
            lineMax: options.lineMax)
        var watch = ResourceWatch(query, since: since, options: options)
        let end = WatchEnd()
        end.position = since
        let client = try options.connect()
        end.takeSignals()
        var fault: (any Error)?
        do throws(Failure) {
            try watch.follow(client) { changes, position in
                do {
                    options.write(try writer.text(changes, lsn: position.lsn, now: .now))
                } catch {
                    fault = error
                    return false
                }
                end.position = position
                return true
            }
        } catch {
            end.sayPosition()
            throw error
        }
        if let fault { throw fault }
    }

    /// `isOne` says that one object was asked for by name; it is printed alone.
    private func write(
        _ found: [(kind: ResourceKind, items: [Answer.Listed.Item])], isOne: Bool,
        _ client: inout Client
    ) throws {
        let items = found.flatMap(\.items)
        if let format = options.output.structured {
            let documents = try asking { () throws(ClientError) in try client.documents(items) }
            if isOne, documents.count == 1 {
                try options.write(documents[0], as: format)
            } else {
                try options.write(ResourceList(items: documents), as: format)
            }
        } else if items.isEmpty {
            let nothing = NothingFound(
                kinds: found.map(\.kind),
                selector: try Selector.option(selector, "--selector", hint: ""),
                namespace: allNamespaces ? nil : options.namespace)
            try nothing.say(options, &client)
        } else if options.output == .name {
            options.write(items.map { "\($0.resource.key)\n" }.joined())
        } else {
            let tables = found.filter { !$0.items.isEmpty }.map { kind, items in
                ResourceTable(
                    kind: kind, hasNamespaces: allNamespaces, isWide: options.output == .wide,
                    now: .now, hasHeader: !list.noHeaders
                ).text(items, isColoured: options.isColoured, width: options.lineMax)
            }
            options.write(tables.joined(separator: "\n"))
        }
    }
}
