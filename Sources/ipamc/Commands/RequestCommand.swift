internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc request`: one allocation, now or not at all. Prints the prefix and nothing else.
struct RequestCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Ask for one allocation; prints its prefix.",
        discussion: """
            The name makes it safe to ask again: the same name and the same request have the \
            same answer. Without --name there is a random one.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: "The prefix length that is wanted, as in 26.")
    var length: UInt8?

    @Option(help: "The very prefix that is wanted, as in 10.0.0.0/26.")
    var prefix: String?

    @Option(help: "The labels of the parent, as in tier=public,zone in (a,b).")
    var selector: String?

    @Option(help: "The name of the parent.")
    var parent: String?

    @Flag(help: "Any Prefix of the family will do.")
    var anyParent = false

    @Option(help: "IPv4 or IPv6 (default: the parent's, else IPv4).")
    var family: FamilyArgument?

    @Option(help: "The name of the allocation.")
    var name: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("A label of the allocation; may be repeated.", valueName: "k=v"))
    var labels: [String] = []

    @Flag(help: "Say which prefix it would be, and change nothing.")
    var dryRun = false

    func run() throws {
        let name = name ?? AllocationName.random()
        let request = try command(name: name)
        var client = try options.connect()
        let reply = try asking(again: again(name)) { () throws(ClientError) in
            try client.request(request)
        }
        try write(reply)
    }

    /// What is asked for, or why the words make no sense together.
    func command(name: String) throws(Failure) -> Command.Request {
        guard (length == nil) != (prefix == nil) else {
            throw .usage("give --length or --prefix, one of the two")
        }
        let hint = "to take any parent, write --any-parent"
        let selector = try Selector.option(selector, "--selector", hint: hint)
        guard selector != nil || parent != nil || anyParent else {
            throw .usage("where from? Give --selector or --parent; \(hint)")
        }
        guard !anyParent || selector == nil && parent == nil else {
            throw .usage("--any-parent goes with neither --selector nor --parent")
        }
        guard parent != "" else { throw .usage("--parent is empty: \(hint)") }
        guard name != "" else { throw .usage("--name is empty: leave it out for a random one") }
        var block: IPPrefix?
        if let prefix { block = try IPPrefix(argument: prefix) }
        return Command.Request(
            namespace: options.namespace, name: name, family: family?.family, prefix: block,
            prefixLength: length, parent: parent, selector: selector, anyParent: anyParent,
            labels: try Self.labels(labels), isDryRun: dryRun)
    }

    private static func labels(_ words: [String]) throws(Failure) -> Labels {
        var labels: [String: String] = [:]
        for word in words {
            guard let sign = word.firstIndex(of: "="), sign != word.startIndex else {
                throw .usage("--label \(word.quotedForMessage) is not k=v, as in tier=public")
            }
            let key = String(word[..<sign])
            guard labels[key] == nil else { throw .usage("--label \(key) is given twice") }
            labels[key] = String(word[word.index(after: sign)...])
        }
        return Labels(labels)
    }

    /// The words of the command that asks for the same again, with the same name.
    private func again(_ name: String) -> [String] {
        Array(CommandLine.arguments.dropFirst()) + (self.name == nil ? ["--name", name] : [])
    }

    private func write(_ reply: Answered<Answer.Allocated>) throws {
        let resource = reply.value.resource
        if let format = options.output.structured {
            let report = Report(
                created: reply.value.isCreated, lsn: reply.lsn,
                prefixAllocation: ResourceDocument(Answer.Listed.Item(resource: resource)))
            try options.write(report, as: format)
        } else if options.output == .name {
            options.write("\(resource.key)\n")
        } else {
            guard let block = resource.placement?.block else {
                throw Failure(.ourMistake, "protocol", "the daemon's answer has no prefix")
            }
            options.write("\(block)\n")
        }
    }

    private struct Report: Encodable {
        let created: Bool
        let lsn: UInt64
        let prefixAllocation: ResourceDocument
    }
}

/// An IP family as an argument: `IPv4` or `IPv6`, in any case.
struct FamilyArgument: ExpressibleByArgument {
    let family: IPFamily

    init?(argument: String) {
        switch argument.lowercased() {
        case "ipv4": family = .ipv4
        case "ipv6": family = .ipv6
        default: return nil
        }
    }

    static var allValueStrings: [String] { IPFamily.allCases.map(\.description) }
}

/// Names for allocations whose user does not care.
enum AllocationName {
    /// `alloc-` and 128 random bits in base32 (RFC 4648 section 6, lower case, no padding).
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return name(UInt128(generator.next()) << 64 | UInt128(generator.next()))
    }

    /// The first digit stands for the highest five bits; the last has two bits of zeros below.
    static func name(_ number: UInt128) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        let digits = (0..<26).map { place -> Character in
            let shift = 123 - 5 * place
            let bits = shift >= 0 ? number >> UInt128(shift) : number << UInt128(-shift)
            return alphabet[Int(bits & 31)]
        }
        return "alloc-" + String(digits)
    }
}
