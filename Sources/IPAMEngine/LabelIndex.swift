import IPAM

/// Finds the Prefixes that a selector may mean without a look at all the others. What it finds has
/// to be compared with the selector still: it goes by one of its conditions alone.
struct LabelIndex: Sendable {
    private struct Label: Sendable, Hashable {
        let key: String
        let value: String
    }

    /// Names, with the places of the outlines.
    private var names: [Label: SortedMap<String, Int>] = [:]

    /// An object has other labels now; none before it is there, and none when it has gone.
    mutating func replace(_ old: Labels?, by new: Labels?, of name: String, at place: Int) {
        guard old != new else { return }
        for pair in old?.pairs ?? [] {
            let label = Label(key: pair.key, value: pair.value)
            names[label]?[name] = nil
            if names[label]?.isEmpty ?? false { names[label] = nil }
        }
        for pair in new?.pairs ?? [] {
            names[Label(key: pair.key, value: pair.value), default: SortedMap()][name] = place
        }
    }

    /// The names among which all are that have the labels; nothing if no condition of the selector
    /// narrows them down. Of several the one that leaves the fewest.
    func candidates(for selector: Selector) -> SortedMap<String, Int>? {
        var best: [SortedMap<String, Int>]?
        var least = Int.max
        func consider(_ key: String, _ values: some Sequence<String>) {
            let sets = values.compactMap { names[Label(key: key, value: $0)] }
            let count = sets.reduce(0) { $0 + $1.count }
            if count < least { (best, least) = (sets, count) }
        }
        for pair in selector.matchLabels.pairs { consider(pair.key, CollectionOfOne(pair.value)) }
        for requirement in selector.matchExpressions where requirement.operator == .isIn {
            consider(requirement.key, requirement.values)
        }
        guard let best, best.count != 1 else { return best?.first }
        // Nobody has two values of one label, so no name comes twice.
        var all = SortedMap<String, Int>()
        for names in best {
            names.visit { name, place in
                all[name] = place
                return true
            }
        }
        return all
    }

    /// What is wrong with this if these are the Prefixes.
    func fault(of nodes: NameMap<PrefixNode>) -> String? {
        var count = 0
        var isRight = true
        nodes.visit { node in
            for pair in node.resource.labels.pairs {
                count += 1
                let label = Label(key: pair.key, value: pair.value)
                isRight = isRight && names[label]?[node.name] == node.place
            }
            return true
        }
        isRight = isRight && names.values.reduce(0) { $0 + $1.count } == count
        return isRight ? nil : "the Prefixes and the index of their labels differ"
    }
}
