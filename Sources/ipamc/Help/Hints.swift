internal import IPAM
internal import IPAMClient

/// What may have been meant by words that name nothing: asked of the daemon once a command has
/// been refused, and only then.
///
/// A hint is a courtesy. Whatever goes wrong here, the refusal stays what it was.
struct Hints {
    private let options: GlobalOptions
    private let mentioned: Mentioned

    private var namespace: String { mentioned.namespace ?? options.namespace }

    init(_ mentioned: Mentioned, _ options: GlobalOptions) {
        self.mentioned = mentioned
        self.options = options
    }

    /// The failure with the hints that there are.
    func completing(_ failure: Failure) -> Failure {
        var completed = failure
        completed.hints += aboutLength(failure)
        let ask: ((inout Client) throws(ClientError) -> [String])? =
            switch RefusalCode.allCases.first(where: { $0.description == failure.code }) {
            case .notFound: aboutNames
            case .parentNotFound: aboutParent
            case .unknownNamespace: aboutNamespace
            case .noSuitableParent: aboutSelector
            // Whatever else is refused says what would work by itself.
            default: nil
            }
        guard let ask, failure.status == .refused else { return completed }
        do {
            var client = try options.connect()
            completed.hints += try ask(&client)
        } catch {
            return failure
        }
        return completed
    }

    /// A length that only IPv6 has, where nobody said a family.
    private func aboutLength(_ failure: Failure) -> [String] {
        guard failure.code == RefusalCode.invalid.description, mentioned.family == nil,
            mentioned.parent == nil, let length = mentioned.length,
            length > IPFamily.ipv4.addressBits,
            length <= IPFamily.ipv6.addressBits
        else { return [] }
        return ["a /\(length) is one of IPv6: add --family IPv6"]
    }

    /// Names near those that are not there, and who holds what a prefix lies in.
    private func aboutNames(_ client: inout Client) throws(ClientError) -> [String] {
        var lines: [String] = []
        for group in mentioned.groups {
            for name in group.names.prefix(Limits.namesShownMax) {
                let found = try self.resources(group.kind, near: name, &client)
                guard !found.contains(where: { $0.key.name == name }) else { continue }
                // What a Prefix controls is nobody's to name.
                let names = found.filter { $0.controller == nil }.map(\.key.name)
                if let question = Nearness.question(name, among: names) { lines.append(question) }
                let other: ResourceKind = group.kind == .prefix ? .prefixAllocation : .prefix
                let others = try self.resources(other, near: name, &client)
                if others.contains(where: { $0.key.name == name }) {
                    lines.append("there is a \(other) of that name: \(other.word)/\(name)")
                }
            }
        }
        for block in mentioned.blocks.prefix(Limits.namesShownMax) {
            let holders = try client.who(Query.Who(prefix: block)).value.resources
            let last = holders.last { $0.controller == nil && $0.key.kind == .prefixAllocation }
            guard let last, let held = last.placement?.block else { continue }
            lines.append("\(block) lies in \(held), which \(last.key) holds")
        }
        if let selector = mentioned.selector, let kind = mentioned.groups.first?.kind {
            lines += try Self.labels(kind, namespace, selector, &client)
        }
        return lines
    }

    /// Which labels the objects of a kind have, if a selector matches none of the first thousand.
    static func labels(
        _ kind: ResourceKind, _ namespace: String?, _ selector: Selector, _ client: inout Client
    ) throws(ClientError) -> [String] {
        let items = try client.list(Query.List(kind: kind, namespace: namespace)).value.items
        guard !items.isEmpty, !items.contains(where: { selector.matches($0.resource.labels) })
        else { return [] }
        let things = kind == .prefix ? "Prefixes" : "allocations"
        return LabelHints(selector, among: items.map(\.resource.labels)).lines(things)
    }

    private func aboutParent(_ client: inout Client) throws(ClientError) -> [String] {
        guard let parent = mentioned.parent else { return [] }
        let names = try resources(.prefix, near: parent, &client).map(\.key.name)
        if let question = Nearness.question(parent, among: names) { return [question] }
        guard !names.isEmpty else {
            return ["there is no Prefix in the namespace \(namespace.quotedForMessage)"]
        }
        let shown = names.prefix(Limits.namesShownMax).joined(separator: ", ")
        return ["Prefixes here: \(shown)\(names.count > Limits.namesShownMax ? ", ..." : "")"]
    }

    private func aboutNamespace(_ client: inout Client) throws(ClientError) -> [String] {
        let names = try client.namespaces(Query.Namespaces()).value.items.map(\.name)
        if let question = Nearness.question(namespace, among: names) { return [question] }
        guard !names.isEmpty else { return ["there is no namespace that you may use yet"] }
        let shown = names.prefix(Limits.namesShownMax).joined(separator: ", ")
        let more = names.count > Limits.namesShownMax ? ", ..." : ""
        return ["namespaces that you may use: \(shown)\(more)"]
    }

    /// Which labels there are, where none match; and the other family, where only that matches.
    private func aboutSelector(_ client: inout Client) throws(ClientError) -> [String] {
        guard let selector = mentioned.parentSelector else { return [] }
        let items = try client.list(Query.List(kind: .prefix, namespace: namespace)).value.items
        let matching = items.filter { selector.matches($0.resource.labels) }
        guard let first = matching.first?.resource else {
            return LabelHints(selector, among: items.map(\.resource.labels)).lines("Prefixes")
        }
        let family = mentioned.family ?? .ipv4
        guard matching.allSatisfy({ $0.resource.spec.family != family }) else { return [] }
        let other = first.spec.family
        return ["the labels are those of \(other) Prefixes: add --family \(other)"]
    }

    /// Objects of a kind: the first of all, and those whose names begin as the word does.
    private func resources(
        _ kind: ResourceKind, near word: String, _ client: inout Client
    ) throws(ClientError) -> [Resource] {
        var query = Query.List(kind: kind, namespace: namespace)
        let first = try client.list(query).value
        var found = first.items.map(\.resource)
        // A page holds a thousand: behind it, only what begins with the same letters is looked at.
        if first.next != nil {
            let start = String(word.prefix(max(1, word.count / 2)))
            query.after = Query.Position(namespace: namespace, name: start)
            found += try client.list(query).value.items.map(\.resource)
        }
        return found
    }
}

extension ResourceKind {
    /// As it stands before a name.
    var word: String {
        switch self {
        case .prefix: "prefix"
        case .prefixAllocation: "prefixallocation"
        }
    }
}
