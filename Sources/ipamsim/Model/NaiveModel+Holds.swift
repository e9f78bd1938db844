import IPAM

/// A block that a long waiting claim keeps in a parent.
struct NaiveHold: Sendable, Hashable {
    let claimant: NaiveClaimant
    let namespace: String
    let parent: String
    let block: IPPrefix
    /// The change that chose it.
    let since: UInt64
}

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

    /// Keeps a block for a claim for a length that has found no room for long. Another one is
    /// chosen when it has been kept in vain for as long again.
    mutating func hold(_ claim: NaiveClaim) {
        guard let claimant = claim.claimant, let since = claim.since else { return }
        if let hold = holds.first(where: { $0.claimant == claimant }) {
            let holders = holders(of: hold.parent, in: hold.namespace)
            let isEmpty = !holders.contains { $0.placement?.block.overlaps(hold.block) ?? false }
            if couldServe(hold.parent, claim), isYoung(hold.since), !isEmpty { return }
            dropHold(of: claimant)
        }
        let isAddress = claim.spec.length == claim.spec.family.addressBits
        guard claim.spec.prefix == nil, !isAddress, !isYoung(since) else { return }
        var best: (hold: NaiveHold, settled: UInt128, used: UInt128)?
        for parent in prefixes(in: claim.namespace).sorted(by: { $0.key < $1.key }) {
            let name = parent.key.name
            let isTaken = holds.contains { $0.parent == name && $0.namespace == claim.namespace }
            if isTaken || !couldServe(name, claim) { continue }
            let holders = holders(of: name, in: claim.namespace)
            for block in holdCandidates(in: parent, ofLength: claim.spec.length) {
                let settled = addresses(of: holders.filter { !isYoung($0.uid.age >> 16) }, block)
                let used = addresses(of: holders, block)
                if let best, (best.settled, best.used) <= (settled, used) { continue }
                let hold = NaiveHold(
                    claimant: claimant, namespace: claim.namespace, parent: name, block: block,
                    since: turn.lsn)
                best = (hold, settled, used)
            }
        }
        if let best { holds.append(best.hold) }
    }

    private func isYoung(_ lsn: UInt64) -> Bool {
        turn.lsn - lsn < UInt64(Limits.changesBeforeHold)
    }

    /// Whether room is all that the claim lacks in a parent.
    private func couldServe(_ name: String, _ claim: NaiveClaim) -> Bool {
        if let wanted = claim.spec.parent, wanted != name { return false }
        guard let parent = prefix(name, claim.namespace) else { return false }
        return verdict(of: parent, on: claim) == .nothing(.noRoom)
    }

    /// The blocks of a length around the largest free blocks, the largest first, but for those of
    /// which something never becomes free; if there are none, the lowest that may become free.
    private func holdCandidates(in parent: Resource, ofLength length: UInt8) -> [IPPrefix] {
        guard let space = space(of: parent) else { return [] }
        let lost = space.excluded + space.reserved
        var candidates: [IPPrefix] = []
        let free = space.free.sorted { $0.length == $1.length ? $0 < $1 : $0.length < $1.length }
        for block in free.prefix(64) {
            let around = IPPrefix(containing: block.firstAddress, length: length)
            if candidates.contains(around) || lost.contains(where: around.overlaps) { continue }
            candidates.append(around)
        }
        if !candidates.isEmpty { return candidates }
        return lowest(in: space.whole, ofLength: length, without: lost).map { [$0] } ?? []
    }

    private func lowest(
        in block: IPPrefix, ofLength length: UInt8, without lost: [IPPrefix]
    ) -> IPPrefix? {
        let inside = lost.filter(block.overlaps)
        if inside.isEmpty { return block.first(ofLength: length) }
        if block.length == length || inside.contains(where: { $0.contains(block) }) { return nil }
        let halves = block.halves
        return lowest(in: halves.0, ofLength: length, without: inside)
            ?? lowest(in: halves.1, ofLength: length, without: inside)
    }

    /// How many addresses of a block some allocations have.
    private func addresses(of holders: [Resource], _ block: IPPrefix) -> UInt128 {
        holders.compactMap(\.placement?.block).reduce(0) { sum, held in
            if held.contains(block) { return block.addressCount }
            return block.contains(held) ? sum + held.addressCount : sum
        }
    }
}
