import IPAM

extension Reference {
    /// What one Prefix says to a claim.
    private enum Verdict {
        /// The block that it would give, the free block by which parents are compared, and how
        /// many of its addresses are free.
        case offer(IPPrefix, fit: IPPrefix, freeCount: Int)
        case nothing(Reason)
    }

    /// Where a claim gets its space.
    func place(_ spec: Spec, _ uid: UInt32) throws(No) -> (room: String, block: IPPrefix) {
        if let name = spec.parent {
            guard let room = rooms[name] else { throw No(.parentNotFound) }
            switch verdict(room, spec, uid) {
            case .offer(let block, _, _): return (name, block)
            case .nothing(let reason): throw No(reason.refusalCode)
            }
        }
        var best: (name: String, block: IPPrefix, fit: IPPrefix, freeCount: Int)?
        var reasons: Set<Reason> = []
        // By name, so that of equals the first is found first.
        for name in rooms.keys.sorted() {
            guard let room = rooms[name] else { continue }
            switch verdict(room, spec, uid) {
            case .nothing(let reason): reasons.insert(reason)
            case .offer(let block, let fit, let freeCount):
                let isBetter: Bool
                switch (best, spec.parentStrategy) {
                case (nil, _): isBetter = true
                case (let best?, .bestFit):
                    isBetter =
                        fit.length != best.fit.length
                        ? fit.length > best.fit.length : fit.number < best.fit.number
                case (let best?, .emptiest):
                    // Of two that begin at one address, as a child at the low end of its parent
                    // does, the larger comes first, as in every order of prefixes.
                    let other = rooms[best.name]?.block ?? room.block
                    isBetter =
                        freeCount != best.freeCount
                        ? freeCount > best.freeCount : room.block < other
                }
                if isBetter { best = (name, block, fit, freeCount) }
            }
        }
        if let best { return (best.name, best.block) }
        let shown: [Reason] = [.noRoom, .quotaReached, .excluded, .lengthNotAllowed]
        throw No((shown.first(where: reasons.contains) ?? .noSuitableParent).refusalCode)
    }

    /// The lines of the protocol's table of reasons, in their order.
    private func verdict(_ room: Room, _ spec: Spec, _ uid: UInt32) -> Verdict {
        let whole = room.block
        let policy = room.policy
        if whole.family != spec.family { return .nothing(.otherFamily) }
        if spec.length <= whole.length { return .nothing(.tooLarge) }
        if let wanted = spec.prefix, !whole.contains(wanted) { return .nothing(.outsideParent) }
        if !matches(spec.selector, room) { return .nothing(.parentNotSelected) }
        if policy.isOwnerOnly, room.thing.owner != uid { return .nothing(.ownerOnly) }
        if let least = policy.minLength, spec.length < least { return .nothing(.lengthNotAllowed) }
        if let most = policy.maxLength, spec.length > most { return .nothing(.lengthNotAllowed) }
        let excluded = excluded(by: room)
        if let wanted = spec.prefix, mask(wanted, of: whole) & excluded != 0 {
            return .nothing(.excluded)
        }
        let count = 1 << Int(whole.family.addressBits - spec.length)
        if let quota = policy.quota, UInt128(room.used.nonzeroBitCount + count) > quota {
            return .nothing(.quotaReached)
        }
        let reserved = policy.reserved.prefixes.reduce(0) { $0 | mask($1, of: whole) }
        let free = mask(whole, of: whole) & ~(room.used | excluded | reserved)
        return offer(spec, room, free: free, count: count)
    }

    private func offer(_ spec: Spec, _ room: Room, free: UInt64, count: Int) -> Verdict {
        let whole = room.block
        let blocks = Self.freeBlocks(free, at: 0, count: size(whole))
        func prefix(at offset: Int, count: Int) -> IPPrefix {
            let bits = whole.family.addressBits - UInt8(count.trailingZeroBitCount)
            let first = IPAddress(number: whole.number + UInt128(offset), family: whole.family)
            return IPPrefix(containing: first, length: bits)
        }
        if let wanted = spec.prefix {
            let taken = room.used | excluded(by: room)
            if mask(wanted, of: whole) & taken != 0 { return .nothing(.noRoom) }
            let around = blocks.map { prefix(at: $0.offset, count: $0.count) }
                .first { $0.contains(wanted) }
            return .offer(wanted, fit: around ?? wanted, freeCount: free.nonzeroBitCount)
        }
        let enough = blocks.filter { $0.count >= count }
        guard let lowest = enough.first, let smallest = enough.map(\.count).min(),
            let largest = enough.map(\.count).max()
        else { return .nothing(.noRoom) }
        let fit = enough.first { $0.count == smallest } ?? lowest
        let source =
            switch room.policy.strategy {
            case .bestFit: fit
            case .lowest: lowest
            case .sparse: enough.first { $0.count == largest } ?? lowest
            }
        return .offer(
            prefix(at: source.offset, count: count), fit: prefix(at: fit.offset, count: fit.count),
            freeCount: free.nonzeroBitCount)
    }

    /// The largest aligned blocks that are wholly free, the lowest first.
    private static func freeBlocks(
        _ free: UInt64, at offset: Int, count: Int
    ) -> [(offset: Int, count: Int)] {
        let whole = bits(at: offset, count: count)
        if free & whole == whole { return [(offset, count)] }
        if count == 1 || free & whole == 0 { return [] }
        return freeBlocks(free, at: offset, count: count / 2)
            + freeBlocks(free, at: offset + count / 2, count: count / 2)
    }

    private func excluded(by room: Room) -> UInt64 {
        let count = size(room.block)
        var excluded = room.policy.excluded.prefixes.reduce(0) { $0 | mask($1, of: room.block) }
        if room.policy.excludesNetworkAndBroadcast, count > 2 {
            excluded |= 1
            if room.block.family == .ipv4 { excluded |= 1 << UInt64(count - 1) }
        }
        return excluded
    }

    // MARK: Bits

    func mask(_ block: IPPrefix, in room: String) -> UInt64 {
        guard let whole = rooms[room]?.block else { return 0 }
        return mask(block, of: whole)
    }

    /// The addresses of a block that lies in a whole.
    private func mask(_ block: IPPrefix, of whole: IPPrefix) -> UInt64 {
        Self.bits(at: Int(block.number - whole.number), count: size(block))
    }

    private func size(_ block: IPPrefix) -> Int {
        let bits = block.family.addressBits - block.length
        precondition(bits <= 6, "The simple model knows Prefixes of at most 64 addresses.")
        return 1 << Int(bits)
    }

    private static func bits(at offset: Int, count: Int) -> UInt64 {
        (count == 64 ? .max : (1 << UInt64(count)) - 1) << UInt64(offset)
    }
}
