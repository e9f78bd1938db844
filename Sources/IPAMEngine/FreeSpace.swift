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
    /// The first addresses of the free blocks, for each prefix length from the whole's on.
    private var byLength: [SortedSet<UInt128>]

    package init(_ whole: IPPrefix) {
        self.whole = whole
        self.byLength = [SortedSet()]
        byLength[0].insert(whole.number)
    }

    /// The free block from which a block of that length is cut, at its low end.
    package func block(
        for length: UInt8, _ strategy: PrefixPolicy.Strategy = .bestFit
    ) -> IPPrefix? {
        guard length >= whole.length else { return nil }
        let deepest = min(Int(length - whole.length), byLength.count - 1)
        switch strategy {
        case .bestFit:
            var index = deepest
            while index >= 0 {
                if let block = lowest(index) { return block }
                index -= 1
            }
            return nil
        case .lowest:
            return (0...deepest).compactMap(lowest).min()
        case .sparse:
            return (0...deepest).lazy.compactMap(lowest).first
        }
    }

    /// The lowest free block at a position of `byLength`.
    private func lowest(_ index: Int) -> IPPrefix? {
        byLength[index].first.map { block($0.key, index) }
    }

    /// The free block that contains that one.
    package func freeBlock(containing wanted: IPPrefix) -> IPPrefix? {
        guard whole.contains(wanted) else { return nil }
        var index = min(Int(wanted.length - whole.length), byLength.count - 1)
        while index >= 0 {
            if !byLength[index].isEmpty {
                let candidate = wanted.part(ofLength: whole.length + UInt8(index))
                if byLength[index].contains(candidate.number) { return candidate }
            }
            index -= 1
        }
        return nil
    }

    /// The largest free block; of equals the lowest. Nothing if all is taken.
    package var largest: IPPrefix? { byLength.indices.lazy.compactMap(lowest).first }

    /// The largest free blocks, at most so many; of equals the lowest first.
    package func largest(_ count: Int) -> [IPPrefix] {
        var blocks: [IPPrefix] = []
        for index in byLength.indices where blocks.count < count {
            byLength[index].visit { number, _ in
                blocks.append(block(number, index))
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
        for index in byLength.indices {
            byLength[index].visit { number, _ in
                blocks.append(block(number, index))
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
        byLength[index(free)][free.number] = nil
        var length = wanted.length
        while length > free.length {
            insert(wanted.part(ofLength: length).sibling)
            length -= 1
        }
    }

    /// Takes whatever is free inside a block.
    package mutating func takeAll(in block: IPPrefix) {
        if freeBlock(containing: block) != nil { return take(block) }
        guard byLength.count > index(block) + 1 else { return }
        let last = block.lastAddress.number
        for place in (index(block) + 1)..<byLength.count {
            var numbers = byLength[place].contains(block.number) ? [block.number] : []
            byLength[place].visit(after: block.number) { number, _ in
                guard number <= last else { return false }
                numbers.append(number)
                return true
            }
            for number in numbers { byLength[place][number] = nil }
        }
    }

    /// Gives a block back and joins it with its sibling as long as that is free too: best fit
    /// relies on free blocks being as large as they can be.
    ///
    /// - Precondition: the block was taken.
    package mutating func give(_ released: IPPrefix) {
        precondition(freeBlock(containing: released) == nil, "A block is given back once.")
        var block = released
        while block.length > whole.length {
            let sibling = block.sibling
            let place = index(sibling)
            guard place < byLength.count, byLength[place].contains(sibling.number) else { break }
            byLength[place][sibling.number] = nil
            block = IPPrefix(containing: block.firstAddress, length: block.length - 1)
        }
        insert(block)
    }

    private mutating func insert(_ block: IPPrefix) {
        let place = index(block)
        while byLength.count <= place { byLength.append(SortedSet()) }
        byLength[place].insert(block.number)
    }

    private func index(_ block: IPPrefix) -> Int { Int(block.length - whole.length) }

    private func block(_ number: UInt128, _ index: Int) -> IPPrefix {
        let address = IPAddress(number: number, family: whole.family)
        return IPPrefix(containing: address, length: whole.length + UInt8(index))
    }
}

extension IPPrefix {
    /// The block of that length, this one's or shorter, in which this one lies.
    fileprivate func part(ofLength length: UInt8) -> IPPrefix {
        IPPrefix(containing: firstAddress, length: length)
    }
}
