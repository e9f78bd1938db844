internal import ArgumentParser
internal import Glibc
internal import IPAM
internal import IPAMClient

/// `ipamc access`: which agents may use a namespace.
struct AccessCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .access,
        abstract: "Show or set which agents may use a namespace.",
        discussion: """
            Without an option the namespaces are shown. A namespace that is limited to some users \
            and groups does not exist for other agents; administrators and observers are not \
            limited. What is set replaces what was set before.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp("The namespace.", valueName: "namespace"), completion: .namespaces)
    var target: String?

    @Option(
        name: .customLong("user"),
        help: ArgumentHelp("A user who may, by name or number; repeat it.", valueName: "user"),
        completion: .users)
    var users: [String] = []

    @Option(
        name: .customLong("group"),
        help: ArgumentHelp("A group that may, by name or number; repeat it.", valueName: "group"),
        completion: .groups)
    var groups: [String] = []

    @Flag(help: "Every agent may.")
    var everyone = false

    @Flag(help: "Say what would change, and change nothing.")
    var dryRun = false

    @Flag(help: "Leave out the line with the names of the columns.")
    var noHeaders = false

    func run() throws {
        let isLimit = !users.isEmpty || !groups.isEmpty
        guard isLimit || everyone else { return try show() }
        guard isLimit != everyone else {
            throw Failure.usage("say --everyone, or for which --user and --group")
        }
        guard let target else { throw Failure.usage("say which namespace") }
        let access =
            everyone
            ? nil
            : NamespaceAccess(
                users: try users.map(Accounts.number(ofUser:)),
                groups: try groups.map(Accounts.number(ofGroup:)))
        var client = try options.connect()
        let command = Command.Access(namespace: target, access: access, isDryRun: dryRun)
        let reply = try asking { () throws(ClientError) in try client.access(command) }
        if everyone, !reply.value.isChanged { try Self.require(target, &client) }
        let outcome = reply.value.isChanged ? "configured" : "unchanged"
        if let format = options.output.structured {
            let done = AccessReport(
                dryRun: dryRun, lsn: reply.lsn, namespace: target, outcome: outcome)
            try options.write(done, as: format)
        } else if options.output == .name {
            options.write("namespace/\(target)\n")
        } else {
            options.write("namespace/\(target) \(outcome)\(dryRun ? " (dry run)" : "")\n")
        }
    }

    /// Refuses a namespace that is not there: whoever lifts its limits meant another one.
    private static func require(_ name: String, _ client: inout Client) throws(Failure) {
        let items = try namespaces(&client)
        guard !items.contains(where: { $0.name == name }) else { return }
        throw unknown(name)
    }

    private static func unknown(_ name: String) -> Failure {
        let sentence = "there is no namespace \(name.quotedForMessage) that you may use"
        return Failure(Refusal(.unknownNamespace, sentence))
    }

    private static func namespaces(
        _ client: inout Client
    ) throws(Failure) -> [Answer.Namespaces.Item] {
        var query = Query.Namespaces()
        var items: [Answer.Namespaces.Item] = []
        repeat {
            let page = try asking { () throws(ClientError) in try client.namespaces(query) }.value
            items += page.items
            query.after = page.next
        } while query.after != nil
        return items
    }

    private func show() throws {
        var client = try options.connect()
        var items = try Self.namespaces(&client)
        if let target {
            items = items.filter { $0.name == target }
            guard !items.isEmpty else { throw Self.unknown(target) }
        }
        if items.isEmpty, options.output.structured == nil {
            return StandardStreams.writeError("There is no namespace that you may use yet.\n")
        }
        if let format = options.output.structured {
            try options.write(Report(items: items.map(NamespaceReport.init)), as: format)
        } else if options.output == .name {
            options.write(items.map { "namespace/\($0.name)\n" }.joined())
        } else {
            let table = table(items)
            options.write(
                table.text(isColoured: options.isColoured, width: options.lineMax))
        }
    }

    private func table(_ items: [Answer.Namespaces.Item]) -> Table {
        var table = Table(
            header: ["NAME", "PREFIXES", "ALLOCATIONS", "USERS", "GROUPS"],
            hasHeader: !noHeaders)
        for item in items {
            let users = item.access?.users.map(Accounts.nameOfUser).joined(separator: ",")
            let groups = item.access?.groups.map(Accounts.nameOfGroup).joined(separator: ",")
            let cells = [
                item.name, String(item.prefixCount), String(item.allocationCount),
                users.map { $0.isEmpty ? "<none>" : $0 } ?? "<every agent>",
                groups.map { $0.isEmpty ? "<none>" : $0 } ?? "<every agent>",
            ]
            table.add(cells.map { Table.Cell(text: $0) })
        }
        return table
    }

    private struct Report: Encodable {
        let items: [NamespaceReport]
    }
}

/// What became of a namespace, for machines.
private struct AccessReport: Encodable {
    let dryRun: Bool
    let lsn: UInt64
    let namespace: String
    let outcome: String
}

/// A namespace for machines.
struct NamespaceReport: Encodable {
    struct Access: Encodable {
        let groups: [UInt32]
        let users: [UInt32]
    }

    /// Absent: every agent.
    let access: Access?
    let allocations: UInt64
    let name: String
    let prefixes: UInt64

    init(_ item: Answer.Namespaces.Item) {
        access = item.access.map { Access(groups: $0.groups, users: $0.users) }
        allocations = item.allocationCount
        name = item.name
        prefixes = item.prefixCount
    }
}

/// Users and groups of this machine (getpwnam_r(3), getgrnam_r(3)).
enum Accounts {
    /// Room for one entry; a group with thousands of members needs as much.
    private static let entryBytes = 256 << 10

    /// The number of a user, who may be given by it.
    static func number(ofUser word: String) throws(Failure) -> UInt32 {
        if let number = UInt32(word) ?? user(word) { return number }
        throw .usage("there is no user \(word.quotedForMessage) on this machine")
    }

    /// The number of a group, which may be given by it.
    static func number(ofGroup word: String) throws(Failure) -> UInt32 {
        if let number = UInt32(word) ?? group(word) { return number }
        throw .usage("there is no group \(word.quotedForMessage) on this machine")
    }

    private static func user(_ name: String) -> UInt32? {
        entry {
            getpwnam_r(name, $0, $1, entryBytes, $2)
        } value: { (entry: passwd) in
            entry.pw_uid
        }
    }

    private static func group(_ name: String) -> UInt32? {
        entry {
            getgrnam_r(name, $0, $1, entryBytes, $2)
        } value: { (entry: group_entry) in
            entry.gr_gid
        }
    }

    /// The name, or the number of who has none.
    static func nameOfUser(_ uid: UInt32) -> String {
        entry {
            getpwuid_r(uid, $0, $1, entryBytes, $2)
        } value: { (entry: passwd) in
            String(cString: entry.pw_name)
        } ?? String(uid)
    }

    /// The name, or the number of one that has none.
    static func nameOfGroup(_ gid: UInt32) -> String {
        entry {
            getgrgid_r(gid, $0, $1, entryBytes, $2)
        } value: { (entry: group_entry) in
            String(cString: entry.gr_name)
        } ?? String(gid)
    }

    /// What of an entry is wanted, read while its texts are there.
    private static func entry<Entry, Value>(
        _ look: (
            UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>,
            UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
        ) -> Int32, value: (Entry) -> Value
    ) -> Value? {
        withUnsafeTemporaryAllocation(of: Entry.self, capacity: 1) { entry in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: entryBytes) { buffer in
                var result: UnsafeMutablePointer<Entry>?
                guard look(entry.baseAddress!, buffer.baseAddress!, &result) == 0 else {
                    return nil
                }
                return result.map { value($0.pointee) }
            }
        }
    }
}

/// `struct group` of grp.h, under a name that no method of ours hides.
private typealias group_entry = Glibc.group
