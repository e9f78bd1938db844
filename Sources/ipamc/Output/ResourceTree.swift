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
        /// What is used and free of a Prefix that has a place, in addresses.
        let free: String?
        let used: String?
        let children: [Branch]
        fileprivate let usage: PrefixUsage?
        fileprivate let key: ResourceKey

        fileprivate var isAllocation: Bool { key.kind == .prefixAllocation }

        fileprivate var keys: [ResourceKey] { [key] + children.flatMap(\.keys) }

        private enum CodingKeys: CodingKey {
            case kind, name, phase, prefix, reason, request, free, used, children
        }
    }

    let branches: [Branch]

    /// - Parameters:
    ///   - prefixes: every Prefix of the namespace.
    ///   - allocations: every allocation of the namespace. Those that a Prefix controls stand
    ///     for that Prefix and are not shown beside it.
    ///   - usage: what is used and free in the Prefixes; one that is left out has no bar.
    ///   - root: the Prefix to begin at; absent for all.
    init(
        prefixes: [Answer.Listed.Item], allocations: [Answer.Listed.Item],
        usage: [PrefixUsage] = [], from root: String? = nil
    ) {
        let claims = allocations.filter { $0.resource.controller == nil }
        var builder = Builder(items: prefixes + claims, usage)
        branches = builder.branches(from: root)
    }

    /// What is in it, from top to bottom.
    var keys: [ResourceKey] { branches.flatMap(\.keys) }

    /// The lines of the tree. Of many allocations side by side some are shown, unless all are
    /// wanted: nobody reads a hundred thousand lines, and the Prefixes would drown in them.
    func text(isColoured: Bool, showsAll: Bool = false) -> String {
        var lines: [Line] = []
        let most = showsAll ? Int.max : Self.allocationsShown
        for branch in branches { Self.collect(branch, "", "", most, &lines) }
        // One long name or prefix does not move all the others.
        let named = lines.filter { $0.block != nil }
        let name = min(named.map(\.name.count).max() ?? 0, Self.nameColumnMax)
        let block = min(named.compactMap(\.block?.count).max() ?? 0, Self.blockColumnMax)
        let phase = lines.map(\.of.phase.count).max() ?? 0
        return lines.map { $0.text(name, block, phase, isColoured: isColoured) }.joined()
    }

    private static let nameColumnMax = 28
    private static let blockColumnMax = 24
    private static let allocationsShown = 100

    private static func collect(
        _ branch: Branch, _ first: String, _ rest: String, _ most: Int, _ lines: inout [Line]
    ) {
        lines.append(
            Line(name: first + branch.name, block: branch.prefix ?? branch.request, of: branch))
        var shown = branch.children
        var isCut = false
        if shown.count(where: \.isAllocation) > most {
            var left = most
            shown.removeAll { child in
                guard child.isAllocation else { return false }
                left -= 1
                return left < 0
            }
            isCut = true
        }
        for (index, child) in shown.enumerated() {
            let isLast = index == shown.count - 1 && !isCut
            collect(
                child, rest + (isLast ? "└── " : "├── "), rest + (isLast ? "    " : "│   "), most,
                &lines)
        }
        if isCut {
            let count = branch.children.count - shown.count
            let things = count == 1 ? "allocation" : "allocations"
            lines.append(
                Line(name: rest + "└── … \(count) more \(things); -o wide shows all", of: branch))
        }
    }

    /// A line of the tree: what it is called, where it is, how it is.
    private struct Line {
        let name: String
        /// Nothing for a line that stands for many.
        var block: String?
        let of: Branch

        /// A Prefix has a bar and says what is free; what has no place says why.
        func text(
            _ nameColumn: Int, _ blockColumn: Int, _ phaseColumn: Int, isColoured: Bool
        ) -> String {
            guard let block else { return name + "\n" }
            let spaces = { (text: String, column: Int) in
                String(repeating: " ", count: max(0, column - text.count) + 2)
            }
            let phase = Phase.allCases.first { $0.description == of.phase }
            let colour = phase.map(Colour.init)
            let shown = isColoured ? colour?.paint(of.phase) ?? of.phase : of.phase
            var line = name + spaces(name, nameColumn) + block + spaces(block, blockColumn) + shown
            var rest: [String] = []
            if of.kind != ResourceKind.prefix.description { rest.append("(allocation)") }
            if let usage = of.usage, usage.block != nil {
                let bar = UseBar(usage).text
                let painted = isColoured ? UseBar.colour(usage)?.paint(bar) ?? bar : bar
                rest.append("\(painted) \(usage.addresses(usage.free).short) free")
            }
            if let reason = of.reason { rest.append(reason) }
            if !rest.isEmpty { line += spaces(of.phase, phaseColumn) }
            return line + rest.joined(separator: "  ") + "\n"
        }
    }
}

/// Puts each object below its parent.
private struct Builder {
    private var items: [Answer.Listed.Item]
    /// Positions in `items`, by the name of the parent.
    private var children: [String: [Int]] = [:]
    private var prefixes: [String: Int] = [:]
    private let usage: [String: PrefixUsage]

    init(items: [Answer.Listed.Item], _ usage: [PrefixUsage]) {
        self.usage = Dictionary(usage.map { ($0.key.name, $0) }) { first, _ in first }
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
        let usage = isPrefix && resource.placement != nil ? usage[resource.key.name] : nil
        return ResourceTree.Branch(
            kind: resource.key.kind.description, name: resource.key.name,
            phase: resource.status.phase.description,
            prefix: resource.placement?.block.description, reason: reason,
            request: resource.spec.requestText,
            free: usage.map { $0.addresses($0.free).description },
            used: usage.map { $0.addresses($0.used).description },
            children: inside.map(branch), usage: usage, key: resource.key)
    }
}
