internal import IPAM

/// The hierarchy of one namespace: each Prefix below its parent, each allocation below its
/// Prefix, blocks in numeric order, and what has no place yet at the end.
struct ResourceTree {
    /// A Prefix or an allocation with what lives in it.
    struct Branch: Encodable {
        let kind: String
        let name: String
        let phase: String
        let prefix: String?
        let reason: String?
        let request: String
        let children: [Branch]
    }

    let branches: [Branch]

    /// - Parameters:
    ///   - prefixes: every Prefix of the namespace.
    ///   - allocations: every allocation of the namespace. Those that a Prefix controls stand
    ///     for that Prefix and are not shown beside it.
    ///   - root: the Prefix to begin at; absent for all.
    init(
        prefixes: [Answer.Listed.Item], allocations: [Answer.Listed.Item], from root: String? = nil
    ) {
        let claims = allocations.filter { $0.resource.controller == nil }
        var builder = Builder(items: prefixes + claims)
        branches = builder.branches(from: root)
    }

    /// The lines of the tree.
    func text(isColoured: Bool) -> String {
        var text = ""
        for branch in branches { Self.write(branch, "", "", isColoured, &text) }
        return text
    }

    private static func write(
        _ branch: Branch, _ first: String, _ rest: String, _ isColoured: Bool,
        _ text: inout String
    ) {
        let block = branch.prefix ?? branch.request
        let kind = branch.kind == ResourceKind.prefix.description ? "" : "  (allocation)"
        let reason = branch.reason.map { "  \($0)" } ?? ""
        let colour = Phase.allCases.first { $0.description == branch.phase }.map(Colour.init)
        let phase = isColoured ? colour?.paint(branch.phase) ?? branch.phase : branch.phase
        text += "\(first)\(branch.name)  \(block)  \(phase)\(kind)\(reason)\n"
        for (index, child) in branch.children.enumerated() {
            let isLast = index == branch.children.count - 1
            write(
                child, rest + (isLast ? "└── " : "├── "), rest + (isLast ? "    " : "│   "),
                isColoured, &text)
        }
    }
}

/// Puts each object below its parent.
private struct Builder {
    private var items: [Answer.Listed.Item]
    /// Positions in `items`, by the name of the parent.
    private var children: [String: [Int]] = [:]
    private var prefixes: [String: Int] = [:]

    init(items: [Answer.Listed.Item]) {
        self.items = items.sorted { Self.isBefore($0.resource, $1.resource) }
        for (index, item) in self.items.enumerated() {
            if item.resource.key.kind == .prefix { prefixes[item.resource.key.name] = index }
            guard let parent = item.resource.placement?.parent else { continue }
            children[parent, default: []].append(index)
        }
    }

    /// What is placed in numeric order, then what is not, by name.
    private static func isBefore(_ left: Resource, _ right: Resource) -> Bool {
        switch (left.placement?.block, right.placement?.block) {
        case (let leftBlock?, let rightBlock?) where leftBlock != rightBlock:
            leftBlock < rightBlock
        case (.some, nil): true
        case (nil, .some): false
        case (.some, .some), (nil, nil): left.key < right.key
        }
    }

    mutating func branches(from root: String?) -> [ResourceTree.Branch] {
        if let root { return prefixes[root].map { [branch($0)] } ?? [] }
        return items.indices.filter { items[$0].resource.placement?.parent == nil }.map(branch)
    }

    /// Parents are strictly larger than their children, so this ends.
    private func branch(_ index: Int) -> ResourceTree.Branch {
        let item = items[index]
        let resource = item.resource
        let isPrefix = resource.key.kind == .prefix
        let inside = isPrefix ? children[resource.key.name] ?? [] : []
        let reason = item.explanation.map { "\($0.reason): \($0.sentence)" }
        return ResourceTree.Branch(
            kind: resource.key.kind.description, name: resource.key.name,
            phase: resource.status.phase.description,
            prefix: resource.placement?.block.description, reason: reason,
            request: resource.spec.requestText, children: inside.map(branch))
    }
}
