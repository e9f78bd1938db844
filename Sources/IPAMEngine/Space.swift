import IPAM

/// The space of an Allocated Prefix: what is used, what a search may give out, and what is kept
/// from it.
///
///     whole ──┬── used         held by allocations, whatever the policy says by now
///             ├── excluded     never given out
///             ├── reserved     given to those who ask for that very prefix
///             ├── held         kept for one claim that has waited for long
///             └── free         what a search gives out
struct Space: Sendable {
    private struct Parts {
        let block: IPPrefix
        var free: FreeSpace
        var used = SortedMap<UInt128, Resource>()
        var policy = PrefixPolicy()
        var excluded = IPPrefixSet()
        var hold: Hold?
        var usedCounts: [UInt64] = []
        var addressesByOwner = SortedMap<UInt32, UInt128>()

        init(_ block: IPPrefix) {
            self.block = block
            free = FreeSpace(block)
        }
    }

    /// One word to look at a Prefix, however much there is in it.
    private var parts: Shared<Parts>

    init(_ block: IPPrefix) { parts = Shared(Parts(block)) }

    var block: IPPrefix { parts.value.block }

    private(set) var free: FreeSpace {
        _read { yield parts.value.free }
        _modify { yield &parts.value.free }
    }

    /// The allocations by the first addresses of their blocks. These do not overlap, so no two
    /// begin at the same address.
    private(set) var used: SortedMap<UInt128, Resource> {
        _read { yield parts.value.used }
        _modify { yield &parts.value.used }
    }

    private(set) var policy: PrefixPolicy {
        _read { yield parts.value.policy }
        _modify { yield &parts.value.policy }
    }

    /// What the policy excludes of this block, network and broadcast address among it.
    private(set) var excluded: IPPrefixSet {
        _read { yield parts.value.excluded }
        _modify { yield &parts.value.excluded }
    }

    private(set) var hold: Hold? {
        _read { yield parts.value.hold }
        _modify { yield &parts.value.hold }
    }

    /// How many blocks are taken of each length from the whole's on.
    private var usedCounts: [UInt64] {
        _read { yield parts.value.usedCounts }
        _modify { yield &parts.value.usedCounts }
    }

    /// The addresses that each owner holds, modulo 2¹²⁸ as below; no entry is 0.
    private var addressesByOwner: SortedMap<UInt32, UInt128> {
        _read { yield parts.value.addressesByOwner }
        _modify { yield &parts.value.addressesByOwner }
    }

    // MARK: Taking and giving back

    /// Takes the block of an allocation.
    ///
    /// - Precondition: nothing of it is used.
    mutating func take(_ allocation: Resource) {
        let wanted = allocation.heldBlock
        precondition(!isUsed(wanted), "Two allocations of one parent never overlap.")
        if overlaps(.ofParent, wanted) { free.takeAll(in: wanted) } else { free.take(wanted) }
        used[wanted.number] = allocation
        let index = Int(wanted.length - block.length)
        while usedCounts.count <= index { usedCounts.append(0) }
        usedCounts[index] += 1
        Self.change(&addressesByOwner[allocation.owner]) { $0 &+ wanted.size }
    }

    /// Gives back the block of an allocation.
    mutating func give(_ allocation: Resource) {
        let released = allocation.heldBlock
        let holder = used.remove(released.number)
        precondition(
            holder?.heldBlock == released && holder?.name == allocation.name,
            "Only what is used is given back.")
        usedCounts[Int(released.length - block.length)] -= 1
        Self.change(&addressesByOwner[allocation.owner]) { $0 &- released.size }
        // Nothing of what was used was free.
        if overlaps(.ofParent, released) {
            for part in openParts(of: released) { free.give(part) }
        } else {
            free.give(released)
        }
    }

    /// An allocation has changed, and not its block or its owner.
    mutating func update(_ allocation: Resource) { used[allocation.heldBlock.number] = allocation }

    private static func change(_ amount: inout UInt128?, _ change: (UInt128) -> UInt128) {
        let changed = change(amount ?? 0)
        amount = changed == 0 ? nil : changed
    }

    /// The parent may give out other space from now on; nothing that is used changes.
    mutating func update(_ new: PrefixPolicy) {
        guard new != policy else { return }
        let closedBefore = excluded.union(policy.reserved.clipped(to: block))
        policy = new
        excluded = new.excluded(of: block)
        for closed in excluded.union(new.reserved.clipped(to: block)).prefixes {
            free.takeAll(in: closed)
        }
        for opened in closedBefore.prefixes { open(opened) }
    }

    /// Keeps a block for a claim, or gives back what was kept.
    mutating func update(_ new: Hold?) {
        let old = hold
        hold = new
        if let new { free.takeAll(in: new.block) }
        if let old { open(old.block) }
    }

    /// Makes free what of a block may be free now and was not before.
    private mutating func open(_ block: IPPrefix) {
        for part in openParts(of: block) where free.freeBlock(containing: part) == nil {
            free.give(part)
        }
    }

    /// The parts of a block that a search may give out. Collected first: who changes this space
    /// while it is looked at makes a copy of it.
    private func openParts(of block: IPPrefix) -> [IPPrefix] {
        var parts: [IPPrefix] = []
        visitParts(of: block, without: .all) { parts.append($0) }
        return parts
    }

    // MARK: What is where

    /// What can stand in the way of giving out a block.
    struct Obstacles: OptionSet {
        let rawValue: UInt8
        static let used = Obstacles(rawValue: 1)
        static let excluded = Obstacles(rawValue: 2)
        static let reserved = Obstacles(rawValue: 4)
        static let held = Obstacles(rawValue: 8)
        /// What the parent itself keeps back.
        static let ofParent: Obstacles = [.excluded, .reserved, .held]
        /// What stands in the way of a search.
        static let all: Obstacles = [.used, .excluded, .reserved, .held]
    }

    /// Whether some address of a block is in the way.
    func overlaps(_ obstacles: Obstacles, _ block: IPPrefix) -> Bool {
        obstacles.contains(.excluded) && excluded.overlaps(block)
            || obstacles.contains(.reserved) && policy.reserved.overlaps(block)
            || obstacles.contains(.held) && hold.map { $0.block.overlaps(block) } ?? false
            || obstacles.contains(.used) && isUsed(block)
    }

    /// Whether all of a block is in the way, for one and the same reason.
    private func contains(_ obstacles: Obstacles, _ block: IPPrefix) -> Bool {
        obstacles.contains(.excluded) && excluded.contains(block)
            || obstacles.contains(.reserved) && policy.reserved.contains(block)
            || obstacles.contains(.held) && hold.map { $0.block.contains(block) } ?? false
            || obstacles.contains(.used) && holder(of: block) != nil
    }

    /// Visits the largest parts of a block that are free of obstacles, in numeric order.
    func visitParts(
        of block: IPPrefix, without obstacles: Obstacles, _ visit: (IPPrefix) -> Void
    ) {
        if contains(obstacles, block) { return }
        guard overlaps(obstacles, block) else { return visit(block) }
        // A single address that overlaps something is inside it, so there are halves here.
        let (lower, upper) = block.halves
        visitParts(of: lower, without: obstacles, visit)
        visitParts(of: upper, without: obstacles, visit)
    }

    /// Visits the allocations that lie inside a block, in numeric order, until `visit` says false.
    ///
    /// - Precondition: none holds more than that.
    func visitUsed(in block: IPPrefix, _ visit: (Resource) -> Bool) {
        if let first = used[block.number], !visit(first) { return }
        let last = block.lastAddress.number
        used.visit(after: block.number) { number, allocation in
            number <= last && visit(allocation)
        }
    }

    /// Visits the allocations in numeric order, those behind a block if there is one.
    func visitUsed(after block: IPPrefix?, _ visit: (Resource) -> Bool) {
        if let block, let atSame = used[block.number], block < atSame.heldBlock {
            // What was a larger block when somebody asked before.
            guard visit(atSame) else { return }
        }
        used.visit(after: block?.number) { visit($1) }
    }

    /// Whether some address of a block is used: by what begins in it, or before it.
    func isUsed(_ block: IPPrefix) -> Bool {
        guard let (number, last) = used.last(upTo: block.lastAddress.number) else { return false }
        return number >= block.number || last.heldBlock.contains(block)
    }

    /// The allocation that holds all of a block.
    func holder(of block: IPPrefix) -> Resource? {
        guard let (_, allocation) = used.last(upTo: block.number),
            allocation.heldBlock.contains(block)
        else { return nil }
        return allocation
    }

    /// The first allocation that holds addresses of a block.
    func holder(in wanted: IPPrefix) -> Resource? {
        if let holder = holder(of: wanted) { return holder }
        var holder: Resource?
        visitUsed(in: wanted) { allocation in
            holder = allocation
            return false
        }
        return holder
    }

    // MARK: Amounts

    private func addresses(of owner: UInt32) -> UInt128 { addressesByOwner[owner] ?? 0 }

    /// All used addresses. Modulo 2¹²⁸: of a ::/0 that is wholly used it is 0, and then there is
    /// no room in it anyway.
    private var usedAddresses: UInt128 {
        usedCounts.indices.reduce(0) { sum, index in
            let hostBits = block.family.addressBits - block.length - UInt8(index)
            // Nothing as large as the whole is ever used, so all 128 bits never are.
            return hostBits < 128 ? sum &+ UInt128(usedCounts[index]) << UInt128(hostBits) : sum
        }
    }

    /// Whether another block of that size would be more than the owner, or all together, may have.
    func exceedsQuota(_ size: UInt128, _ owner: UInt32) -> Bool {
        func exceeds(_ quota: UInt128?, _ held: @autoclosure () -> UInt128) -> Bool {
            guard let quota else { return false }
            let (sum, isOver) = held().addingReportingOverflow(size)
            return isOver || sum > quota
        }
        return exceeds(policy.quota, usedAddresses)
            || exceeds(policy.quotaPerOwner, addresses(of: owner))
    }

    /// The addresses that a search can give out.
    var freeAddresses: AddressCount { AddressCount(free.counts, block.family) }
}

extension Space {
    /// What is used and free, for a Prefix of that name.
    func usage(of key: ResourceKey) -> PrefixUsage {
        PrefixUsage(
            key: key, block: block, allocationCount: UInt64(used.count),
            used: usedCounts.indices.filter { usedCounts[$0] > 0 }.map { index in
                LengthCount(length: block.length + UInt8(index), count: usedCounts[index])
            },
            free: free.counts,
            reserved: unused(policy.reserved.clipped(to: block), besides: [.excluded]),
            excluded: unused(excluded, besides: []),
            held: unused(
                IPPrefixSet(hold.map { [$0.block] } ?? []), besides: [.excluded, .reserved]),
            largestFree: free.largest)
    }

    /// The parts of a set that are neither used nor something else, by their lengths.
    private func unused(_ set: IPPrefixSet, besides other: Obstacles) -> [LengthCount] {
        var counts = [UInt64](repeating: 0, count: Int(block.family.addressBits) + 1)
        for prefix in set.prefixes {
            visitParts(of: prefix, without: other.union(.used)) { counts[Int($0.length)] += 1 }
        }
        return counts.indices.filter { counts[$0] > 0 }.map { length in
            LengthCount(length: UInt8(length), count: counts[length])
        }
    }
}

extension Resource {
    /// The block of an allocation that has one.
    fileprivate var heldBlock: IPPrefix {
        guard let placement else { preconditionFailure("What is used is held by somebody.") }
        return placement.block
    }
}

extension IPPrefix {
    /// The number of addresses.
    ///
    /// - Precondition: it is not all of IPv6, which no allocation is: it has a parent.
    var size: UInt128 {
        precondition(family.addressBits - length < 128, "An allocation is smaller than its parent.")
        return 1 << UInt128(family.addressBits - length)
    }
}
