/// What is found by its name.
package protocol Named {
    var name: String { get }
}

/// A map of things by their names, in the order of these, which is that of their bytes: chunks of
/// sorted names as in a `SortedMap`, and no second way to find them that could differ.
package struct NameMap<Value: Named & Sendable>: Sendable {
    /// Where a name is, or would be.
    private struct Place {
        var chunk: Int
        var index: Int
        var isTaken: Bool
    }

    private struct Fence: Named {
        let name: String
    }

    /// Never empty; no chunk but the only one is empty.
    private var chunks: [NameList<Value>] = [NameList()]
    /// For each chunk but the first one, what its names are not before, and all before it are.
    private var fences = NameList<Fence>()
    package private(set) var count = 0

    private static var chunkCountMax: Int { 128 }

    package var isEmpty: Bool { count == 0 }

    package init() {}

    package subscript(name: String) -> Value? {
        get {
            let place = place(of: name)
            return place.isTaken ? chunks[place.chunk][place.index] : nil
        }
        _modify {
            let place = place(of: name)
            // Taken out and put back: what has a second reference is copied when it changes.
            var value = place.isTaken ? chunks[place.chunk][place.index].take() : nil
            defer { put(value, name, at: place) }
            yield &value
        }
    }

    /// Puts something in by its name; returns what had that name.
    @discardableResult
    package mutating func put(_ value: Value) -> Value? {
        let place = place(of: value.name)
        guard place.isTaken else {
            insert(value, at: place)
            return nil
        }
        return exchange(&chunks[place.chunk][place.index], with: value)
    }

    /// Takes something out, and returns it.
    package mutating func remove(_ name: String) -> Value? {
        let place = place(of: name)
        return place.isTaken ? remove(at: place) : nil
    }

    /// Visits in order, from behind a name if one is given, until `visit` says false.
    package func visit(after name: String? = nil, _ visit: (Value) -> Bool) {
        var place = name.map(self.place(of:)) ?? Place(chunk: 0, index: 0, isTaken: false)
        if place.isTaken { place.index += 1 }
        while place.chunk < chunks.count {
            while place.index < chunks[place.chunk].count {
                if let value = chunks[place.chunk][place.index], !visit(value) { return }
                place.index += 1
            }
            place = Place(chunk: place.chunk + 1, index: 0, isTaken: false)
        }
    }

    private mutating func put(_ value: Value?, _ name: String, at place: Place) {
        if let value {
            precondition(value.name == name, "What is found by a name has it.")
            if place.isTaken {
                chunks[place.chunk][place.index] = value
            } else {
                insert(value, at: place)
            }
        } else if place.isTaken {
            remove(at: place)
        }
    }

    private mutating func insert(_ value: Value, at place: Place) {
        var place = place
        count += 1
        if chunks[place.chunk].count == Self.chunkCountMax {
            if place.index == Self.chunkCountMax, place.chunk == chunks.count - 1 {
                // Ascending names fill chunk after chunk.
                fences.insert(Fence(name: value.name), at: fences.count)
                chunks.append(NameList(value))
                return
            }
            let upper = chunks[place.chunk].splitOff()
            fences.insert(Fence(name: upper.firstName), at: place.chunk)
            chunks.insert(upper, at: place.chunk + 1)
            let middle = chunks[place.chunk].count
            // What belongs between the halves goes into the first, so that no fence moves.
            if place.index > middle {
                place.chunk += 1
                place.index -= middle
            }
        }
        chunks[place.chunk].insert(value, at: place.index)
    }

    @discardableResult
    private mutating func remove(at place: Place) -> Value? {
        count -= 1
        let value = chunks[place.chunk].remove(at: place.index)
        if chunks[place.chunk].isEmpty, chunks.count > 1 {
            chunks.remove(at: place.chunk)
            fences.remove(at: max(0, place.chunk - 1))
        }
        return value
    }

    private func place(of name: String) -> Place {
        name.withBytes { bytes in
            let fence = fences.place(of: bytes)
            let chunk = fence.index + (fence.isTaken ? 1 : 0)
            let place = chunks[chunk].place(of: bytes)
            return Place(chunk: chunk, index: place.index, isTaken: place.isTaken)
        }
    }
}

/// Things in the order of their names. Of each name there is at hand what mostly tells it from the
/// others: the eight bytes behind those with which all of them begin.
struct NameList<Item: Named & Sendable>: Sendable {
    /// Nothing only while somebody changes it.
    private var items: [Item?] = []
    private var heads: [UInt64] = []
    /// How many bytes at the beginning all names have in common, or less.
    private var common = 0

    init() {}

    init(_ only: Item) { insert(only, at: 0) }

    private init(_ items: ArraySlice<Item?>) {
        self.items = Array(items)
        common = name(0).withBytes { first in
            name(count - 1).withBytes { first.countInCommon(with: $0) }
        }
        heads = self.items.indices.map { index in name(index).withBytes { $0.head(at: common) } }
    }

    var count: Int { items.count }
    var isEmpty: Bool { items.isEmpty }
    var firstName: String { name(0) }

    subscript(index: Int) -> Item? {
        get { items[index] }
        _modify { yield &items[index] }
    }

    private func name(_ index: Int) -> String {
        guard let item = items[index] else {
            preconditionFailure("Nobody looks at a list while something in it changes.")
        }
        return item.name
    }

    /// - Precondition: `place(of:)` says that this is its place.
    mutating func insert(_ item: Item, at index: Int) {
        item.name.withBytes { bytes in
            let common =
                isEmpty
                ? bytes.count
                : name(0).withBytes { min(self.common, $0.countInCommon(with: bytes)) }
            if common != self.common {
                self.common = common
                heads = items.indices.map { place in
                    name(place).withBytes { $0.head(at: common) }
                }
            }
            heads.insert(bytes.head(at: common), at: index)
        }
        items.insert(item, at: index)
    }

    @discardableResult
    mutating func remove(at index: Int) -> Item? {
        heads.remove(at: index)
        return items.remove(at: index)
    }

    /// Takes the upper half out. Both are copied, so that neither keeps the room of the whole.
    mutating func splitOff() -> NameList {
        let middle = count / 2
        let upper = NameList(items[middle...])
        self = NameList(items[..<middle])
        return upper
    }

    /// Where a name is, or would be.
    func place(of bytes: UnsafeBufferPointer<UInt8>) -> (index: Int, isTaken: Bool) {
        if isEmpty { return (0, false) }
        let head = bytes.head(at: common)
        var index = heads.halved { $0 < head }
        // Mostly that is the one, and who has the name begins as all others do.
        if index < count, heads[index] == head, name(index).withBytes({ bytes.isSame(as: $0) }) {
            return (index, true)
        }
        let atCommon = name(0).withBytes { bytes.compare(with: $0, upTo: common) }
        guard atCommon == 0 else { return (atCommon < 0 ? 0 : count, false) }
        var end = heads.halved { $0 <= head }
        while index < end {
            let middle = (index + end) / 2
            let order = name(middle).withBytes { bytes.compare(with: $0) }
            if order == 0 { return (middle, true) }
            if order < 0 { end = middle } else { index = middle + 1 }
        }
        return (index, false)
    }
}

extension String {
    fileprivate func withBytes<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = self
        return copy.withUTF8(body)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The eight bytes from a place on as a number that is in their order. Behind the end there
    /// are zeros: texts that differ in that alone have the same number.
    fileprivate func head(at place: Int) -> UInt64 {
        if place + 8 <= count { return UInt64(bigEndian: word(at: place)) }
        var head: UInt64 = 0
        for index in place..<place + 8 {
            head = head << 8 | (index < count ? UInt64(self[index]) : 0)
        }
        return head
    }

    /// How many bytes at the beginning are the same.
    fileprivate func countInCommon(with other: Self) -> Int {
        let most = Swift.min(count, other.count)
        return indices.prefix(most).first { self[$0] != other[$0] } ?? most
    }

    fileprivate func isSame(as other: Self) -> Bool {
        count == other.count && compare(with: other) == 0
    }

    /// Below 0 if this is before the other in the order of their bytes, 0 if it is the same; by
    /// as many bytes as there shall be looked at.
    fileprivate func compare(with other: Self, upTo limit: Int = .max) -> Int {
        let most = Swift.min(count, other.count, limit)
        var index = 0
        while index + 8 <= most, word(at: index) == other.word(at: index) { index += 8 }
        while index < most {
            if self[index] != other[index] { return self[index] < other[index] ? -1 : 1 }
            index += 1
        }
        return Swift.min(count, limit) - Swift.min(other.count, limit)
    }

    private func word(at place: Int) -> UInt64 {
        UnsafeRawBufferPointer(self).loadUnaligned(fromByteOffset: place, as: UInt64.self)
    }
}
