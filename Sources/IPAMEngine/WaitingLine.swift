import IPAM

/// Those who wait in a namespace, by age; and by what they ask for, since of all who ask for the
/// same the oldest alone has to be tried: where it finds no room, the others find none.
struct WaitingLine: Sendable {
    /// What two claims have in common that get the same answer at the same time.
    enum Kind: Sendable, Hashable {
        case claim(Spec, owner: UInt32)
        /// A request that waits in its connection, or a claim that Failed before: what becomes of
        /// it is not told by its spec alone.
        case single(WaitingKey)
    }

    private var all = SortedSet<WaitingKey>()
    private var kinds: [Kind: SortedSet<WaitingKey>] = [:]
    /// The oldest of each kind.
    private var oldest = SortedMap<WaitingKey, Kind>()

    var count: Int { all.count }
    var isEmpty: Bool { all.isEmpty }

    func contains(_ key: WaitingKey) -> Bool { all.contains(key) }

    mutating func insert(_ key: WaitingKey, _ kind: Kind) {
        all.insert(key)
        let first = kinds[kind]?.first?.key
        kinds[kind, default: SortedSet()].insert(key)
        if let first, first < key { return }
        if let first { oldest[first] = nil }
        oldest[key] = kind
    }

    mutating func remove(_ key: WaitingKey, _ kind: Kind) {
        guard all.contains(key) else { return }
        all[key] = nil
        kinds[kind]?[key] = nil
        guard oldest[key] != nil else { return }
        oldest[key] = nil
        if let next = kinds[kind]?.first?.key { oldest[next] = kind } else { kinds[kind] = nil }
    }

    /// What does not hold of the line.
    var fault: String? {
        let count = kinds.values.reduce(0) { $0 + $1.count }
        let first = kinds.values.compactMap(\.first?.key).sorted()
        let isRight =
            count == all.count && first == oldest.keys && first.count == kinds.count
            && kinds.values.allSatisfy { $0.keys.allSatisfy(all.contains) }
        return isRight ? nil : "those who wait and the order of their kinds differ"
    }

    /// The next of its kind behind a key.
    fileprivate func next(of kind: Kind, behind key: WaitingKey) -> WaitingKey? {
        var next: WaitingKey?
        kinds[kind]?.visit(after: key) { key, _ in
            next = key
            return false
        }
        return next
    }

    /// The oldest of its kind that is behind a key; no kind twice.
    fileprivate func oldest(behind key: WaitingKey?) -> WaitingKey? {
        var first: WaitingKey?
        oldest.visit(after: key) { key, _ in
            first = key
            return false
        }
        return first
    }

    /// Of each kind whose oldest is not behind a key, the first one that is.
    fileprivate func successors(of key: WaitingKey) -> [WaitingKey] {
        var keys: [WaitingKey] = []
        oldest.visit { first, kind in
            guard first <= key else { return false }
            if let next = next(of: kind, behind: key) { keys.append(next) }
            return true
        }
        return keys
    }
}

/// One walk along the line, oldest first, past those of whom it is known that they get nothing.
///
/// The line changes on the way, so each step is told how it is now.
struct WaitingWalk {
    /// Those to come to besides the oldest of each kind.
    private var others = SortedSet<WaitingKey>()
    /// Where the walk is.
    private var position: WaitingKey?
    /// Kinds that get nothing as things are.
    private var settled: Set<WaitingLine.Kind> = []

    /// A walk behind a key. Who keeps a block for itself is never passed over: it may be ready.
    init(_ line: WaitingLine, behind key: WaitingKey?, keepers: [WaitingKey]) {
        position = key
        for keeper in keepers where key.map({ $0 < keeper }) ?? true { others.insert(keeper) }
        for next in key.map(line.successors) ?? [] { others.insert(next) }
    }

    mutating func next(in line: WaitingLine) -> WaitingKey? {
        let keys = [line.oldest(behind: position), others.first?.key]
        guard let next = keys.compactMap(\.self).min() else { return nil }
        others[next] = nil
        position = next
        return next
    }

    /// One of a kind was tried, and the next one has to be tried too.
    mutating func goOn(_ kind: WaitingLine.Kind, in line: WaitingLine) {
        if !settled.contains(kind) { insertNext(of: kind, in: line) }
    }

    /// One of a kind was tried in vain, and so would be all behind it.
    mutating func settle(_ kind: WaitingLine.Kind) { settled.insert(kind) }

    /// What was in vain so far may be so no more.
    mutating func roomWasMade(in line: WaitingLine) {
        // Into a set: the order in which they come does not show.
        for kind in settled { insertNext(of: kind, in: line) }
        settled = []
    }

    private mutating func insertNext(of kind: WaitingLine.Kind, in line: WaitingLine) {
        if let position, let next = line.next(of: kind, behind: position) { others.insert(next) }
    }
}
