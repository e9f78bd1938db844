import IPAM

// A large claim could wait for ever while small ones come and go, for never would a whole block of
// its size be free at once. So a claim that was tried in vain for long keeps a block for itself:
//
//     wanted: a /26          ┌──────── held ────────┐
//     /24    ██░█░░██████████ █░░░█░░░░░░░░░░░░░░░░░ ███████░█████
//                             └─ nobody new comes in; when these two have gone, the claim moves in
//
// A hold is no stored fact: after a restart it is chosen anew.

/// A block that is kept for a claim until nobody is left in it.
struct Hold: Sendable, Hashable {
    let block: IPPrefix
    let claim: WaitingKey
    /// The name of the Prefix that the block is in.
    let parent: String
    /// The change at which it was chosen.
    let since: UInt64
}

extension State {
    /// Gives back what is kept for claims that do not wait any more.
    mutating func dropStaleHolds(_ change: inout Change) {
        var names: [String] = []
        holds.visit { name, _ in
            names.append(name)
            return true
        }
        for name in names where dropStaleHolds(in: name) { change.madeRoom(in: name) }
    }

    private mutating func dropStaleHolds(in name: String) -> Bool {
        var stale: [WaitingKey] = []
        holds[name]?.visit { key, hold in
            let isWaiting = namespaces[name]?.waiting.contains(key) ?? false
            if !isWaiting || space(of: hold, in: name)?.hold != hold { stale.append(key) }
            return true
        }
        for key in stale { giveUpHold(of: key, in: name) }
        return !stale.isEmpty
    }

    /// After an undone change all is held that was before: also what it had given up, and what
    /// went with a Prefix that it had deleted.
    mutating func restoreHolds(_ before: SortedMap<String, SortedMap<WaitingKey, Hold>>) {
        guard !before.isEmpty else { return }
        holds = before
        var lost: [(name: String, hold: Hold)] = []
        before.visit { name, holds in
            holds.visit { _, hold in
                if let space = space(of: hold, in: name), space.hold == nil {
                    lost.append((name, hold))
                }
                return true
            }
            return true
        }
        for (name, hold) in lost {
            namespaces[name]?.changeSpace(of: hold.parent) { $0.update(hold) }
        }
    }

    private func space(of hold: Hold, in name: String) -> Space? {
        namespaces[name]?.prefixes[hold.parent]?.space
    }

    /// Gives up a hold whose block has become empty, so that the claim finds it, or that the
    /// parent would not honour any more; returns whether it did.
    mutating func giveUpHoldIfReady(of key: WaitingKey, _ claim: Claim, in name: String) -> Bool {
        guard let hold = holds[name]?[key] else { return false }
        if let node = namespaces[name]?.prefixes[hold.parent], node.space?.hold == hold,
            node.space?.holder(in: hold.block) != nil, node.isShortOfRoom(for: claim)
        {
            return false
        }
        return giveUpHold(of: key, in: name)
    }

    /// Gives up a hold; returns whether there was one.
    @discardableResult
    mutating func giveUpHold(of key: WaitingKey, in name: String) -> Bool {
        guard let hold = holds[name]?[key] else { return false }
        holds[name]?[key] = nil
        if holds[name]?.isEmpty ?? true { holds[name] = nil }
        if space(of: hold, in: name)?.hold == hold {
            namespaces[name]?.changeSpace(of: hold.parent) { $0.update(nil) }
        }
        return true
    }

    /// Keeps a block for a claim that has waited for long. Whoever keeps one for long in vain
    /// tries another. Returns whether that made room for others.
    mutating func takeHold(
        for key: WaitingKey, _ claim: Claim, in name: String, at lsn: UInt64
    ) -> Bool {
        // A single address is in no hole too small for it, and who wants a certain block waits
        // for those who are in it.
        guard claim.spec.prefix == nil, claim.spec.length < claim.spec.family.addressBits,
            key.changes(until: lsn) >= Limits.changesBeforeHold
        else { return false }
        if let hold = holds[name]?[key], lsn - hold.since < Limits.changesBeforeHold {
            return false
        }
        let gaveUp = giveUpHold(of: key, in: name)
        guard let (parent, block) = namespaces[name]?.bestHold(for: claim, at: lsn) else {
            return gaveUp
        }
        let hold = Hold(block: block, claim: key, parent: parent, since: lsn)
        namespaces[name]?.changeSpace(of: parent) { $0.update(hold) }
        if holds[name] == nil { holds[name] = SortedMap() }
        holds[name]?[key] = hold
        return gaveUp
    }
}

extension Namespace {
    /// The block that is likely to become empty first.
    ///
    /// Who is in a block for longer than `Limits.changesBeforeHold` changes has settled, and will
    /// hardly leave soon. So: the block with the fewest settled addresses, then with the most
    /// free ones, then the first that was found, parents by name.
    fileprivate func bestHold(
        for claim: Claim, at lsn: UInt64
    ) -> (parent: String, block: IPPrefix)? {
        var best: (parent: String, candidate: HoldCandidate)?
        var work = 0
        for name in holdParents(of: claim) {
            guard let space = prefixes[name]?.space else { continue }
            for block in space.blocksToHold(ofLength: claim.spec.length) {
                let candidate = holdCandidate(block, in: space, at: lsn, &work)
                if best.map({ candidate.isBetter(than: $0.candidate) }) ?? true {
                    best = (name, candidate)
                }
                if work >= Limits.holdWorkMax { break }
            }
        }
        return best.map { ($0.parent, $0.candidate.block) }
    }

    /// The parents that would serve the claim if they had room, and keep nothing for others.
    private func holdParents(of claim: Claim) -> [String] {
        func isPossible(_ name: String) -> Bool {
            guard let node = prefixes[name], node.space?.hold == nil else { return false }
            return node.isShortOfRoom(for: claim)
        }
        if let parent = claim.spec.parent { return isPossible(parent) ? [parent] : [] }
        guard let selector = claim.spec.selector else { return [] }
        var names: [String] = []
        prefixNames(thatMayMatch: selector).visit { name, _ in
            if isPossible(name) { names.append(name) }
            return names.count < Limits.holdParentsMax
        }
        return names
    }

    private func holdCandidate(
        _ block: IPPrefix, in space: Space, at lsn: UInt64, _ work: inout Int
    ) -> HoldCandidate {
        var candidate = HoldCandidate(block: block, settled: 0, used: 0)
        func add(_ size: UInt128, _ allocation: Resource) {
            candidate.used += size
            let age = WaitingKey(allocation).changes(until: lsn)
            if age >= Limits.changesBeforeHold { candidate.settled += size }
            work += 1
        }
        if let around = space.holder(of: block) {
            add(block.size, around)
        } else {
            space.visitUsed(in: block) { allocation in
                add(allocation.placement?.block.size ?? 0, allocation)
                return work < Limits.holdWorkMax
            }
        }
        return candidate
    }
}

/// A block that a claim might keep, and what stands in the way.
private struct HoldCandidate {
    let block: IPPrefix
    /// Addresses of allocations that have been there for long.
    var settled: UInt128
    var used: UInt128

    func isBetter(than other: HoldCandidate) -> Bool {
        settled == other.settled ? used < other.used : settled < other.settled
    }
}

extension Space {
    /// The blocks of that length that are worth a look: those around the largest free blocks, or
    /// else the first one that nothing but allocations stands in the way of.
    fileprivate func blocksToHold(ofLength length: UInt8) -> [IPPrefix] {
        var blocks: [IPPrefix] = []
        for free in free.largest(Limits.holdBlocksMax) where free.length > length {
            let around = IPPrefix(containing: free.firstAddress, length: length)
            if !blocks.contains(around), !overlaps(.ofParent, around) {
                blocks.append(around)
            }
        }
        return blocks.isEmpty ? firstToHold(ofLength: length).map { [$0] } ?? [] : blocks
    }

    private func firstToHold(ofLength length: UInt8) -> IPPrefix? {
        let closed = excluded.union(policy.reserved)
        var candidate = block.first(ofLength: length)
        // Each step leaves a closed prefix behind, or a block with one in it.
        while closed.overlaps(candidate) {
            let obstacle = closed.prefixes.first { $0.contains(candidate) } ?? candidate
            guard obstacle.lastAddress < block.lastAddress else { return nil }
            let next = IPAddress(number: obstacle.lastAddress.number + 1, family: block.family)
            candidate = IPPrefix(containing: next, length: length)
        }
        return candidate
    }
}

extension PrefixNode {
    /// Whether nothing but room is missing for a claim.
    fileprivate func isShortOfRoom(for claim: Claim) -> Bool {
        if case .none(.noRoom) = offer(to: claim) { true } else { false }
    }
}
