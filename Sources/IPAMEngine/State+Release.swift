import IPAM

extension State {
    /// Ends allocations, all or none.
    mutating func decide(
        _ release: Command.Release, by caller: Caller, _ change: inout Change
    ) throws(Refusal) -> Answer.Released {
        try release.check()
        var items: [Answer.Released.Item] = []
        for allocation in try targets(of: release, caller) {
            if let controller = allocation.controller {
                throw .controlled(allocation.name, by: controller)
            }
            // What is named twice has ended the first time.
            guard record(.remove(allocation.key), in: &change) else { continue }
            items.append(.init(name: allocation.name, block: allocation.placement?.block))
        }
        return Answer.Released(items: items)
    }

    /// What is to end, found before anything ends.
    private func targets(
        of release: Command.Release, _ caller: Caller
    ) throws(Refusal) -> [Resource] {
        if !release.ignoresMissing { try checkExists(release.namespace, for: caller) }
        guard let namespace = namespaces[release.namespace], !namespace.isClosed(to: caller)
        else { return [] }
        var targets: [Resource] = []
        for name in release.names {
            if let allocation = namespace.allocations[name], caller.sees(allocation) {
                targets.append(allocation)
            } else if let prefix = namespace.prefixes[name]?.resource, !prefix.spec.isRoot {
                throw Refusal(
                    .notFound,
                    "there is no \(ResourceKind.prefixAllocation) \(name); the Prefix \(name) is "
                        + "ended by: delete prefix/\(name)")
            } else if !release.ignoresMissing {
                throw .notFound(
                    ResourceKey(
                        kind: .prefixAllocation, namespace: release.namespace, name: name))
            }
        }
        for block in release.blocks {
            if let holder = try namespace.holder(of: block, release, caller) {
                targets.append(holder)
            }
        }
        if let selector = release.selector {
            targets += namespace.releasable(selector, release.parent, caller)
            let most = Limits.itemsPerCommandMax
            guard targets.count <= most else {
                throw Refusal(
                    .tooLarge,
                    "\(targets.count) allocations would end; one command ends \(most): select fewer"
                )
            }
        }
        return targets
    }
}

extension Command.Release {
    fileprivate func check() throws(Refusal) {
        if let selector {
            guard !selector.isEmpty else {
                throw Refusal(
                    .emptySelector,
                    "the selector is empty (an unset variable?) and would "
                        + "release everything; name what shall end")
            }
            if let fault = selector.faults(at: "selector").first {
                throw Refusal(
                    .invalid, fault.description, faults: [.init(document: 0, fault: fault)])
            }
            try checkCount(1 + names.count + blocks.count, of: "targets")
        } else {
            try checkCount(names.count + blocks.count, of: "targets")
        }
    }
}

extension Namespace {
    /// The one allocation that holds exactly this block.
    fileprivate func holder(
        of block: IPPrefix, _ release: Command.Release, _ caller: Caller
    ) throws(Refusal) -> Resource? {
        let holders = allocations(holding: block).filter {
            caller.sees($0) && (release.parent == nil || $0.placement?.parent == release.parent)
        }
        if holders.count > 1 {
            let places = holders.map { "\($0.key.name) in \($0.parent ?? "")" }
            throw Refusal(
                .ambiguous,
                "\(block) is held by \(places.joined(separator: " and by ")): the roots overlap; "
                    + "release by name, or name the parent",
                names: holders.map(\.key.name))
        }
        if holders.isEmpty, !release.ignoresMissing {
            let parent = release.parent.map { " in \($0.quotedForMessage)" } ?? ""
            throw Refusal(.notFound, "no allocation holds exactly \(block)\(parent)")
        }
        return holders.first
    }

    /// What a selector releases: a Prefix's own allocations are not meant.
    fileprivate func releasable(
        _ selector: Selector, _ parent: String?, _ caller: Caller
    ) -> [Resource] {
        var found: [Resource] = []
        visit(.prefixAllocation) { allocation in
            if allocation.controller == nil, caller.sees(allocation),
                parent == nil || allocation.parent == parent,
                selector.matches(allocation.labels)
            {
                found.append(allocation)
            }
        }
        return found
    }
}
