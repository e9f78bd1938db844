import IPAM

/// Those who wait in a namespace, by age; and by what they ask for, since of all who ask for the
/// same the oldest alone has to be tried: where it finds no room, the others find none.
struct WaitingLine: Sendable {
    /// What two claims have in common that get the same answer at the same time.
    enum Wish: Sendable, Hashable {
        case claim(Spec, owner: UInt32)
        /// A request that waits in its connection, or a claim that Failed before: what becomes of
        /// it is not told by its spec alone.
        case single(WaitingKey)
    }

    private struct Parts {
        var all = SortedSet<WaitingKey>()
        var wishes: [Wish: SortedSet<WaitingKey>] = [:]
        /// The oldest with each wish.
        var oldest = SortedMap<WaitingKey, Wish>()
    }

    /// One word to look at a line, however long it is.
    private var parts = Shared(Parts())

    private var all: SortedSet<WaitingKey> { parts.value.all }
    private var wishes: [Wish: SortedSet<WaitingKey>] { parts.value.wishes }
    private var oldest: SortedMap<WaitingKey, Wish> { parts.value.oldest }

    var count: Int { parts.value.all.count }
    var isEmpty: Bool { parts.value.all.isEmpty }

    func contains(_ key: WaitingKey) -> Bool { parts.value.all.contains(key) }

    mutating func insert(_ key: WaitingKey, _ wish: Wish) {
        parts.value.all.insert(key)
        let first = parts.value.wishes[wish]?.first?.key
        parts.value.wishes[wish, default: SortedSet()].insert(key)
        if let first, first < key { return }
        if let first { parts.value.oldest[first] = nil }
        parts.value.oldest[key] = wish
    }

    mutating func remove(_ key: WaitingKey, _ wish: Wish) {
        guard parts.value.all.remove(key) != nil else { return }
        let next = Self.remove(key, from: &parts.value.wishes[wish])
        guard parts.value.oldest.remove(key) != nil, let next else { return }
        parts.value.oldest[next] = wish
    }

    /// Takes one out of those with the same wish; returns the oldest that is left.
    private static func remove(
        _ key: WaitingKey, from others: inout SortedSet<WaitingKey>?
    ) -> WaitingKey? {
        others?.remove(key)
        if others?.isEmpty ?? false { others = nil }
        return others?.first?.key
    }

    /// What does not hold of the line.
    var fault: String? {
        let count = wishes.values.reduce(0) { $0 + $1.count }
        let first = wishes.values.compactMap(\.first?.key).sorted()
        let isRight =
            count == all.count && first == oldest.keys && first.count == wishes.count
            && wishes.values.allSatisfy { $0.keys.allSatisfy(all.contains) }
        return isRight ? nil : "those who wait and the order of their wishes differ"
    }

    /// The next with that wish behind a key.
    fileprivate func next(of wish: Wish, behind key: WaitingKey) -> WaitingKey? {
        var next: WaitingKey?
        wishes[wish]?.visit(after: key) { key, _ in
            next = key
            return false
        }
        return next
    }

    /// The first behind a key that is the oldest with its wish.
    fileprivate func oldest(behind key: WaitingKey?) -> WaitingKey? {
        var first: WaitingKey?
        oldest.visit(after: key) { key, _ in
            first = key
            return false
        }
        return first
    }

    /// Of those with each wish whose oldest is not behind a key, the first that is.
    fileprivate func successors(of key: WaitingKey) -> [WaitingKey] {
        var keys: [WaitingKey] = []
        oldest.visit { first, wish in
            guard first <= key else { return false }
            if let next = next(of: wish, behind: key) { keys.append(next) }
            return true
        }
        return keys
    }
}

/// One walk along the line, oldest first, past those of whom it is known that they get nothing.
///
/// The line changes on the way, so each step is told how it is now.
struct WaitingWalk {
    /// Those to come to besides the oldest with each wish.
    private var others = SortedSet<WaitingKey>()
    /// Where the walk is.
    private var position: WaitingKey?
    /// Wishes that are in vain as things are.
    private var settled: Set<WaitingLine.Wish> = []

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

    /// Somebody with a wish was tried, and the next one has to be tried too.
    mutating func goOn(_ wish: WaitingLine.Wish, in line: WaitingLine) {
        if !settled.contains(wish) { insertNext(of: wish, in: line) }
    }

    /// Somebody with a wish was tried in vain, and so would be all behind it.
    mutating func settle(_ wish: WaitingLine.Wish) { settled.insert(wish) }

    /// What was in vain so far may be so no more.
    mutating func roomWasMade(in line: WaitingLine) {
        // Into a set: the order in which they come does not show.
        for wish in settled { insertNext(of: wish, in: line) }
        settled = []
    }

    private mutating func insertNext(of wish: WaitingLine.Wish, in line: WaitingLine) {
        if let position, let next = line.next(of: wish, behind: position) { others.insert(next) }
    }
}
