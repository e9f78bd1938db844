internal import ArgumentParser
internal import Glibc
internal import IPAM
internal import IPAMClient

/// `ipamc import`: makes objects of what other programs know, or of an export.
struct ImportCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .import,
        abstract: "Make objects of an export, of CNI's host-local, or of NetBox.",
        discussion: """
            What is there already with the same prefix is left as it is, so an import can be \
            done again. What does not go with what there is, is a conflict: each is named, and \
            then nothing is imported, unless --skip-conflicts says to import the others.

            yaml, jsonl and csv are what ipamc export writes. host-local is the folder of one \
            network; each address becomes an allocation of the smallest Prefix that contains \
            it. netbox is NetBox's CSV export of prefixes; each becomes a Prefix, below the \
            smallest that contains it in the same VRF.

              ipamc export -A > everything.yaml
              sudo ipamc import everything.yaml --dry-run
              sudo ipamc import /var/lib/cni/networks/podman --dry-run
              sudo ipamc import netbox_prefixes.csv -n lab
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A file, a folder, or - for standard input.", completion: .file())
    var path: String

    @Option(
        help: ArgumentHelp(
            "What it is: yaml, jsonl, csv, netbox or host-local (default: what it looks like).",
            valueName: "form"))
    var from: ImportForm?

    @Option(
        help: ArgumentHelp(
            "The Prefix that the addresses of host-local, or the outermost prefixes of NetBox, "
                + "are taken from.", valueName: "name"),
        completion: .prefixes)
    var parent: String?

    @Flag(help: "Import what is in no conflict.")
    var skipConflicts = false

    @Flag(help: "Say what would be imported and what is in conflict, and change nothing.")
    var dryRun = false

    /// Documents of one command: far below what one message takes, and enough for speed.
    private static let documentsPerCommand = 1000

    func run() throws {
        let form = try from ?? ImportForm(path)
        // A file that cannot be read is told before anybody is asked.
        let file = try read(form)
        var client = try options.connect()
        let before = try existing(&client)
        let line = LiveLine("reading \(path.shownSafely)")
        defer { line.end() }
        let source = try self.source(form, file, before)
        line.end()
        let plan = ImportPlan(source, among: before)
        if !plan.conflicts.isEmpty, !skipConflicts {
            if dryRun { try write(plan, lsn: nil) }
            throw Failure(plan, records: source.records.count)
        }
        let lsn = try apply(plan.created, &client)
        let lost = dryRun ? [] : try notAllocated(plan.created, &client)
        try write(plan, lsn: lsn)
        for item in lost {
            let why = item.explanation.map { ": \($0.sentence)" } ?? ""
            StandardStreams.writeError(
                "ipamc: warning: \(item.resource.key) is \(item.resource.status.phase)\(why)\n")
        }
        for conflict in plan.conflicts {
            StandardStreams.writeError("ipamc: warning: conflict, left out: \(conflict)\n")
        }
    }

    /// The file; host-local has a folder of them.
    private func read(_ form: ImportForm) throws(Failure) -> ManifestFile? {
        guard form != .hostLocal else { return nil }
        do throws(ManifestFileFault) {
            return try ManifestFile.readOne(path)
        } catch {
            throw Failure(error)
        }
    }

    /// Everything there is: an export may have objects of any namespace.
    private func existing(_ client: inout Client) throws(Failure) -> [Resource] {
        try asking { () throws(ClientError) in
            try client.all(Query.List(kind: .prefix)).map(\.resource)
                + client.all(Query.List(kind: .prefixAllocation)).map(\.resource)
        }
    }

    private func source(
        _ form: ImportForm, _ file: ManifestFile?, _ existing: [Resource]
    ) throws -> ImportSource {
        let namespace = options.namespace
        guard let file else {
            let folder = HostLocalFolder(path)
            let index = ParentIndex(existing, namespace: namespace)
            return try folder.source(namespace: namespace) { block in
                parent ?? index.smallest(around: block)
            }
        }
        if form == .yaml { return try ImportSource(manifests: file, namespace: namespace) }
        if form == .jsonl { return try ImportSource(lines: file, namespace: namespace) }
        let table: CSVText
        do throws(CSVText.Fault) {
            table = try CSVText(file.text)
        } catch {
            throw Failure(.usage, "input", "\(file.name) line \(error.line): \(error.sentence)")
        }
        if form == .netbox || from == nil && !table.header.contains("kind") {
            return try NetBoxTable(table, namespace: namespace, parent: parent).source
        }
        return try ImportSource(table: table, namespace: namespace)
    }

    /// Applies the records, as many at a time as one command takes; the last LSN.
    private func apply(_ records: [ImportRecord], _ client: inout Client) throws -> UInt64? {
        var rest = records[...]
        var done = 0
        var lsn: UInt64?
        let progress = Progress("importing", of: records.count)
        defer { progress.end() }
        while !rest.isEmpty {
            let part = Array(rest.prefix(Self.documentsPerCommand))
            rest = rest.dropFirst(part.count)
            let command = Command.Apply(manifests: part.map(\.manifest), isDryRun: dryRun)
            do throws(ClientError) {
                lsn = try client.apply(command).lsn
            } catch {
                var failure = Failure(error)
                failure.hints.append(
                    "\(done) of \(records.count) objects are imported; the same import goes on "
                        + "from there")
                throw failure
            }
            done += part.count
            progress.show(done)
        }
        return lsn
    }

    /// What was to have a block and has none: somebody was faster.
    private func notAllocated(
        _ records: [ImportRecord], _ client: inout Client
    ) throws(Failure) -> [Answer.Listed.Item] {
        guard !records.isEmpty else { return [] }
        let keys = Set(records.filter { $0.block != nil }.map(\.manifest.key))
        return try asking { () throws(ClientError) in
            var items: [Answer.Listed.Item] = []
            for kind in ResourceKind.allCases {
                for namespace in Set(keys.map(\.namespace)).sorted() {
                    items += try client.all(Query.List(kind: kind, namespace: namespace))
                        .filter { $0.resource.placement == nil && keys.contains($0.resource.key) }
                }
            }
            return items
        }
    }

    private func write(_ plan: ImportPlan, lsn: UInt64?) throws {
        if let format = options.output.structured {
            return try options.write(ImportReport(plan, isDryRun: dryRun, lsn: lsn), as: format)
        }
        if options.output == .name || options.output == .wide {
            options.write(plan.created.map { "\($0.manifest.key)\n" }.joined())
            if options.output == .name { return }
        }
        let word = dryRun ? "to create" : "created"
        let end = dryRun ? " (dry run)\n" : "\n"
        options.write(
            "\(plan.created.count) \(word), \(plan.unchanged.count) unchanged, "
                + "\(plan.conflicts.count) in conflict\(end)")
    }
}

extension Failure {
    /// An import that was not done; each conflict is a line.
    fileprivate init(_ plan: ImportPlan, records: Int) {
        let count = plan.conflicts.count
        self.init(
            .refused, "conflict",
            "\(count) \(count == 1 ? "record does" : "records do") not go with what there is; "
                + "nothing was imported")
        details = plan.conflicts.map(\.description)
        hints = ["--skip-conflicts imports the others: \(plan.created.count) to create"]
    }
}

/// What an import has done, for machines.
struct ImportReport: Encodable {
    let conflicts: [Conflict]
    let created: [String]
    let dryRun: Bool
    let lsn: UInt64?
    let unchanged: [String]

    struct Conflict: Encodable {
        let object: String?
        let place: String
        let sentence: String
    }

    init(_ plan: ImportPlan, isDryRun: Bool, lsn: UInt64?) {
        conflicts = plan.conflicts.map { conflict in
            Conflict(
                object: conflict.key.map { "\($0)" }, place: conflict.place,
                sentence: conflict.sentence)
        }
        created = plan.created.map { "\($0.manifest.key)" }
        unchanged = plan.unchanged.map { "\($0.manifest.key)" }
        dryRun = isDryRun
        self.lsn = lsn
    }
}

/// The Allocated Prefixes of a namespace, by their blocks.
struct ParentIndex {
    private var names: [IPPrefix: String] = [:]

    init(_ resources: [Resource], namespace: String) {
        for resource in resources
        where resource.key.kind == .prefix && resource.key.namespace == namespace {
            guard let block = resource.placement?.block else { continue }
            names[block] = min(names[block] ?? resource.key.name, resource.key.name)
        }
    }

    /// The smallest that is larger than a block and contains it.
    func smallest(around block: IPPrefix) -> String? {
        for length in (0..<block.length).reversed() {
            let around = IPPrefix(containing: block.firstAddress, length: length)
            if let name = names[around] { return name }
        }
        return nil
    }
}
