import IPAM

extension State {
    /// Why a request would, or would not, be served: what each parent says to it.
    func answer(
        _ explain: Query.Explain, _ caller: Caller
    ) throws(Refusal) -> Answer.Explained {
        var request = explain.request
        request.name = "explained"
        request.waitMilliseconds = nil
        try request.check()
        try checkExists(request.namespace, for: caller)
        guard let namespace = namespaces[request.namespace] else {
            preconditionFailure("A namespace that exists is there.")
        }
        let claim = Claim(try spec(of: request), owner: caller.uid)
        let placement: Placement?
        let explanation: Explanation?
        switch place(claim, in: request.namespace) {
        case .found(let found): (placement, explanation) = (found, nil)
        case .none(let reason):
            placement = nil
            explanation = namespace.explain(reason, claim, in: request.namespace) {
                caller.sees($0)
            }
        }
        var candidates: [Answer.Explained.Candidate] = []
        var next: String?
        let limit = max(1, min(Int(explain.limit), Limits.pageItemsMax))
        namespace.visitPrefixes(named: claim.spec.parent, after: explain.after) { node in
            if candidates.count == limit {
                next = candidates.last?.parent
                return false
            }
            candidates.append(namespace.candidate(node, claim, chosen: placement))
            return true
        }
        return Answer.Explained(
            placement: placement, explanation: explanation, candidates: candidates, next: next)
    }

    /// What is used and free, Prefix by Prefix.
    func answer(_ usage: Query.Usage, _ caller: Caller) throws(Refusal) -> Answer.UsagePage {
        if let namespace = usage.namespace { try checkExists(namespace, for: caller) }
        let list = Query.List(kind: .prefix, namespace: usage.namespace, names: usage.names)
        let wanted = try names(of: list, caller)
        let limit = max(1, min(Int(usage.limit), Limits.pageItemsMax))
        var items: [PrefixUsage] = []
        var work = 0
        var isFull = false
        func visit(_ node: PrefixNode) -> Bool {
            if items.count == limit || work >= Limits.pageWorkMax {
                isFull = true
                return false
            }
            let key = node.resource.key
            items.append(node.space?.usage(of: key) ?? PrefixUsage(key: key, block: nil))
            // Where a policy closes ranges, what is used in them has to be counted.
            let isCounted = node.resource.spec.policy != nil
            work += 1 + (isCounted ? node.space?.used.count ?? 0 : 0)
            return true
        }
        for name in namespaceNames(usage.namespace, from: usage.after, for: caller) where !isFull {
            let after = usage.after?.namespace == name ? usage.after?.name : nil
            guard let namespace = namespaces[name] else { continue }
            if let wanted {
                for name in wanted where after.map({ name > $0 }) ?? true {
                    guard let node = namespace.prefixes[name], visit(node) else { break }
                }
            } else {
                namespace.visitPrefixes(after: after, visit)
            }
        }
        guard isFull, let last = items.last?.key else { return Answer.UsagePage(items: items) }
        let next = Query.Position(namespace: last.namespace, name: last.name)
        return Answer.UsagePage(items: items, next: next)
    }

    /// Who has an address: from each root down, what contains it.
    func answer(_ who: Query.Who, _ caller: Caller) throws(Refusal) -> Answer.Found {
        var resources: [Resource] = []
        var next: Query.Position?
        var last: Query.Position?
        let limit = max(1, min(Int(who.limit), Limits.pageItemsMax))
        for name in namespaceNames(nil, from: who.after, for: caller) where next == nil {
            guard let namespace = namespaces[name] else { continue }
            let after = who.after?.namespace == name ? who.after?.name : nil
            let roots = namespace.roots.containing(who.prefix).map(\.name).sorted()
            for root in roots where after.map({ root > $0 }) ?? true {
                if resources.count >= limit {
                    next = last
                    break
                }
                last = Query.Position(namespace: name, name: root)
                resources += namespace.chain(from: root, to: who.prefix).filter { caller.sees($0) }
            }
        }
        return Answer.Found(resources: resources, next: next)
    }
}

extension Namespace {
    /// Visits the Prefixes in the order of their names, or the one of that name.
    fileprivate func visitPrefixes(
        named name: String? = nil, after: String?, _ visit: (PrefixNode) -> Bool
    ) {
        if let name {
            if let node = prefixes[name] { _ = visit(node) }
            return
        }
        prefixes.visit(after: after, visit)
    }

    /// What a parent says to a claim, for people.
    fileprivate func candidate(
        _ node: PrefixNode, _ claim: Claim, chosen: Placement?
    ) -> Answer.Explained.Candidate {
        let name = node.resource.key.name
        let isChosen = chosen?.parent == name
        let offer: IPPrefix?
        let reason: Reason?
        let sentence: String
        switch node.offer(to: claim) {
        case .block(let found):
            (offer, reason) = (found.block, nil)
            sentence = isChosen ? "chosen" : notChosen(found, claim, chosen)
        case .none(let why):
            (offer, reason) = (nil, why)
            let namespace = node.resource.key.namespace
            sentence = explain(why, claim.asking(name), in: namespace) { _ in false }.sentence
        }
        return Answer.Explained.Candidate(
            parent: name, block: node.space?.block, offer: offer, reason: reason,
            largestFree: node.space?.free.largest, isChosen: isChosen, sentence: sentence)
    }

    /// Why another parent is better.
    private func notChosen(_ offer: Offer, _ claim: Claim, _ chosen: Placement?) -> String {
        let better = chosen?.parent ?? ""
        switch claim.spec.parentStrategy {
        case .bestFit:
            return "has room (in \(offer.fit)); \(better) fits better: the smallest sufficient "
                + "free block wins, then the lowest, then the name"
        case .emptiest:
            return "has room; \(better) is emptier, or is as empty and lower"
        }
    }

    /// The objects that contain a block, from a root down.
    fileprivate func chain(from root: String, to wanted: IPPrefix) -> [Resource] {
        var chain: [Resource] = []
        var node = prefixes[root]
        while let current = node, let space = current.space, space.block.contains(wanted) {
            chain.append(current.resource)
            node = nil
            guard let allocation = space.holder(of: wanted) else { break }
            if let controller = allocation.controller {
                node = prefixes[controller]
            } else {
                chain.append(allocation)
            }
        }
        return chain
    }
}

extension Claim {
    /// The same claim, of one parent alone.
    fileprivate func asking(_ parent: String) -> Claim {
        let spec = Spec(
            family: spec.family, prefix: spec.prefix, prefixLength: spec.prefixLength,
            parent: parent, selector: spec.selector, parentStrategy: spec.parentStrategy)
        return Claim(spec ?? self.spec, owner: owner)
    }
}
