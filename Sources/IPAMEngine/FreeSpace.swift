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

    /// The smallest free block that holds a block of that length; of equals the lowest.
    package func bestFit(_ length: UInt8) -> IPPrefix? {
        guard length >= whole.length else { return nil }
        var index = min(Int(length - whole.length), byLength.count - 1)
        while index >= 0 {
            if let number = byLength[index].first?.key { return block(number, index) }
            index -= 1
        }
        return nil
    }

    /// The free block that contains that one.
    package func freeBlock(containing wanted: IPPrefix) -> IPPrefix? {
        guard whole.contains(wanted) else { return nil }
        var index = min(Int(wanted.length - whole.length), byLength.count - 1)
        while index >= 0 {
            let length = whole.length + UInt8(index)
            let candidate = IPPrefix(containing: wanted.firstAddress, length: length)
            if byLength[index].contains(candidate.number) { return candidate }
            index -= 1
        }
        return nil
    }

    /// The largest free block; of equals the lowest. Nothing if all is taken.
    package var largest: IPPrefix? {
        for index in byLength.indices {
            if let number = byLength[index].first?.key { return block(number, index) }
        }
        return nil
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
    /// The other half of the block that is one bit larger.
    fileprivate var sibling: IPPrefix {
        let bit = UInt128(1) << UInt128(family.addressBits - length)
        return IPPrefix(
            containing: IPAddress(number: number ^ bit, family: family), length: length)
    }

    /// The block of that length, this one's or shorter, in which this one lies.
    fileprivate func part(ofLength length: UInt8) -> IPPrefix {
        IPPrefix(containing: firstAddress, length: length)
    }
}
