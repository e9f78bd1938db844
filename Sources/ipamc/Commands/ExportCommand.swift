internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc export`: objects as they can be imported elsewhere, each with the block that it holds.
struct ExportCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .export,
        abstract: "Write objects so that ipamc import makes the same ones elsewhere.",
        discussion: """
            Each object says which prefix it holds, so that it gets that again; what only one \
            daemon knows (uid, version, status) is left out. csv has a row for each, with its \
            kind, namespace, name, prefix, parent, labels, owner and family (and the length that \
            it asks for, if it has no prefix), and leaves out policies, annotations and \
            selectors. Who owns an object cannot be imported: it is whoever imports it. To copy a \
            whole daemon, there is ipamc backup.
            """)

    static let forms: [OutputFormat] = [.table, .wide]
    static let formAdvice: String? = "write --form yaml, --form jsonl or --form csv"

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("yaml, jsonl (an object a line) or csv.", valueName: "form"))
    var form = ExportForm.yaml

    @Option(
        name: [.customShort("l"), .customLong("selector")], help: "Only what has these labels.",
        completion: .anySelector)
    var selector: String?

    @Flag(name: [.customShort("A"), .long], help: "Of all namespaces.")
    var allNamespaces = false

    func run() throws {
        let hint = "leave it out to export everything"
        let selector = try Selector.option(selector, "--selector", hint: hint)
        var client = try options.connect()
        var resources: [Resource] = []
        for kind in ResourceKind.allCases {
            let query = Query.List(
                kind: kind, namespace: allNamespaces ? nil : options.namespace,
                selector: selector)
            let items = try asking { () throws(ClientError) in try client.all(query, options) }
            resources += items.map(\.resource).filter { $0.controller == nil }
        }
        try write(resources)
        guard resources.isEmpty else { return }
        let nothing = NothingFound(
            kinds: ResourceKind.allCases, selector: selector,
            namespace: allNamespaces ? nil : options.namespace)
        try nothing.say(options, &client)
    }

    /// Bytes of one write.
    private static let pieceBytes = 64 << 10

    private func write(_ resources: [Resource]) throws {
        var text = form == .csv ? CSVText.line(ExportDocument.columns) : ""
        // On a terminal the objects themselves say how far it is.
        let isShown = Terminal.outputWidth == nil
        let progress = Progress("writing", of: resources.count, unit: " objects")
        defer { progress.end() }
        for (index, resource) in resources.enumerated() {
            if isShown { progress.show(index) }
            switch form {
            case .yaml: text += "---\n" + (try StructuredText.yaml(ExportDocument(resource)))
            case .jsonl: text += try StructuredText.jsonLine(ExportDocument(resource))
            case .csv: text += CSVText.line(ExportDocument.cells(resource))
            }
            if text.utf8.count > Self.pieceBytes {
                options.write(text)
                text = ""
            }
        }
        options.write(text)
    }
}

/// How an export is written.
enum ExportForm: String, ExpressibleByArgument, CaseIterable {
    case yaml
    case jsonl
    case csv
}

/// An object as another daemon can have it: what was asked for, with what was found.
struct ExportDocument: Encodable {
    let apiVersion: String
    let kind: String
    let metadata: Metadata
    let spec: ResourceDocument.Specification

    struct Metadata: Encodable {
        let annotations: [String: String]?
        let labels: [String: String]?
        let name: String
        let namespace: String
    }

    init(_ resource: Resource) {
        let whole = ResourceDocument(Answer.Listed.Item(resource: resource))
        let asked = whole.spec
        let block = resource.placement?.block.description
        apiVersion = whole.apiVersion
        kind = whole.kind
        metadata = Metadata(
            annotations: whole.metadata.annotations, labels: whole.metadata.labels,
            name: whole.metadata.name, namespace: whole.metadata.namespace)
        spec = ResourceDocument.Specification(
            ipFamily: asked.ipFamily, parentRef: asked.parentRef,
            parentSelector: asked.parentSelector, parentStrategy: asked.parentStrategy,
            policy: asked.policy, prefix: block ?? asked.prefix,
            prefixLength: block == nil ? asked.prefixLength : nil, prefixRef: asked.prefixRef,
            prefixSelector: asked.prefixSelector)
    }

    static let columns = [
        "kind", "namespace", "name", "prefix", "parent", "labels", "owner", "family", "length",
    ]

    static func cells(_ resource: Resource) -> [String] {
        let block = resource.placement?.block ?? resource.spec.prefix
        return [
            resource.key.kind.description, resource.key.namespace, resource.key.name,
            block?.description ?? "", resource.parent ?? "", resource.labels.description,
            String(resource.owner), resource.spec.family.description,
            // What has no prefix yet asks for one of this length.
            block == nil ? String(resource.spec.length) : "",
        ]
    }
}
