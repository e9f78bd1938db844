/// Blocks of one size, each by its number in their order: a bit for each of them, and the bits of
/// 64 neighbours in one word. However many there are, a look at one of them touches little memory.
struct BlockSet: Sendable {
    private var words = SortedMap<UInt128, UInt64>()
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The lowest number.
    var first: UInt128? {
        words.first.map { $0.key << 6 | UInt128($0.value.trailingZeroBitCount) }
    }

    func contains(_ number: UInt128) -> Bool {
        words[number >> 6].map { $0 & Self.bit(number) != 0 } ?? false
    }

    /// - Precondition: it is not there.
    mutating func insert(_ number: UInt128) {
        Self.change(&words[number >> 6]) { word in
            precondition(word & Self.bit(number) == 0, "A block is there once.")
            word |= Self.bit(number)
        }
        count += 1
    }

    /// - Precondition: it is there.
    mutating func remove(_ number: UInt128) {
        Self.change(&words[number >> 6]) { word in
            precondition(word & Self.bit(number) != 0, "Only what is there is removed.")
            word &= ~Self.bit(number)
        }
        count -= 1
    }

    /// Visits the numbers in their order, from one on, until `visit` says false.
    func visit(from start: UInt128 = 0, _ visit: (UInt128) -> Bool) {
        func visitBits(_ bits: UInt64, of place: UInt128) -> Bool {
            var left = bits
            while left != 0 {
                guard visit(place << 6 | UInt128(left.trailingZeroBitCount)) else { return false }
                left &= left - 1
            }
            return true
        }
        let place = start >> 6
        let notBefore = ~(Self.bit(start) - 1)
        guard visitBits((words[place] ?? 0) & notBefore, of: place) else { return }
        words.visit(after: place) { visitBits($1, of: $0) }
    }

    private static func bit(_ number: UInt128) -> UInt64 {
        1 << (UInt64(truncatingIfNeeded: number) & 63)
    }

    /// An empty word is none.
    private static func change(_ word: inout UInt64?, _ change: (inout UInt64) -> Void) {
        var changed = word ?? 0
        change(&changed)
        word = changed == 0 ? nil : changed
    }
}
