package import IPAM

/// The free blocks of a Prefix, as a buddy system: each free block is as large as it can be, so
/// two free halves of one block never exist side by side, and equal use means equal free blocks,
/// whatever the order in which they were taken and given back.
///
///     /24 with one /26 taken            free
///     ├── /25 ── .0/26 taken
///     │      └── .64/26                .64/26
///     └── /25                           .128/25
package struct FreeSpace: Sendable {
    package let whole: IPPrefix
    /// The free blocks of each prefix length from the whole's on.
    private var byLength: [BlockSet]
    /// The lengths of which there are free blocks.
    private(set) var lengths = PrefixLengths()

    package init(_ whole: IPPrefix) {
        self.whole = whole
        self.byLength = [BlockSet()]
        insert(whole)
    }

    /// The free block from which a block of that length is cut, at its low end.
    package func block(
        for length: UInt8, _ strategy: PrefixPolicy.Strategy = .bestFit
    ) -> IPPrefix? {
        switch strategy {
        case .bestFit:
            return lengths.longest(upTo: length).flatMap(lowest)
        case .lowest:
            var best: IPPrefix?
            visitLengths(upTo: length) { length in
                if let block = lowest(length), best.map({ block < $0 }) ?? true { best = block }
                return true
            }
            return best
        case .sparse:
            return lengths.shortest.flatMap { $0 <= length ? lowest($0) : nil }
        }
    }

    /// The lowest free block of a length.
    private func lowest(_ length: UInt8) -> IPPrefix? {
        byLength[Int(length - whole.length)].first.map { block($0, length) }
    }

    /// Visits the lengths of free blocks that are at most so long, the longest first, until
    /// `visit` says false.
    private func visitLengths(upTo length: UInt8, _ visit: (UInt8) -> Bool) {
        var next = lengths.longest(upTo: length)
        while let length = next, visit(length) { next = lengths.longest(below: length) }
    }

    /// The free block that contains that one.
    package func freeBlock(containing wanted: IPPrefix) -> IPPrefix? {
        guard whole.contains(wanted) else { return nil }
        var found: IPPrefix?
        visitLengths(upTo: wanted.length) { length in
            let candidate = wanted.part(ofLength: length)
            if contains(candidate) { found = candidate }
            return found == nil
        }
        return found
    }

    /// The largest free block; of equals the lowest. Nothing if all is taken.
    package var largest: IPPrefix? { lengths.shortest.flatMap(lowest) }

    /// The largest free blocks, at most so many; of equals the lowest first.
    package func largest(_ count: Int) -> [IPPrefix] {
        var blocks: [IPPrefix] = []
        for (index, numbers) in byLength.enumerated() where blocks.count < count {
            numbers.visit { number in
                blocks.append(block(number, whole.length + UInt8(index)))
                return blocks.count < count
            }
        }
        return blocks
    }

    /// How many free blocks there are of each length.
    package var counts: [LengthCount] {
        byLength.indices.filter { !byLength[$0].isEmpty }.map { index in
            LengthCount(
                length: whole.length + UInt8(index), count: UInt64(byLength[index].count))
        }
    }

    /// The free blocks in numeric order.
    package var blocks: [IPPrefix] {
        var blocks: [IPPrefix] = []
        for (index, numbers) in byLength.enumerated() {
            numbers.visit { number in
                blocks.append(block(number, whole.length + UInt8(index)))
                return true
            }
        }
        return blocks.sorted()
    }

    /// Takes a block out of the free block that contains it: halves it until the wanted one is
    /// left, and keeps the other halves free.
    ///
    /// - Precondition: the block is free.
    package mutating func take(_ wanted: IPPrefix) {
        guard let free = freeBlock(containing: wanted) else {
            preconditionFailure("Only a free block is taken.")
        }
        remove(free)
        var length = wanted.length
        while length > free.length {
            insert(wanted.part(ofLength: length).sibling)
            length -= 1
        }
    }

    /// Takes whatever is free inside a block.
    package mutating func takeAll(in block: IPPrefix) {
        if freeBlock(containing: block) != nil { return take(block) }
        var taken: [IPPrefix] = []
        for (index, numbers) in byLength.enumerated().dropFirst(Int(block.length - whole.length)) {
            let length = whole.length + UInt8(index)
            numbers.visit(from: number(block.first(ofLength: length))) { number in
                let free = self.block(number, length)
                guard block.contains(free) else { return false }
                taken.append(free)
                return true
            }
        }
        for block in taken { remove(block) }
    }

    /// Gives a block back and joins it with its sibling as long as that is free too: best fit
    /// relies on free blocks being as large as they can be.
    ///
    /// - Precondition: the block was taken.
    package mutating func give(_ released: IPPrefix) {
        precondition(freeBlock(containing: released) == nil, "A block is given back once.")
        var block = released
        while block.length > whole.length, contains(block.sibling) {
            remove(block.sibling)
            block = block.part(ofLength: block.length - 1)
        }
        insert(block)
    }

    // MARK: Blocks as numbers

    private func contains(_ block: IPPrefix) -> Bool {
        let index = index(block)
        return index < byLength.count && byLength[index].contains(number(block))
    }

    private mutating func insert(_ block: IPPrefix) {
        let index = index(block)
        while byLength.count <= index { byLength.append(BlockSet()) }
        byLength[index].insert(number(block))
        lengths.insert(block.length)
    }

    private mutating func remove(_ block: IPPrefix) {
        let index = index(block)
        byLength[index].remove(number(block))
        if byLength[index].isEmpty { lengths.remove(block.length) }
    }

    private func index(_ block: IPPrefix) -> Int { Int(block.length - whole.length) }

    /// How many blocks of its length there are before a block.
    private func number(_ block: IPPrefix) -> UInt128 {
        block.number >> UInt128(whole.family.addressBits - block.length)
    }

    private func block(_ number: UInt128, _ length: UInt8) -> IPPrefix {
        let first = number << UInt128(whole.family.addressBits - length)
        return IPPrefix(
            containing: IPAddress(number: first, family: whole.family), length: length)
    }
}

extension IPPrefix {
    /// The block of that length, this one's or shorter, in which this one lies.
    fileprivate func part(ofLength length: UInt8) -> IPPrefix {
        IPPrefix(containing: firstAddress, length: length)
    }
}
