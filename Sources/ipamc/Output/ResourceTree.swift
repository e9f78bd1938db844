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

        fileprivate var allocationCount: Int {
            children.reduce(isAllocation ? 1 : 0) { $0 + $1.allocationCount }
        }

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
        var items = prefixes
        items.append(contentsOf: allocations.lazy.filter { $0.resource.controller == nil })
        var builder = Builder(items: items, usage)
        branches = builder.branches(from: root)
    }

    /// What is in it, from top to bottom.
    var keys: [ResourceKey] { branches.flatMap(\.keys) }

    /// The lines of the tree. Of more than a thousand allocations the first of each Prefix are
    /// shown, unless all are wanted: nobody reads a million lines, and the Prefixes drown in them.
    func text(isColoured: Bool, showsAll: Bool = false) -> String {
        var lines: [Line] = []
        let count = branches.reduce(0) { $0 + $1.allocationCount }
        let isWhole = showsAll || count <= Self.allocationsWhole
        let most = isWhole ? Int.max : Self.allocationsShown
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
    private static let allocationsWhole = 1000
    private static let allocationsShown = 10

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
    private let items: [Answer.Listed.Item]
    /// Positions in `items`, in the order of the tree.
    private let order: [Int]
    /// Positions in `items`, by the name of the parent.
    private var children: [String: [Int]] = [:]
    private var prefixes: [String: Int] = [:]
    private let usage: [String: PrefixUsage]

    init(items: [Answer.Listed.Item], _ usage: [PrefixUsage]) {
        self.usage = Dictionary(usage.map { ($0.key.name, $0) }) { first, _ in first }
        self.items = items
        // A million objects are large, and their blocks are small.
        let places = items.enumerated().map { ($0.element.resource.placement?.block, $0.offset) }
        order = places.sorted { Self.isBefore($0, $1, items) }.map(\.1)
        for index in order {
            let resource = items[index].resource
            if resource.key.kind == .prefix { prefixes[resource.key.name] = index }
            guard let parent = resource.placement?.parent else { continue }
            children[parent, default: []].append(index)
        }
    }

    /// What is placed in numeric order, then what is not, by name.
    private static func isBefore(
        _ left: (block: IPPrefix?, index: Int), _ right: (block: IPPrefix?, index: Int),
        _ items: [Answer.Listed.Item]
    ) -> Bool {
        switch (left.block, right.block) {
        case (let leftBlock?, let rightBlock?) where leftBlock != rightBlock:
            leftBlock < rightBlock
        case (.some, nil): true
        case (nil, .some): false
        case (.some, .some), (nil, nil):
            items[left.index].resource.key < items[right.index].resource.key
        }
    }

    mutating func branches(from root: String?) -> [ResourceTree.Branch] {
        if let root { return prefixes[root].map { [branch($0)] } ?? [] }
        return order.filter { items[$0].resource.placement?.parent == nil }.map(branch)
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
