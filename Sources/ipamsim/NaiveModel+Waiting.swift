import IPAM

extension NaiveModel {
    /// Serves those who wait where the command made room, the oldest first. Whoever gets space may
    /// make room in turn, as a new parent or by giving up a hold; then the oldest are first again.
    mutating func wake() {
        while let namespace = turn.namespacesToWake.min() {
            turn.namespacesToWake.remove(namespace)
            for claim in waiting(in: namespace) {
                retry(claim)
                if turn.namespacesToWake.contains(namespace) { break }
            }
        }
    }

    /// Pending allocations, and those that Failed and that a Prefix asks for again.
    private func waiting(in namespace: String) -> [Resource] {
        allocations(in: namespace).filter { allocation in
            switch allocation.status {
            case .pending: true
            case .allocated: false
            case .failed: allocation.controller != nil
            }
        }.sorted { $0.uid.age < $1.uid.age }
    }

    private mutating func retry(_ claim: Resource) {
        let place = place(NaiveClaim(claim))
        switch place {
        case .found(let placement): settle(claim, .allocated(placement))
        case .nothing(let reason):
            let status: Status = reason.isPermanent ? .failed(reason) : .pending
            if claim.status != status { settle(claim, status) }
            if reason == .noRoom { hold(claim) } else { dropHold(ofClaim: claim.key) }
        }
    }

    /// Gives a claim its new status, and its Prefix what follows. An allocation that Failed is
    /// over: another one takes its place.
    private mutating func settle(_ claim: Resource, _ status: Status) {
        var settled = claim
        if case .failed = claim.status {
            settled = Resource(
                key: claim.key, uid: nextUID(), version: turn.lsn, created: turn.now,
                owner: claim.owner, apiGroup: claim.apiGroup, labels: claim.labels,
                annotations: claim.annotations, spec: claim.spec, phaseSince: turn.now,
                controller: claim.controller)
        }
        if settled.status.phase != status.phase { settled.phaseSince = turn.now }
        settled.status = status
        settled.version = turn.lsn
        // Its hold has done its work if the block is the one that was kept.
        if let placement = settled.placement {
            let isKept = holds.contains {
                $0.claim == claim.key && placement.block.contains($0.block)
                    && placement.parent == $0.parent
            }
            if isKept {
                holds.removeAll { $0.claim == claim.key }
            } else {
                dropHold(ofClaim: claim.key)
            }
        }
        put(settled)
        guard settled.placement != nil, let controller = claim.controller,
            var child = prefix(controller, claim.key.namespace)
        else { return }
        child.status = settled.status
        child.phaseSince = turn.now
        child.version = turn.lsn
        put(child)
    }

    /// Keeps a block for a claim that has waited for long: of all blocks of its length in the
    /// parents that could serve it and keep nothing yet, the one with the most free addresses.
    mutating func hold(_ claim: Resource) {
        if let hold = holds.first(where: { $0.claim == claim.key }) {
            if isGood(hold, claim) { return }
            dropHold(ofClaim: claim.key)
        }
        guard claim.spec.prefix == nil, turn.lsn - (claim.uid.age >> 16) > changesBeforeHold else {
            return
        }
        var best: (hold: NaiveHold, free: UInt128)?
        for parent in prefixes(in: claim.key.namespace).sorted(by: { $0.key < $1.key }) {
            guard couldServe(parent, claim), let space = space(of: parent),
                !holds.contains(where: {
                    $0.parent == parent.key.name && $0.namespace == parent.key.namespace
                }), let found = emptiestBlock(ofLength: claim.spec.length, in: space)
            else { continue }
            if let best, best.free >= found.free { continue }
            let hold = NaiveHold(
                claim: claim.key, parent: parent.key.name, block: found.block)
            best = (hold, found.free)
        }
        if let best { holds.append(best.hold) }
    }

    private var changesBeforeHold: UInt64 { UInt64(Limits.changesBeforeHold) }

    /// Whether room is all that the claim lacks in a parent.
    private func couldServe(_ parent: Resource, _ claim: Resource) -> Bool {
        if let name = claim.spec.parent, name != parent.key.name { return false }
        return verdict(of: parent, on: NaiveClaim(claim)) == .nothing(.noRoom)
    }

    /// Whether a hold can still come true.
    private func isGood(_ hold: NaiveHold, _ claim: Resource) -> Bool {
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
