internal import IPAM

/// What there is to select by, for somebody whose selector matches nothing.
struct LabelHints {
    private let selector: Selector
    private let known: [(label: String, count: Int)]
    private let keys: [String]

    /// `labels` are those of the objects among which nothing was found.
    init(_ selector: Selector, among labels: [Labels]) {
        self.selector = selector
        var counts: [String: Int] = [:]
        for pair in labels.lazy.flatMap(\.pairs) {
            counts["\(pair.key)=\(pair.value)", default: 0] += 1
        }
        known = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
        keys = Set(labels.lazy.flatMap { $0.pairs.map(\.key) }).sorted()
    }

    /// A line for what may have been meant, and one for the labels that there are. `things` are
    /// the objects, `Prefixes`.
    func lines(_ things: String) -> [String] {
        guard !known.isEmpty else { return ["the \(things) here have no labels"] }
        let shown = known.prefix(Limits.namesShownMax).map(\.label).joined(separator: ", ")
        let rest = known.count - Limits.namesShownMax
        let more = rest > 0 ? " and \(rest) more" : ""
        return meant + ["labels of the \(things) here: \(shown)\(more)"]
    }

    private var meant: [String] {
        let labels = known.map(\.label)
        let words = wanted.compactMap { key, value -> String? in
            if !keys.contains(key), let near = Nearness.nearest(key, among: keys).first {
                let same = labels.filter { $0.hasPrefix(near + "=") }
                return value.flatMap { same.contains("\(near)=\($0)") ? "\(near)=\($0)" : nil }
                    ?? near
            }
            guard let value, !labels.contains("\(key)=\(value)") else { return nil }
            let values = labels.filter { $0.hasPrefix(key + "=") }
                .map { String($0.dropFirst(key.count + 1)) }
            return Nearness.nearest(value, among: values).first.map { "\(key)=\($0)" }
        }
        return Nearness.question(words).map { [$0] } ?? []
    }

    /// The keys that have to be there, and the values that they have to have.
    private var wanted: [(key: String, value: String?)] {
        selector.matchLabels.pairs.map { ($0.key, $0.value) }
            + selector.matchExpressions.flatMap { part -> [(key: String, value: String?)] in
                switch part.operator {
                case .isIn: part.values.map { (part.key, $0) }
                case .exists: [(part.key, nil)]
                case .isNotIn, .doesNotExist: []
                }
            }
    }
}
