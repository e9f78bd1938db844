internal import ArgumentParser
internal import IPAM

/// How a list of objects is shown.
struct ListOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Sort by a column: name, namespace, prefix, parent, request, result, phase, owner or "
                + "age, the smallest first.", valueName: "column"))
    var sortBy: SortColumn?

    @Flag(help: "Leave out the line with the names of the columns.")
    var noHeaders = false
}

/// A column by which objects can be sorted, as the tables call them.
enum SortColumn: String, ExpressibleByArgument, CaseIterable {
    case name
    case namespace
    case prefix
    case parent
    case request
    case result
    case phase
    case owner
    case age

    /// A table's heading in any case; `state` is what allocations call their phase.
    init?(argument: String) {
        let word = argument.lowercased()
        self.init(rawValue: word == "state" ? "phase" : word)
    }

    /// The items in the order of the column, equal ones as they were. What has no value is last.
    func sorted(_ items: [Answer.Listed.Item]) -> [Answer.Listed.Item] {
        func sorted<Key: Comparable>(
            _ items: [Answer.Listed.Item], by key: (Resource) -> Key?
        ) -> [Answer.Listed.Item] {
            items.sorted { key($0.resource) }
        }
        return switch self {
        case .name: sorted(items) { $0.key.name }
        case .namespace: sorted(items) { $0.key.namespace }
        // The heading PREFIX is the block of a Prefix, and of an allocation its parent.
        case .prefix: sorted(items) { $0.key.kind == .prefix ? $0.placement?.block : nil }
        case .result: sorted(items) { $0.placement?.block }
        case .parent: sorted(items) { $0.parent }
        case .request: sorted(items) { $0.spec.requestText.numeric }
        case .phase: sorted(items) { $0.status.phase.rawValue }
        case .owner: sorted(items) { $0.owner }
        case .age: sorted(items) { UInt64.max - $0.created.milliseconds }
        }
    }
}

extension Array {
    /// In the order of a key, the smallest first, equal ones as they were. What has none is last.
    func sorted<Key: Comparable>(by key: (Element) -> Key?) -> [Element] {
        let keyed = enumerated().map { (key: key($0.element), $0.offset, $0.element) }
        return keyed.sorted { left, right in
            switch (left.key, right.key) {
            case (let first?, let second?) where first != second: first < second
            case (nil, _?): false
            case (_?, nil): true
            case (nil, nil), (_?, _?): left.1 < right.1
            }
        }.map(\.2)
    }
}

extension String {
    /// The text with its numbers as long as each other, so that `/9` is before `/26`.
    fileprivate var numeric: String {
        guard hasPrefix("/") else { return self }
        return "/" + String(repeating: "0", count: max(0, 4 - count)) + dropFirst()
    }
}
