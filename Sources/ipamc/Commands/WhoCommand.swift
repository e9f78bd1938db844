internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc who`: who has an address, in every namespace.
struct WhoCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .who,
        abstract: "Show who has an address or a prefix, in every namespace.",
        discussion: "Exits with 1 if nobody has it.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("As in 10.0.0.7 or 10.0.0.0/26.", valueName: "address|prefix"))
    var target: String

    func run() throws {
        let prefix = try Self.prefix(target)
        var client = try options.connect()
        let (resources, lsn) = try asking { () throws(ClientError) in
            try client.all(Query.Who(prefix: prefix))
        }
        guard !resources.isEmpty else {
            throw Failure(.refused, RefusalCode.notFound.description, "nobody has \(target)")
        }
        try write(Ownership(resources), lsn)
    }

    /// An address is the prefix that holds it alone.
    static func prefix(_ text: String) throws(Failure) -> IPPrefix {
        guard !text.utf8.contains(UInt8(ascii: "/")) else { return try IPPrefix(argument: text) }
        do throws(IPAddressError) {
            let address = try IPAddress(text)
            return IPPrefix(containing: address, length: address.family.addressBits)
        } catch {
            throw Failure(Refusal(.invalidPrefix, error.description))
        }
    }

    private func write(_ found: Ownership, _ lsn: UInt64) throws {
        if let format = options.output.structured {
            let chains = found.chains.map { chain in
                Report.Chain(
                    items: chain.map { ResourceDocument(Answer.Listed.Item(resource: $0)) },
                    namespace: chain[0].key.namespace)
            }
            try options.write(Report(chains: chains, lsn: lsn), as: format)
        } else if options.output == .name {
            options.write(found.holders.map { "\($0.key)\n" }.joined())
        } else {
            options.write(found.text(now: .now))
        }
    }

    private struct Report: Encodable {
        let chains: [Chain]
        let lsn: UInt64

        struct Chain: Encodable {
            let items: [ResourceDocument]
            let namespace: String
        }
    }
}
