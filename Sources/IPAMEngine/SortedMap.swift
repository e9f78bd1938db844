/// A map in the order of its keys: chunks of sorted keys, so that neither a look-up nor a change
/// touches more than one chunk, and no growth ever moves everything.
///
/// Everything whose order can be seen from outside lives in one of these or, by its name, in a
/// `NameMap`; never in a hashed collection. (swift-collections has such a type only as an unstable
/// prototype.)
package struct SortedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private struct Chunk {
        var keys: [Key]
        var values: [Value]
    }

    /// Where a key is, or would be.
    private struct Place {
        var chunk: Int
        var index: Int
        var isTaken: Bool
    }

    /// Never empty; no chunk but the only one is empty.
    private var chunks: [Chunk] = [Chunk(keys: [], values: [])]
    /// For each chunk but the first one, what its keys are not before, and all keys before it are:
    /// a search stays in one piece of memory until it knows its chunk.
    private var fences: [Key] = []
    package private(set) var count = 0

    private static var chunkCountMax: Int { 128 }

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package var first: (key: Key, value: Value)? {
        count > 0 ? (chunks[0].keys[0], chunks[0].values[0]) : nil
    }

    /// All keys in their order.
    package var keys: [Key] { chunks.flatMap(\.keys) }

    package subscript(key: Key) -> Value? {
        get {
            let place = place(of: key)
            return place.isTaken ? chunks[place.chunk].values[place.index] : nil
        }
        _modify {
            let place = place(of: key)
            var value = place.isTaken ? chunks[place.chunk].values[place.index] : nil
            defer { put(value, key, at: place) }
            yield &value
        }
    }

    package func contains(_ key: Key) -> Bool { place(of: key).isTaken }

    /// The last entry whose key is at most `key`.
    package func last(upTo key: Key) -> (key: Key, value: Value)? {
        let place = place(of: key)
        if place.isTaken { return (key, chunks[place.chunk].values[place.index]) }
        if place.index > 0 { return entry(place.chunk, place.index - 1) }
        // No chunk but the first one can be empty, or begin behind its fence's key.
        return place.chunk > 0 ? lastEntry(of: place.chunk - 1) : nil
    }

    /// Visits entries in order, those behind `key` if there is one, until `visit` says false.
    package func visit(after key: Key? = nil, _ visit: (Key, Value) -> Bool) {
        var place = key.map(self.place(of:)) ?? Place(chunk: 0, index: 0, isTaken: false)
        if place.isTaken { place.index += 1 }
        while place.chunk < chunks.count {
            let chunk = chunks[place.chunk]
            while place.index < chunk.keys.count {
                if !visit(chunk.keys[place.index], chunk.values[place.index]) { return }
                place.index += 1
            }
            place = Place(chunk: place.chunk + 1, index: 0, isTaken: false)
        }
    }

    /// Takes an entry out, and returns what it had.
    @discardableResult
    package mutating func remove(_ key: Key) -> Value? {
        let place = place(of: key)
        return place.isTaken ? remove(at: place) : nil
    }

    private func entry(_ chunk: Int, _ index: Int) -> (key: Key, value: Value) {
        (chunks[chunk].keys[index], chunks[chunk].values[index])
    }

    private func lastEntry(of chunk: Int) -> (key: Key, value: Value) {
        entry(chunk, chunks[chunk].keys.count - 1)
    }

    // MARK: Changes

    private mutating func put(_ value: Value?, _ key: Key, at place: Place) {
        switch (value, place.isTaken) {
        case (let value?, true): chunks[place.chunk].values[place.index] = value
        case (let value?, false): insert(key, value, at: place)
        case (nil, true): remove(at: place)
        case (nil, false): break
        }
    }

    private mutating func insert(_ key: Key, _ value: Value, at place: Place) {
        var place = place
        count += 1
        if chunks[place.chunk].keys.count == Self.chunkCountMax {
            if place.index == Self.chunkCountMax, place.chunk == chunks.count - 1 {
                // Ascending keys fill chunk after chunk.
                fences.append(key)
                chunks.append(Chunk(keys: [key], values: [value]))
                return
            }
            split(place.chunk)
            let middle = chunks[place.chunk].keys.count
            // What belongs between the halves goes into the first, so that no fence moves.
            if place.index > middle {
                place.chunk += 1
                place.index -= middle
            }
        }
        chunks[place.chunk].keys.insert(key, at: place.index)
        chunks[place.chunk].values.insert(value, at: place.index)
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

    @discardableResult
    private mutating func remove(at place: Place) -> Value {
        chunks[place.chunk].keys.remove(at: place.index)
        let value = chunks[place.chunk].values.remove(at: place.index)
        count -= 1
        if chunks[place.chunk].keys.isEmpty, chunks.count > 1 {
            chunks.remove(at: place.chunk)
            fences.remove(at: max(0, place.chunk - 1))
        }
        return value
    }

    // MARK: Search

    private func place(of key: Key) -> Place {
        let chunk = fences.halved { $0 <= key }
        let keys = chunks[chunk].keys
        let index = keys.halved { $0 < key }
        return Place(chunk: chunk, index: index, isTaken: index < keys.count && keys[index] == key)
    }
}

extension Array {
    /// How many elements at the beginning are `isFirst`, found by halving, without a branch that
    /// the processor would have to guess. (What IPAM has of the kind is no fast code here: it would
    /// be called through tables for each element.)
    ///
    /// - Precondition: none is that stands behind one that is not.
    @inline(__always) func halved(_ isFirst: (Element) -> Bool) -> Int {
        withUnsafeBufferPointer { elements in
            var found = 0
            var left = elements.count
            while left > 0 {
                let half = (left + 1) / 2
                found += isFirst(elements[found + half - 1]) ? half : 0
                left -= half
            }
            return found
        }
    }
}

/// A set is a map to nothing.
package typealias SortedSet<Element: Comparable & Sendable> = SortedMap<Element, Void>

extension SortedMap where Value == Void {
    package mutating func insert(_ key: Key) { self[key] = () }
}
