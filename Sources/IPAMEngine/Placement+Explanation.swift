import IPAM

extension Namespace {
    /// Says in a sentence why a claim got no space, with the facts of this moment. Of
    /// allocations that the one who asks does not see, nothing is told.
    func explain(
        _ reason: Reason, _ claim: Claim, in namespace: String, sees: (Resource) -> Bool
    ) -> Explanation {
        let place = "in the namespace \(namespace.quotedForMessage)"
        return Explanation(reason, sentence(reason, claim, place, sees))
    }

    private func sentence(
        _ reason: Reason, _ claim: Claim, _ place: String, _ sees: (Resource) -> Bool
    ) -> String {
        let spec = claim.spec
        let parent = spec.parent ?? ""
        let node = prefixes[parent]
        let block = node?.space.map { " (\($0.block))" } ?? ""
        switch reason {
        case .noSuitableParent: return noSuitableParent(spec, place)
        case .noRoom: return noRoom(claim, sees)
        case .lengthNotAllowed, .excluded, .quotaReached, .ownerOnly:
            return notAllowed(reason, claim)
        case .parentNotFound:
            return "there is no Prefix \(parent.quotedForMessage) \(place)"
        case .parentNotAllocated: return "the parent \(parent) is not Allocated yet"
        case .parentNotSelected:
            let fault = node.flatMap { spec.selector?.mismatch(with: $0.resource.labels) }
            return "the parent \(parent) is not one that the selector means: \(fault ?? "")"
        case .otherFamily:
            let family = node?.space?.block.family.description ?? "the other family"
            return "the request is for \(spec.family), the parent \(parent)\(block) is \(family)"
        case .tooLarge:
            return "\(spec.wanted) is not smaller than the parent \(parent)\(block); "
                + "ask for a longer prefix length"
        case .quarantined:
            return "the daemon's state was restored and may be old, so nothing new is handed out "
                + "before an administrator ends that with: ipamc reconcile; who holds a prefix "
                + "asks for that very prefix"
        case .outsideParent: return "\(spec.wanted) is not inside the parent \(parent)\(block)"
        }
    }

    /// A selector that finds nothing: because of the labels, or because of the size.
    private func noSuitableParent(_ spec: Spec, _ place: String) -> String {
        let selected = nodes(for: spec)
        let text = spec.selector.map { $0.isEmpty ? "" : " with the labels [\($0)]" } ?? ""
        let largest = selected.min {
            ($0.space?.block.length ?? 0, $0.resource.key.name)
                < ($1.space?.block.length ?? 0, $1.resource.key.name)
        }
        guard let largest, let block = largest.space?.block else {
            return "no Allocated \(spec.family) Prefix\(text) is \(place)"
        }
        if spec.prefix != nil, spec.length > block.length {
            return "\(spec.wanted) is inside no Allocated Prefix\(text)"
        }
        return "\(spec.wanted) is not smaller than any Allocated \(spec.family) Prefix\(text); "
            + "the largest is \(largest.resource.key.name) (\(block))"
    }

    private func noRoom(_ claim: Claim, _ sees: (Resource) -> Bool) -> String {
        let spec = claim.spec
        let suitable = nodes(for: spec).filter { $0.answers(claim, .noRoom) }
        if let wanted = spec.prefix {
            let held = suitable.contains { $0.space?.overlaps([.held], wanted) ?? false }
            let holders = suitable.compactMap { $0.space?.holder(in: wanted) }
                .filter(sees).map(\.name).sorted()
            let names = holders.isEmpty ? "" : ", by \(holders.joined(separator: ", "))"
            let taken = held && holders.isEmpty ? "kept for a claim that waits" : "taken"
            return "\(wanted) is \(taken), wholly or in part\(names)"
        }
        let rooms = suitable.compactMap { node in
            node.space?.free.largest.map { (block: $0, name: node.resource.key.name) }
        }
        let largest = rooms.min { ($0.block.length, $0.name) < ($1.block.length, $1.name) }
        let place = spec.parent.map { "in \($0)" } ?? "in \(suitable.count) suitable Prefixes"
        guard let largest else { return "there is no room for \(spec.wanted) \(place): full" }
        let owner = spec.parent == nil ? " in \(largest.name)" : ""
        return "there is no room for \(spec.wanted) \(place); the largest free block is "
            + "\(largest.block)\(owner)"
    }

    /// What the policy of a parent does not allow: of several, that of the first by name.
    private func notAllowed(_ reason: Reason, _ claim: Claim) -> String {
        let spec = claim.spec
        guard let node = nodes(for: spec).first(where: { $0.answers(claim, reason) }),
            let space = node.space
        else { return "no parent serves \(spec.wanted)" }
        let parent = "\(node.resource.key.name) (\(space.block))"
        let policy = space.policy
        switch reason {
        case .lengthNotAllowed:
            return "\(parent) gives out \(policy.lengthRange), not \(spec.wanted)"
        case .excluded: return "\(spec.wanted) has addresses that \(parent) excludes"
        case .quotaReached:
            let quotas = [
                policy.quota.map { "\($0) in all" },
                policy.quotaPerOwner.map { "\($0) for each user" },
            ]
            let most = quotas.compactMap(\.self).joined(separator: ", ")
            return "\(spec.wanted) would exceed the quota of \(parent): at most \(most)"
        case .ownerOnly:
            return "\(parent) serves only its owner, the user \(node.resource.owner)"
        case .noSuitableParent, .noRoom, .parentNotFound, .parentNotAllocated, .parentNotSelected,
            .otherFamily, .tooLarge, .outsideParent, .quarantined:
            preconditionFailure("Only what a policy forbids is explained here.")
        }
    }
}

extension PrefixNode {
    /// Whether this Prefix would serve a claim but for that reason.
    fileprivate func answers(_ claim: Claim, _ reason: Reason) -> Bool {
        if case .none(reason) = offer(to: claim) { true } else { false }
    }
}

extension Spec {
    /// `10.0.0.0/26` or `a /26`, for sentences.
    var wanted: String { prefix.map(\.description) ?? "a /\(length)" }
}
