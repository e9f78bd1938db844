internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc tree`: the hierarchy of Prefixes and allocations.
struct TreeCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .tree,
        abstract: "Show which Prefix and which allocation lives in which Prefix.",
        discussion: """
            The bar of a Prefix shows what is used (full), what is reserved, excluded or held \
            (half), and what is free (light). Of more than 1000 allocations the first 10 of each \
            Prefix are shown; -o wide shows all of them.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The Prefix to begin at (default: every root).", completion: .prefixes)
    var name: String?

    @Flag(name: [.customShort("A"), .long], help: "Of all namespaces.")
    var allNamespaces = false

    func run() throws {
        guard name == nil || !allNamespaces else {
            throw Failure.usage("a name is of one namespace: leave -A out")
        }
        let root = name.map { ResourceWords.slashed($0)?.name ?? $0 }
        var client = try options.connect()
        let namespace = allNamespaces ? nil : options.namespace
        let (prefixes, allocations, usage) = try asking { () throws(ClientError) in
            // Asked by name first, for a name that is not there is a refusal.
            if let root {
                _ = try client.list(
                    Query.List(kind: .prefix, namespace: namespace, names: [root]))
            }
            let prefixes = try client.all(
                Query.List(kind: .prefix, namespace: namespace), options)
            let allocations = try client.all(
                Query.List(kind: .prefixAllocation, namespace: namespace), options)
            let usage = try client.all(Query.Usage(namespace: namespace), options).0
            return (prefixes, allocations, usage)
        }
        try write(prefixes, allocations, usage, root)
    }

    private func write(
        _ prefixes: [Answer.Listed.Item], _ allocations: [Answer.Listed.Item],
        _ usage: [PrefixUsage], _ root: String?
    ) throws {
        let prefixes = Dictionary(grouping: prefixes) { $0.resource.key.namespace }
        let allocations = Dictionary(grouping: allocations) { $0.resource.key.namespace }
        let namespaces = Set(prefixes.keys).union(allocations.keys).sorted()
        let trees = namespaces.map { namespace in
            Tree(
                namespace: namespace,
                tree: ResourceTree(
                    prefixes: prefixes[namespace] ?? [],
                    allocations: allocations[namespace] ?? [],
                    usage: usage.filter { $0.key.namespace == namespace }, from: root))
        }
        if let format = options.output.structured {
            try options.write(trees.map(Report.init), as: format)
        } else if options.output == .name {
            options.write(trees.flatMap(\.tree.keys).map { "\($0)\n" }.joined())
        } else if trees.isEmpty {
            let place =
                allNamespaces
                ? "any namespace" : "the namespace \(options.namespace.quotedForMessage)"
            StandardStreams.writeError("There is nothing in \(place).\n")
        } else {
            let texts = trees.map { tree in
                let head = allNamespaces ? "namespace \(tree.namespace)\n" : ""
                return head
                    + tree.tree.text(
                        isColoured: options.isColoured, showsAll: options.output == .wide)
            }
            options.write(texts.joined(separator: "\n"))
        }
    }

    private struct Tree {
        let namespace: String
        let tree: ResourceTree
    }

    private struct Report: Encodable {
        let namespace: String
        let roots: [ResourceTree.Branch]

        init(_ tree: Tree) {
            namespace = tree.namespace
            roots = tree.tree.branches
        }
    }
}
