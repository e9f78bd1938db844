internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc describe`: all there is to know about objects, with the reason of a phase.
struct DescribeCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .describe,
        abstract: "Show all there is to know about an object, and why it is not Allocated.",
        discussion: """
            Of a Prefix also its policy, what is used, free, reserved, excluded and held in it, \
            and its allocations.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp("KIND NAME ..., or KIND/NAME ...", valueName: "kind name"),
        completion: .objects)
    var words: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: "Every object of the kind with these labels, instead of names.",
        completion: .anySelector)
    var selector: String?

    /// An object with what else was asked about it.
    private struct Found {
        let item: Answer.Listed.Item
        let used: [Answer.UsedBlocks.Item]
        var usage: PrefixUsage?
    }

    func run() throws {
        let words = try ResourceWords(words)
        let selector = try Selector.option(
            selector, "--selector", hint: "leave it out and name objects")
        if selector == nil {
            _ = try words.keys(in: options.namespace)
        } else if words.groups.contains(where: { !$0.names.isEmpty }) {
            throw Failure.usage("give names or --selector, not both")
        }
        var client = try options.connect()
        var found: [Found] = []
        for group in words.groups {
            found += try asking { () throws(ClientError) in try objects(group, selector, &client) }
        }
        try write(found)
        guard found.isEmpty else { return }
        let nothing = NothingFound(
            kinds: words.groups.map(\.kind), selector: selector, namespace: options.namespace)
        try nothing.say(options, &client)
    }

    private func objects(
        _ group: ResourceWords.Group, _ selector: Selector?, _ client: inout Client
    ) throws(ClientError) -> [Found] {
        let query = Query.List(
            kind: group.kind, namespace: options.namespace, names: group.names,
            selector: selector)
        var usages: [ResourceKey: PrefixUsage] = [:]
        if group.kind == .prefix {
            let query = Query.Usage(namespace: options.namespace, names: group.names)
            for usage in try client.all(query).0 { usages[usage.key] = usage }
        }
        var found: [Found] = []
        for item in try client.all(query) {
            let used = try client.allUsed(in: item)
            found.append(Found(item: item, used: used, usage: usages[item.resource.key]))
        }
        return found
    }

    private func write(_ found: [Found]) throws {
        if let format = options.output.structured {
            let documents = found.map { ResourceDocument($0.item, used: $0.used.map(\.block)) }
            if documents.count == 1 {
                try options.write(documents[0], as: format)
            } else {
                try options.write(ResourceList(items: documents), as: format)
            }
        } else if options.output == .name {
            options.write(found.map { "\($0.item.resource.key)\n" }.joined())
        } else {
            let texts = found.map { found in
                Description(found.item, used: found.used, usage: found.usage, now: .now).text
            }
            options.write(texts.joined(separator: "\n"))
        }
    }
}
