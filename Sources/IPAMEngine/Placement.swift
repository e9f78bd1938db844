import IPAM

/// Who asks a parent for what.
struct Claim {
    let spec: Spec
    let owner: UInt32

    init(_ spec: Spec, owner: UInt32) {
        self.spec = spec
        self.owner = owner
    }

    init(_ resource: Resource) { self.init(resource.spec, owner: resource.owner) }
}

/// What a search for space found.
enum PlacementOutcome {
    case found(Placement)
    case none(Reason)
}

extension State {
    /// Finds the block for a claim in a namespace, which may have no object yet.
    func place(_ claim: Claim, in namespace: String) -> PlacementOutcome {
        if isQuarantined, claim.spec.prefix == nil { return .none(.quarantined) }
        return (namespaces[namespace] ?? Namespace(namespace)).place(claim)
    }
}

extension Namespace {
    /// Finds the block for a claim, in the parent that it names, or in the best of those that
    /// its selector matches.
    func place(_ claim: Claim) -> PlacementOutcome {
        if let parent = claim.spec.parent {
            guard let node = prefixes[parent] else { return .none(.parentNotFound) }
            switch node.offer(to: claim) {
            case .block(let offer): return .found(offer.placement)
            case .none(let reason): return .none(reason)
            }
        }
        guard let selector = claim.spec.selector else { return .none(.noSuitableParent) }
        if let offer = bestOffer(to: claim, selector) { return .found(offer.placement) }
        return .none(bestReason(for: claim, selector))
    }

    /// The best of the offers to a claim. Who promises the most is asked first, and nobody of whom
    /// nothing better can come.
    private func bestOffer(to claim: Claim, _ selector: Selector) -> Offer? {
        let names = prefixNames(thatMayMatch: selector)
        func visitPromises(_ visit: (Outline.Promise, String) -> Bool) {
            names.visit { name, place in
                outlines[place]?.promise(to: claim.spec).map { visit($0, name) } ?? true
            }
        }
        var first: (promise: Outline.Promise, name: String)?
        visitPromises { promise, name in
            if first.map({ promise < $0.promise }) ?? true { first = (promise, name) }
            return true
        }
        guard let first else { return nil }
        var best: Offer?
        func ask(_ name: String) {
            if case .block(let offer)? = prefixes[name]?.offer(to: claim),
                best.map({ offer.isBetter(than: $0, claim.spec) }) ?? true
            {
                best = offer
            }
        }
        ask(first.name)
        // Mostly that is the best one, and nobody has to be put in order.
        let kept = best.map(Outline.Promise.init)
        var others: [(promise: Outline.Promise, name: String)] = []
        visitPromises { promise, name in
            if kept.map({ $0 < promise }) ?? false || name == first.name { return true }
            others.append((promise, name))
            return true
        }
        for next in others.sorted(by: { $0.promise < $1.promise }) {
            if let best, Outline.Promise(best) < next.promise { break }
            ask(next.name)
        }
        return best
    }

    /// Why nobody has room: the reason that leaves most hope.
    private func bestReason(for claim: Claim, _ selector: Selector) -> Reason {
        var hope = Reason.noSuitableParent
        // It does not depend on the order, and whom the selector does not mean gives no hope.
        prefixNames(thatMayMatch: selector).visit { name, _ in
            if let answer = prefixes[name]?.offer(to: claim), case .none(let reason) = answer,
                reason.hope > hope.hope
            {
                hope = reason
            }
            return true
        }
        return hope
    }

    /// The names of all Prefixes that a selector means, and perhaps of some others, with the places
    /// of their outlines.
    func prefixNames(thatMayMatch selector: Selector) -> SortedMap<String, Int> {
        prefixesByLabel.candidates(for: selector) ?? prefixNames
    }

    /// The Allocated Prefixes of the family that the spec points at, by name.
    func nodes(for spec: Spec) -> [PrefixNode] {
        if let parent = spec.parent { return prefixes[parent].map { [$0] } ?? [] }
        guard let selector = spec.selector else { return [] }
        var nodes: [PrefixNode] = []
        prefixNames(thatMayMatch: selector).visit { name, _ in
            if let node = prefixes[name], node.space?.block.family == spec.family,
                selector.matches(node.resource.labels)
            {
                nodes.append(node)
            }
            return true
        }
        return nodes
    }
}

/// What a parent says to a claim.
enum ParentAnswer {
    case block(Offer)
    case none(Reason)
}

extension PrefixNode {
    /// What this Prefix gives to a claim, or why it gives nothing: first what is missing, then
    /// what does not fit together, then what is not allowed, then what is not there now.
    func offer(to claim: Claim) -> ParentAnswer {
        guard let space else { return .none(.parentNotAllocated) }
        if let reason = unsuitability(for: claim, space) { return .none(reason) }
        let spec = claim.spec
        if let least = space.policy.minLength, spec.length < least {
            return .none(.lengthNotAllowed)
        }
        if let most = space.policy.maxLength, spec.length > most {
            return .none(.lengthNotAllowed)
        }
        if let wanted = spec.prefix, space.excluded.overlaps(wanted) { return .none(.excluded) }
        let size = UInt128(1) << UInt128(spec.family.addressBits - spec.length)
        if space.exceedsQuota(size, claim.owner) { return .none(.quotaReached) }
        guard let offer = space.offer(spec, parent: resource.key.name) else {
            return .none(.noRoom)
        }
        return .block(offer)
    }

    /// Why this Prefix is no candidate for a claim, however much room it has.
    private func unsuitability(for claim: Claim, _ space: Space) -> Reason? {
        let spec = claim.spec
        guard space.block.family == spec.family else { return .otherFamily }
        guard spec.length > space.block.length else { return .tooLarge }
        if let wanted = spec.prefix, !space.block.contains(wanted) { return .outsideParent }
        if let selector = spec.selector, !selector.matches(resource.labels) {
            return .parentNotSelected
        }
        if space.policy.isOwnerOnly, resource.owner != claim.owner { return .ownerOnly }
        return nil
    }
}

extension Reason {
    /// Which reason to give when every candidate has one: the higher, the nearer a claim is to
    /// being served. What makes a Prefix no candidate gives no hope.
    fileprivate var hope: Int {
        switch self {
        case .noRoom: 4
        case .quotaReached: 3
        case .excluded: 2
        case .lengthNotAllowed: 1
        case .noSuitableParent, .parentNotFound, .parentNotAllocated, .parentNotSelected,
            .otherFamily, .tooLarge, .outsideParent, .ownerOnly, .quarantined:
            0
        }
    }
}

/// A block that a parent has for a claim.
struct Offer {
    let block: IPPrefix
    let parent: String
    /// The smallest free block that would do, whatever the strategy takes.
    let fit: IPPrefix
    let space: IPPrefix
    let freeAddresses: AddressCount

    var placement: Placement { Placement(block: block, parent: parent) }

    /// Whether the claim rather takes this one.
    func isBetter(than other: Offer, _ spec: Spec) -> Bool {
        switch spec.parentStrategy {
        case .bestFit:
            if fit.length != other.fit.length { return fit.length > other.fit.length }
            if fit.number != other.fit.number { return fit.number < other.fit.number }
        case .emptiest:
            if freeAddresses != other.freeAddresses { return freeAddresses > other.freeAddresses }
            if space != other.space { return space < other.space }
        }
        return parent < other.parent
    }
}

extension Space {
    /// The block that a claim gets here, if there is room.
    fileprivate func offer(_ spec: Spec, parent: String) -> Offer? {
        let cut: (block: IPPrefix, fit: IPPrefix)?
        if let wanted = spec.prefix {
            let isTaken = overlaps([.used, .held], wanted)
            cut = isTaken ? nil : (wanted, free.freeBlock(containing: wanted) ?? wanted)
        } else if let fit = free.block(for: spec.length),
            let source = free.block(for: spec.length, policy.strategy)
        {
            cut = (source.first(ofLength: spec.length), fit)
        } else {
            cut = nil
        }
        guard let cut else { return nil }
        // Only those who spread their claims look at it, so only they pay for it.
        let amount = spec.parentStrategy == .emptiest ? freeAddresses : .zero
        return Offer(
            block: cut.block, parent: parent, fit: cut.fit, space: block, freeAddresses: amount)
    }
}

extension Spec {
    /// Whether a block is one that this spec asked for.
    func accepts(_ block: IPPrefix) -> Bool {
        block.family == family && block.length == length && (prefix ?? block) == block
    }
}
