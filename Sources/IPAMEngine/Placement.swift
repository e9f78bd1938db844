import IPAM

/// What a search for space found.
enum PlacementOutcome {
    case found(Placement)
    case none(Reason)
}

extension State {
    /// Finds the block for a claim in a namespace, which may have no object yet.
    func place(_ spec: Spec, in namespace: String) -> PlacementOutcome {
        namespaces[namespace]?.place(spec) ?? Namespace().place(spec)
    }
}

extension Namespace {
    /// Finds the block for a claim.
    ///
    /// Among several parents: the one whose smallest sufficient free block is smallest, then
    /// that with the lowest address, then by name. Within a parent: best fit, lowest address.
    func place(_ spec: Spec) -> PlacementOutcome {
        if let parent = spec.parent { return place(spec, inParent: parent) }
        guard let selector = spec.selector else { return .none(.noSuitableParent) }
        var best: Candidate?
        var isAnySuitable = false
        // The smallest of all candidates does not depend on the order of the visit.
        for node in prefixes.values {
            guard let space = node.space, space.isSuitable(for: spec),
                selector.matches(node.resource.labels)
            else { continue }
            isAnySuitable = true
            guard let free = space.freeBlock(for: spec) else { continue }
            let candidate = Candidate(free: free, parent: node.resource.key.name)
            if best.map({ candidate < $0 }) ?? true { best = candidate }
        }
        guard let best else { return .none(isAnySuitable ? .noRoom : .noSuitableParent) }
        return .found(best.placement(for: spec))
    }

    /// Finds the block in the parent that is asked for, in the order of the reasons: what is
    /// missing, what does not fit together, what can never fit, what does not fit now.
    private func place(_ spec: Spec, inParent name: String) -> PlacementOutcome {
        guard let node = prefixes[name] else { return .none(.parentNotFound) }
        guard let space = node.space else { return .none(.parentNotAllocated) }
        guard space.block.family == spec.family else { return .none(.otherFamily) }
        guard spec.length > space.block.length else { return .none(.tooLarge) }
        if let wanted = spec.prefix, !space.block.contains(wanted) { return .none(.outsideParent) }
        if let selector = spec.selector, !selector.matches(node.resource.labels) {
            return .none(.parentNotSelected)
        }
        guard let free = space.freeBlock(for: spec) else { return .none(.noRoom) }
        return .found(Candidate(free: free, parent: name).placement(for: spec))
    }
}

extension Space {
    /// Whether this space could ever hold the block.
    func isSuitable(for spec: Spec) -> Bool {
        block.family == spec.family && spec.length > block.length
            && spec.prefix.map(block.contains) ?? true
    }

    /// The free block from which the wanted one would be cut.
    func freeBlock(for spec: Spec) -> IPPrefix? {
        if let wanted = spec.prefix {
            free.freeBlock(containing: wanted)
        } else {
            free.bestFit(spec.length)
        }
    }
}

/// A parent that has room.
private struct Candidate {
    let free: IPPrefix
    let parent: String

    func placement(for spec: Spec) -> Placement {
        Placement(block: spec.prefix ?? free.first(ofLength: spec.length), parent: parent)
    }

    static func < (left: Candidate, right: Candidate) -> Bool {
        if left.free.length != right.free.length { return left.free.length > right.free.length }
        if left.free.number != right.free.number { return left.free.number < right.free.number }
        return left.parent < right.parent
    }
}

extension Spec {
    /// Whether a block is one that this spec asked for.
    func accepts(_ block: IPPrefix) -> Bool {
        block.family == family && block.length == length && (prefix ?? block) == block
    }
}
