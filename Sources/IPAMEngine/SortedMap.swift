/// A map in the order of its keys: chunks of sorted keys, so that neither a look-up nor a change
/// touches more than one chunk, and no growth ever moves everything.
///
/// Everything whose order can be seen from outside lives in one of these, never in a hashed
/// collection. (swift-collections has such a type only as an unstable prototype.)
package struct SortedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private struct Chunk {
        var keys: [Key]
        var values: [Value]
    }

    /// Never empty; no chunk but the only one is empty.
    private var chunks: [Chunk] = [Chunk(keys: [], values: [])]
    /// The first key of each chunk but the first one: a search stays in one piece of memory until
    /// it knows its chunk.
    private var fences: [Key] = []
    package private(set) var count = 0

    private static var chunkCountMax: Int { 256 }

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package var first: (key: Key, value: Value)? {
        guard count > 0, let key = chunks[0].keys.first else { return nil }
        return (key, chunks[0].values[0])
    }

    /// All keys in their order.
    package var keys: [Key] { chunks.flatMap(\.keys) }

    package subscript(key: Key) -> Value? {
        get {
            if isEmpty { return nil }
            let chunk = chunks[chunkIndex(of: key)]
            let index = Self.lowerBound(of: key, in: chunk.keys)
            return index < chunk.keys.count && chunk.keys[index] == key
                ? chunk.values[index] : nil
        }
        set {
            if let newValue { insert(key, newValue) } else { remove(key) }
        }
    }

    package func contains(_ key: Key) -> Bool {
        if isEmpty { return false }
        let keys = chunks[chunkIndex(of: key)].keys
        let index = Self.lowerBound(of: key, in: keys)
        return index < keys.count && keys[index] == key
    }

    /// The last entry whose key is at most `key`.
    package func last(upTo key: Key) -> (key: Key, value: Value)? {
        if isEmpty { return nil }
        let chunk = chunks[chunkIndex(of: key)]
        let index = Self.lowerBound(of: key, in: chunk.keys)
        if index < chunk.keys.count, chunk.keys[index] == key {
            return (key, chunk.values[index])
        }
        // The chunk begins at or before the key unless the key is before everything.
        return index > 0 ? (chunk.keys[index - 1], chunk.values[index - 1]) : nil
    }

    /// Visits entries in order, those behind `key` if there is one, until `visit` says false.
    package func visit(after key: Key? = nil, _ visit: (Key, Value) -> Bool) {
        var chunkIndex = key.map(self.chunkIndex(of:)) ?? 0
        var index = key.map { Self.lowerBound(of: $0, in: chunks[chunkIndex].keys) } ?? 0
        while chunkIndex < chunks.count {
            let chunk = chunks[chunkIndex]
            while index < chunk.keys.count {
                if chunk.keys[index] != key, !visit(chunk.keys[index], chunk.values[index]) {
                    return
                }
                index += 1
            }
            chunkIndex += 1
            index = 0
        }
    }

    private mutating func insert(_ key: Key, _ value: Value) {
        var chunkIndex = chunkIndex(of: key)
        var index = Self.lowerBound(of: key, in: chunks[chunkIndex].keys)
        if index < chunks[chunkIndex].keys.count, chunks[chunkIndex].keys[index] == key {
            chunks[chunkIndex].values[index] = value
            return
        }
        count += 1
        if chunks[chunkIndex].keys.count == Self.chunkCountMax {
            if index == Self.chunkCountMax, chunkIndex == chunks.count - 1 {
                // Ascending keys fill chunk after chunk.
                fences.append(key)
                chunks.append(Chunk(keys: [key], values: [value]))
                return
            }
            split(chunkIndex)
            let middle = chunks[chunkIndex].keys.count
            // What belongs between the halves goes into the first, so that no fence moves.
            if index > middle { (chunkIndex, index) = (chunkIndex + 1, index - middle) }
        }
        // Only the first chunk takes keys before its first, so no fence moves.
        chunks[chunkIndex].keys.insert(key, at: index)
        chunks[chunkIndex].values.insert(value, at: index)
    }

    /// Makes two chunks of one. Both are copied, so that neither keeps the room of the whole.
    private mutating func split(_ chunkIndex: Int) {
        let whole = chunks[chunkIndex]
        let middle = whole.keys.count / 2
        chunks[chunkIndex] = Chunk(
            keys: Array(whole.keys[..<middle]), values: Array(whole.values[..<middle]))
        let upper = Chunk(
            keys: Array(whole.keys[middle...]), values: Array(whole.values[middle...]))
        fences.insert(upper.keys[0], at: chunkIndex)
        chunks.insert(upper, at: chunkIndex + 1)
    }

    /// Takes an entry out, and returns what it had.
    @discardableResult
    package mutating func remove(_ key: Key) -> Value? {
        let chunkIndex = chunkIndex(of: key)
        let index = Self.lowerBound(of: key, in: chunks[chunkIndex].keys)
        guard index < chunks[chunkIndex].keys.count, chunks[chunkIndex].keys[index] == key
        else { return nil }
        chunks[chunkIndex].keys.remove(at: index)
        let value = chunks[chunkIndex].values.remove(at: index)
        count -= 1
        if chunks[chunkIndex].keys.isEmpty, chunks.count > 1 {
            chunks.remove(at: chunkIndex)
            fences.remove(at: max(0, chunkIndex - 1))
        } else if index == 0, chunkIndex > 0 {
            fences[chunkIndex - 1] = chunks[chunkIndex].keys[0]
        }
        return value
    }

    /// The last chunk that begins at or before the key, or the first chunk.
    private func chunkIndex(of key: Key) -> Int {
        let index = Self.lowerBound(of: key, in: fences)
        return index < fences.count && fences[index] == key ? index + 1 : index
    }

    private static func lowerBound(of key: Key, in keys: [Key]) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A set is a map to nothing.
package typealias SortedSet<Element: Comparable & Sendable> = SortedMap<Element, Void>

extension SortedMap where Value == Void {
    package mutating func insert(_ key: Key) { self[key] = () }
}
