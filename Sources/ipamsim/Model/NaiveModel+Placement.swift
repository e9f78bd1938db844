import IPAM

/// Who asks: what the holds are kept for.
enum NaiveClaimant: Sendable, Hashable {
    case allocation(ResourceKey)
    case request(NaiveWaitingRequest.Ticket)
}

/// Somebody who asks for space.
struct NaiveClaim: Sendable {
    let namespace: String
    let spec: Spec
    let owner: UInt32
    /// Its own hold does not stop it; a request that does not wait has none.
    let claimant: NaiveClaimant?
    /// The change since which it waits, if it does.
    let since: UInt64?

    init(_ allocation: Resource) {
        namespace = allocation.key.namespace
        spec = allocation.spec
        owner = allocation.owner
        claimant = .allocation(allocation.key)
        since = allocation.uid.age >> 16
    }

    init(_ spec: Spec, in namespace: String, owner: UInt32, _ waiting: NaiveWaitingRequest?) {
        self.namespace = namespace
        self.spec = spec
        self.owner = owner
        claimant = waiting.map { .request($0.ticket) }
        since = waiting?.since
    }
}

/// What a parent says to a claim.
enum NaiveVerdict: Hashable {
    /// The block that it gives, and the free block that tells how well the claim fits.
    case offer(IPPrefix, fit: IPPrefix)
    case nothing(Reason)
}

/// Where a claim gets its space, or why it gets none.
enum NaivePlace: Hashable {
    case found(Placement)
    case nothing(Reason)
}

extension NaiveModel {
    /// What one Prefix says to a claim: the first reason that holds, in the order of the contract
    /// (its number 1, that there is no such Prefix, is for `place`).
    func verdict(of parent: Resource, on claim: NaiveClaim) -> NaiveVerdict {
        let spec = claim.spec
        guard let whole = parent.placement?.block,
            let space = space(of: parent, seenBy: claim.claimant)
        else { return .nothing(.parentNotAllocated) }
        if whole.family != spec.family { return .nothing(.otherFamily) }
        if spec.length <= whole.length { return .nothing(.tooLarge) }
        if let wanted = spec.prefix, !whole.contains(wanted) { return .nothing(.outsideParent) }
        if let selector = spec.selector, !selector.matches(parent.labels) {
            return .nothing(.parentNotSelected)
        }
        let policy = parent.spec.policy ?? PrefixPolicy()
        if policy.isOwnerOnly, parent.owner != claim.owner { return .nothing(.ownerOnly) }
        if let least = policy.minLength, spec.length < least { return .nothing(.lengthNotAllowed) }
        if let most = policy.maxLength, spec.length > most { return .nothing(.lengthNotAllowed) }
        if let wanted = spec.prefix, space.excluded.contains(where: wanted.overlaps) {
            return .nothing(.excluded)
        }
        if isQuotaReached(parent, policy, claim, whole.family) { return .nothing(.quotaReached) }
        return room(in: space, for: spec, policy.strategy)
    }

    private func isQuotaReached(
        _ parent: Resource, _ policy: PrefixPolicy, _ claim: NaiveClaim, _ family: IPFamily
    ) -> Bool {
        if policy.quota == nil, policy.quotaPerOwner == nil { return false }
        let holders = holders(of: parent.key.name, in: parent.key.namespace)
        func sum(_ holders: [Resource]) -> UInt128 {
            holders.compactMap(\.placement?.block).addressCount
        }
        let wanted: UInt128 = 1 << UInt128(family.addressBits - claim.spec.length)
        if let quota = policy.quota, sum(holders) + wanted > quota { return true }
        if let quota = policy.quotaPerOwner {
            return sum(holders.filter { $0.owner == claim.owner }) + wanted > quota
        }
        return false
    }

    private func room(
        in space: NaiveSpace, for spec: Spec, _ strategy: PrefixPolicy.Strategy
    ) -> NaiveVerdict {
        let free = space.free
        if let wanted = spec.prefix {
            if (space.used + space.excluded + space.held).contains(where: wanted.overlaps) {
                return .nothing(.noRoom)
            }
            return .offer(wanted, fit: free.first { $0.contains(wanted) } ?? wanted)
        }
        let sufficient = free.filter { $0.length <= spec.length }
        guard let lowest = sufficient.first else { return .nothing(.noRoom) }
        let smallestLength = sufficient.map(\.length).max()
        let largestLength = sufficient.map(\.length).min()
        let fit = sufficient.first { $0.length == smallestLength } ?? lowest
        let source =
            switch strategy {
            case .bestFit: fit
            case .lowest: lowest
            case .sparse: sufficient.first { $0.length == largestLength } ?? lowest
            }
        return .offer(source.first(ofLength: spec.length), fit: fit)
    }

    /// Finds the place of a claim.
    func place(_ claim: NaiveClaim) -> NaivePlace {
        if let name = claim.spec.parent {
            guard let parent = prefix(name, claim.namespace) else {
                return .nothing(.parentNotFound)
            }
            switch verdict(of: parent, on: claim) {
            case .offer(let block, _): return .found(Placement(block: block, parent: name))
            case .nothing(let reason): return .nothing(reason)
            }
        }
        guard claim.spec.selector != nil else { return .nothing(.noSuitableParent) }
        var offers: [Offer] = []
        var reasons: Set<Reason> = []
        for parent in prefixes(in: claim.namespace) {
            switch verdict(of: parent, on: claim) {
            case .nothing(let reason): reasons.insert(reason)
            case .offer(let block, let fit):
                offers.append(Offer(parent: parent, block: block, fit: fit))
            }
        }
        if let best = best(of: offers, claim) {
            return .found(Placement(block: best.block, parent: best.parent.key.name))
        }
        let first = [Reason.noRoom, .quotaReached, .excluded, .lengthNotAllowed]
            .first(where: reasons.contains)
        return .nothing(first ?? .noSuitableParent)
    }

    private struct Offer {
        let parent: Resource
        let block: IPPrefix
        let fit: IPPrefix
    }

    /// Of several parents that would give a block, the one that does.
    private func best(of offers: [Offer], _ claim: NaiveClaim) -> Offer? {
        switch claim.spec.parentStrategy {
        case .bestFit:
            offers.min { left, right in
                if left.fit.length != right.fit.length { return left.fit.length > right.fit.length }
                if left.fit != right.fit { return left.fit < right.fit }
                return left.parent.key.name < right.parent.key.name
            }
        case .emptiest:
            offers.min { left, right in
                let (leftFree, rightFree) = (free(left, claim), free(right, claim))
                if leftFree != rightFree { return leftFree > rightFree }
                let (leftBlock, rightBlock) = (left.parent.placement, right.parent.placement)
                if let one = leftBlock?.block, let other = rightBlock?.block, one != other {
                    return one < other
                }
                return left.parent.key.name < right.parent.key.name
            }
        }
    }

    private func free(_ offer: Offer, _ claim: NaiveClaim) -> UInt128 {
        space(of: offer.parent, seenBy: claim.claimant)?.free.addressCount ?? 0
    }

    /// Why an object that is not Allocated has no block now; nothing if it would get one.
    func reason(of resource: Resource) -> Reason? {
        if case .failed(let reason) = resource.status { return reason }
        if resource.placement != nil { return nil }
        guard resource.key.kind == .prefixAllocation else {
            return controlledAllocation(of: resource).flatMap { reason(of: $0) }
        }
        switch place(NaiveClaim(resource)) {
        case .found: return nil
        case .nothing(let reason): return reason
        }
    }
}
