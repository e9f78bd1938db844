internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc apply`: creates or updates what manifests say, all of it or nothing.
struct ApplyCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .apply,
        abstract: "Create or update what YAML or JSON manifests say: all of it, or nothing.",
        discussion: """
            For administrators. Manifests have the shape of IronCore's, of the kinds Prefix and \
            PrefixAllocation, many to a file. What is there already and is as the manifest says \
            stays unchanged, so they can be applied again.

            What finds no room is Pending and waits for it, across restarts of the daemon too. \
            With --wait ipamc waits until all are Allocated, and says which are not if the time \
            is over (exit status 75).
            """)

    @OptionGroup var options: GlobalOptions

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp(
            "A file, a directory of .yaml, .yml and .json files, or - for standard input.",
            valueName: "file"),
        completion: .file())
    var files: [String] = []

    @Flag(help: "Say what would be done, and change nothing.")
    var dryRun = false

    @Flag(help: "Say field by field what would change, and change nothing.")
    var diff = false

    @Option(
        help: ArgumentHelp(
            "How long to wait until all are Allocated, as in 30s.", valueName: "duration"))
    var wait: TimeSpan?

    func run() throws {
        guard !files.isEmpty else { throw Failure.usage("name the manifests with -f") }
        let dryRun = dryRun || diff
        guard wait == nil || !dryRun else {
            throw Failure.usage("a dry run makes nothing that --wait could wait for")
        }
        let documents = try Self.documents(files, options.namespace, for: .apply)
        let (applied, controlled) = Self.split(documents)
        for document in controlled {
            let owner = document.controller.map { "prefix/\($0)" } ?? "its Prefix"
            Self.warn("\(document.manifest.key) is passed over: \(owner) makes it")
        }
        guard !applied.isEmpty else { throw Failure.usage("there is no document to apply") }
        let command = Command.Apply(manifests: applied.map(\.manifest), isDryRun: dryRun)
        var client = try options.connect()
        let reply: Answered<Answer.Applied>
        let line = LiveLine("applying \(applied.count) documents", atMost: options.timeout)
        defer { line.end() }
        do throws(ClientError) {
            reply = try client.apply(command)
        } catch .refused(let refusal) {
            throw Failure(refusal, documents: applied)
        } catch {
            throw Failure(error, again: Array(CommandLine.arguments.dropFirst()))
        }
        line.end()
        guard !diff else { return try writeDifferences(applied.map(\.manifest), reply, &client) }
        try write(reply)
        guard let wait else { return }
        let allocation = AllocationWait(reply.value.items.map(\.key), wait, options)
        try allocation.run(client)
    }

    /// What is to be applied, and what only a Prefix can make.
    private static func split(
        _ documents: [ManifestDocument]
    ) -> (applied: [ManifestDocument], controlled: [ManifestDocument]) {
        (documents.filter { $0.controller == nil }, documents.filter { $0.controller != nil })
    }

    /// The documents of files, for `apply` and `delete`.
    static func documents(
        _ files: [String], _ namespace: String, for purpose: ManifestReader.Purpose
    ) throws(Failure) -> [ManifestDocument] {
        let read: [ManifestFile]
        do throws(ManifestFileFault) {
            read = try ManifestFile.read(files)
        } catch {
            throw Failure(error)
        }
        do throws(ManifestFaults) {
            return try ManifestReader.read(read, namespace: namespace, for: purpose)
        } catch {
            throw Failure(error)
        }
    }

    private func write(_ reply: Answered<Answer.Applied>) throws {
        for warning in reply.value.warnings { Self.warn(warning) }
        let items = reply.value.items
        if let format = options.output.structured {
            try options.write(AppliedReport(reply), as: format)
        } else if options.output == .name {
            options.write(items.map { "\($0.key)\n" }.joined())
        } else {
            let end = dryRun ? " (dry run)\n" : "\n"
            options.write(items.map { "\($0.key) \($0.outcome.word)\(end)" }.joined())
        }
    }

    private static func warn(_ sentence: String) {
        StandardStreams.writeError("ipamc: warning: \(sentence)\n")
    }
}

extension ApplyCommand {
    /// What each document would change: the daemon says whether it would, and the object as it
    /// is now says what.
    private func writeDifferences(
        _ manifests: [Manifest], _ reply: Answered<Answer.Applied>, _ client: inout Client
    ) throws {
        for warning in reply.value.warnings { Self.warn(warning) }
        let created = reply.value.items.filter { $0.outcome == .created }.map(\.key)
        let there = Set(reply.value.items.map(\.key)).subtracting(created)
        var objects: [ResourceKey: Resource] = [:]
        for (group, keys) in Dictionary(
            grouping: there.sorted(), by: { [$0.namespace, "\($0.kind)"] }
        )
        .sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let query = Query.List(
                kind: keys[0].kind, namespace: group[0], names: keys.map(\.name))
            let items = try asking { () throws(ClientError) in try client.all(query) }
            for item in items { objects[item.resource.key] = item.resource }
        }
        var differences: [(item: Answer.Applied.Item, difference: ManifestDifference)] = []
        for (manifest, item) in zip(manifests, reply.value.items) {
            differences.append((item, try ManifestDifference(manifest, objects[manifest.key])))
        }
        if let format = options.output.structured {
            try options.write(AppliedReport(reply, differences.map(\.difference)), as: format)
        } else {
            for (item, difference) in differences {
                options.write("\(item.key) \(item.outcome.word) (dry run)\n")
                options.write(difference.text(isColoured: options.isColoured))
            }
        }
    }
}

/// What became of documents, for machines.
struct AppliedReport: Encodable {
    let items: [Item]
    let lsn: UInt64

    struct Item: Encodable {
        let changes: [ManifestDifference.Change]?
        let kind: String
        let name: String
        let namespace: String
        let outcome: String
    }

    /// `differences` are those of the documents, in their order, if somebody asked for them.
    init(_ reply: Answered<Answer.Applied>, _ differences: [ManifestDifference]? = nil) {
        items = reply.value.items.enumerated().map { index, item in
            Item(
                changes: differences?[index].changes, kind: item.key.kind.description,
                name: item.key.name, namespace: item.key.namespace, outcome: item.outcome.word)
        }
        lsn = reply.lsn
    }
}

extension Answer.Applied.Outcome {
    /// As kubectl says it.
    fileprivate var word: String {
        switch self {
        case .created: "created"
        case .configured: "configured"
        case .unchanged: "unchanged"
        }
    }
}
