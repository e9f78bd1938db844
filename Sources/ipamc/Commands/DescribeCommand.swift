internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc describe`: all there is to know about objects, with the reason of a phase.
struct DescribeCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show all there is to know about an object, and why it is not Allocated.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("KIND NAME ..., or KIND/NAME ...", valueName: "kind"))
    var words: [String] = []

    func run() throws {
        let words = try ResourceWords(words)
        _ = try words.keys(in: options.namespace)
        var client = try options.connect()
        var found: [(item: Answer.Listed.Item, used: [Answer.UsedBlocks.Item])] = []
        for group in words.groups {
            let query = Query.List(
                kind: group.kind, namespace: options.namespace, names: group.names)
            found += try asking { () throws(ClientError) in
                var found: [(item: Answer.Listed.Item, used: [Answer.UsedBlocks.Item])] = []
                for item in try client.all(query) {
                    found.append((item, try client.allUsed(in: item)))
                }
                return found
            }
        }
        try write(found)
    }

    private func write(
        _ found: [(item: Answer.Listed.Item, used: [Answer.UsedBlocks.Item])]
    ) throws {
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
            let texts = found.map { Description($0.item, used: $0.used, now: .now).text }
            options.write(texts.joined(separator: "\n"))
        }
    }
}
