import IPAM

extension NaiveModel {
    /// Ends the hold of a claimant; others may use the space then.
    mutating func dropHold(of claimant: NaiveClaimant) {
        guard let hold = holds.first(where: { $0.claimant == claimant }) else { return }
        holds.removeAll { $0.claimant == claimant }
        turn.namespacesToWake.insert(hold.namespace)
    }

    /// Ends the hold of a claimant who gets a block. Nobody else gains by that if it is the block
    /// that was kept.
    mutating func endHold(of claimant: NaiveClaimant, for placement: Placement) {
        guard let hold = holds.first(where: { $0.claimant == claimant }) else { return }
        if placement.parent == hold.parent, placement.block.contains(hold.block) {
            holds.removeAll { $0.claimant == claimant }
        } else {
            dropHold(of: claimant)
        }
    }

    /// Keeps a block for a claim that has waited for long: of all blocks of its length in the
    /// parents that could serve it and keep nothing yet, the one with the most free addresses.
    mutating func hold(_ claim: NaiveClaim, isLate: Bool = false) {
        guard let claimant = claim.claimant, let since = claim.since else { return }
        if let hold = holds.first(where: { $0.claimant == claimant }) {
            if isGood(hold, claim) { return }
            dropHold(of: claimant)
        }
        if readings.contains(.holdsAfterPass), !isLate {
            turn.lateHolds.append(claim)
            return
        }
        guard claim.spec.prefix == nil, turn.lsn - since >= UInt64(Limits.changesBeforeHold) else {
            return
        }
        var best: (hold: NaiveHold, free: UInt128)?
        for parent in prefixes(in: claim.namespace).sorted(by: { $0.key < $1.key }) {
            let name = parent.key.name
            let isTaken = holds.contains { $0.parent == name && $0.namespace == claim.namespace }
            guard !isTaken, couldServe(parent, claim), let space = space(of: parent),
                let found = emptiestBlock(ofLength: claim.spec.length, in: space)
            else { continue }
            if let best, best.free >= found.free { continue }
            let hold = NaiveHold(
                claimant: claimant, namespace: claim.namespace, parent: name, block: found.block)
            best = (hold, found.free)
        }
        if let best { holds.append(best.hold) }
    }

    /// Whether room is all that the claim lacks in a parent.
    private func couldServe(_ parent: Resource, _ claim: NaiveClaim) -> Bool {
        if let name = claim.spec.parent, name != parent.key.name { return false }
        return verdict(of: parent, on: claim) == .nothing(.noRoom)
    }

    /// Whether a hold can still come true.
    private func isGood(_ hold: NaiveHold, _ claim: NaiveClaim) -> Bool {
        guard let parent = prefix(hold.parent, hold.namespace), couldServe(parent, claim),
            let space = space(of: parent)
        else { return false }
        return !(space.excluded + space.reserved).contains(where: hold.block.overlaps)
    }

    /// The aligned block with the most free addresses, of equals the lowest. What is excluded or
    /// reserved never becomes free, so a block with some of that is no good.
    private func emptiestBlock(
        ofLength length: UInt8, in space: NaiveSpace
    ) -> (block: IPPrefix, free: UInt128)? {
        func search(_ block: IPPrefix) -> (block: IPPrefix, free: UInt128)? {
            let lost = (space.excluded + space.reserved).filter(block.overlaps)
            if lost.contains(where: { $0.contains(block) }) { return nil }
            // Inside one allocation nothing is free, so the lowest block is as good as any.
            if space.used.contains(where: { $0.contains(block) }), lost.isEmpty {
                return (block.first(ofLength: length), 0)
            }
            if block.length == length {
                guard lost.isEmpty else { return nil }
                let used = space.used.filter(block.contains).addressCount
                return (block, block.addressCount - used)
            }
            let halves = block.halves
            let (low, high) = (search(halves.0), search(halves.1))
            guard let low else { return high }
            guard let high else { return low }
            return high.free > low.free ? high : low
        }
        return search(space.whole)
    }
}
