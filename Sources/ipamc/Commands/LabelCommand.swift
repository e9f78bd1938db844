internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc label`: sets and removes labels of objects, and leaves the others as they are.
struct LabelCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .label,
        abstract: "Set and remove labels of objects.",
        discussion: """
            k=v sets a label and k- removes it; the others stay:

              ipamc label prefix public-v4 zone=a old-
              ipamc label alloc -l app=web owner=team-1 --overwrite

            All objects, or none. It is for administrators, as apply is. A label that an object \
            has with another value stays, unless --overwrite is given.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp(
            "KIND NAME ..., or KIND/NAME ..., and then k=v to set and k- to remove.",
            valueName: "kind name k=v"),
        completion: .objectsAndLabels)
    var words: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: "Every object of the kind with these labels, instead of names.",
        completion: .anySelector)
    var selector: String?

    @Flag(help: "Also change labels that have another value.")
    var overwrite = false

    @Flag(help: "Say what would be done, and change nothing.")
    var dryRun = false

    var mentioned: Mentioned {
        var mentioned = Mentioned(words: words.filter { !LabelChange.isOne($0) })
        do throws(Failure) {
            mentioned.selector = try Selector.option(selector, "--selector", hint: "")
        } catch {
            mentioned.selector = nil
        }
        return mentioned
    }

    /// Others may change the same objects meanwhile; so often it is tried anew.
    private static let attemptsMax = 5

    func run() throws {
        let change = try LabelChange(words.filter(LabelChange.isOne), overwrites: overwrite)
        let objects = try ResourceWords(words.filter { !LabelChange.isOne($0) })
        let hint = "name the objects"
        let selector = try Selector.option(selector, "--selector", hint: hint)
        if selector == nil {
            _ = try objects.keys(in: options.namespace)
        } else if objects.groups.contains(where: { !$0.names.isEmpty }) {
            throw Failure.usage("give names or --selector, not both")
        }
        var client = try options.connect()
        var attempt = 1
        while true {
            let items = try found(objects, selector, &client)
            let manifests = try items.map { item in try change.manifest(for: item.resource) }
            guard !manifests.isEmpty else {
                let none = Answered(
                    lsn: client.greeting.durableLSN, value: Answer.Applied(items: []))
                try write(none)
                let nothing = NothingFound(
                    kinds: objects.groups.map(\.kind), selector: selector,
                    namespace: options.namespace)
                return try nothing.say(options, &client)
            }
            let command = Command.Apply(manifests: manifests, isDryRun: dryRun)
            do throws(ClientError) {
                return try write(try client.apply(command))
            } catch .refused(let refusal)
                where refusal.code == .versionConflict && attempt < Self.attemptsMax
            {
                attempt += 1
            } catch {
                throw Failure(error, again: Array(CommandLine.arguments.dropFirst()))
            }
        }
    }

    private func found(
        _ objects: ResourceWords, _ selector: Selector?, _ client: inout Client
    ) throws(Failure) -> [Answer.Listed.Item] {
        var items: [Answer.Listed.Item] = []
        for group in objects.groups {
            let query = Query.List(
                kind: group.kind, namespace: options.namespace, names: group.names,
                selector: selector)
            items += try asking { () throws(ClientError) in try client.all(query) }
        }
        // A selector finds what Prefixes control as well; that is not ours to change.
        return selector == nil ? items : items.filter { $0.resource.controller == nil }
    }

    private func write(_ reply: Answered<Answer.Applied>) throws(ClientError) {
        let end = dryRun ? " (dry run)\n" : "\n"
        do {
            if let format = options.output.structured {
                return try options.write(AppliedReport(reply), as: format)
            }
        } catch {
            throw .protocolFault("\(error)")
        }
        for item in reply.value.items {
            let word = item.outcome == .unchanged ? "unchanged" : "labeled"
            options.write(
                options.output == .name ? "\(item.key)\n" : "\(item.key) \(word)\(end)")
        }
    }
}

/// Labels to set and labels to remove.
struct LabelChange {
    private var set: [(key: String, value: String)] = []
    private var removed: [String] = []
    private let overwrites: Bool

    /// Whether a word is one: names of objects have no `=` and do not end with `-`.
    static func isOne(_ word: String) -> Bool { word.contains("=") || word.hasSuffix("-") }

    init(_ words: [String], overwrites: Bool) throws(Failure) {
        self.overwrites = overwrites
        guard !words.isEmpty else {
            throw .usage("say k=v to set a label, or k- to remove one")
        }
        var keys: Set<String> = []
        for word in words {
            let key: String
            if let sign = word.firstIndex(of: "=") {
                key = String(word[..<sign])
                set.append((key, String(word[word.index(after: sign)...])))
            } else {
                key = String(word.dropLast())
                removed.append(key)
            }
            guard !key.isEmpty else {
                throw .usage("\(word.quotedForMessage) is neither k=v nor k-")
            }
            guard keys.insert(key).inserted else {
                throw .usage("the label \(key) is given twice")
            }
        }
    }

    /// The object with the labels changed, on condition that nobody changes it meanwhile.
    func manifest(for resource: Resource) throws(Failure) -> Manifest {
        var manifest = Manifest(resource)
        manifest.labels = try labels(of: resource)
        manifest.resourceVersion = resource.version
        return manifest
    }

    func labels(of resource: Resource) throws(Failure) -> Labels {
        var labels: [String: String] = [:]
        for pair in resource.labels.pairs { labels[pair.key] = pair.value }
        for (key, value) in set {
            if let old = labels[key], old != value, !overwrites {
                throw Failure(
                    .refused, "label_exists",
                    "\(resource.key) has the label \(key)=\(old) already; --overwrite changes it")
            }
            labels[key] = value
        }
        for key in removed { labels[key] = nil }
        return Labels(labels)
    }
}

extension Manifest {
    /// What was asked for, as it was asked for: applied again it changes nothing.
    init(_ resource: Resource) {
        let spec = resource.spec
        self.init(
            key: resource.key, apiGroup: resource.apiGroup, ipFamily: spec.family.description,
            prefix: spec.prefix?.description, prefixLength: spec.prefixLength.map(Int64.init),
            parent: spec.parent, selector: spec.selector)
    }
}
