internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc release`: ends allocations, all or none.
struct ReleaseCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "End allocations, all or none.")

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp(
            "Names, or prefixes: what has a / or a : is a prefix.", valueName: "name|prefix"))
    var targets: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: "Every allocation with these labels.")
    var selector: String?

    @Option(help: "Decides between the same prefix in overlapping roots.")
    var parent: String?

    @Flag(help: "What is not there is released already.")
    var ignoreNotFound = false

    func run() throws {
        let release = try command()
        var client = try options.connect()
        let reply = try asking(again: again) { () throws(ClientError) in
            try client.release(release)
        }
        try write(reply)
    }

    func command() throws(Failure) -> Command.Release {
        let hint = "name the allocations that shall end"
        let selector = try Selector.option(selector, "--selector", hint: hint)
        guard !targets.isEmpty || selector != nil else { throw .usage(hint) }
        var release = Command.Release(
            namespace: options.namespace, selector: selector, parent: parent,
            ignoresMissing: ignoreNotFound)
        for target in targets {
            if let (kind, name) = ResourceWords.slashed(target) {
                guard kind == .prefixAllocation else {
                    throw .usage("\(target) is a Prefix: end it with ipamc delete \(target)")
                }
                release.names.append(name)
            } else if target.contains("/") || target.contains(":") {
                release.blocks.append(try IPPrefix(argument: target))
            } else if target.isEmpty {
                throw .usage("a name is empty: \(hint)")
            } else {
                release.names.append(target)
            }
        }
        return release
    }

    /// Asked again, what is gone is what was wanted.
    private var again: [String] {
        Array(CommandLine.arguments.dropFirst()) + (ignoreNotFound ? [] : ["--ignore-not-found"])
    }

    private func write(_ reply: Answered<Answer.Released>) throws {
        let items = reply.value.items
        if let format = options.output.structured {
            let report = Report(
                items: items.map { .init(name: $0.name, prefix: $0.block?.description) },
                lsn: reply.lsn)
            try options.write(report, as: format)
        } else if options.output == .name {
            options.write(items.map { "prefixallocation/\($0.name)\n" }.joined())
        } else {
            let lines = items.map { item in
                let block = item.block.map { " \($0)" } ?? ""
                return "prefixallocation/\(item.name) released\(block)\n"
            }
            options.write(lines.joined())
        }
    }

    private struct Report: Encodable {
        let items: [Item]
        let lsn: UInt64

        struct Item: Encodable {
            let name: String
            let prefix: String?
        }
    }
}
