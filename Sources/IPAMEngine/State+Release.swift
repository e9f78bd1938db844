import IPAM

extension State {
    /// Ends allocations, all or none.
    mutating func decide(
        _ release: Command.Release, by caller: Caller, _ change: inout Change
    ) throws(Refusal) -> Answer.Released {
        try release.check()
        let names = try targets(of: release, caller)
        return Answer.Released(items: try end(names, in: release.namespace, &change))
    }

    /// The names of what is to end, found before anything ends.
    private func targets(
        of release: Command.Release, _ caller: Caller
    ) throws(Refusal) -> [String] {
        if !release.ignoresMissing { try checkExists(release.namespace, for: caller) }
        guard let namespace = namespaces[release.namespace],
            !isClosed(release.namespace, to: caller)
        else { return [] }
        var names: [String] = []
        for name in release.names {
            let key = ResourceKey(
                kind: .prefixAllocation, namespace: release.namespace, name: name)
            if let allocation = namespace.allocations[name], caller.sees(allocation) {
                names.append(name)
            } else if let prefix = namespace.prefixes[name]?.resource, !prefix.spec.isRoot {
                throw Refusal(
                    .notFound,
                    "there is no \(key.kind) \(name); the Prefix \(name) is ended by: "
                        + "delete prefix/\(name)")
            } else if !release.ignoresMissing {
                throw .notFound(key)
            }
        }
        for block in release.blocks {
            if let name = try namespace.name(holding: block, release, caller) {
                names.append(name)
            }
        }
        if let selector = release.selector {
            names += namespace.releasable(selector, release.parent, caller)
            let most = Limits.itemsPerCommandMax
            guard names.count <= most else {
                throw Refusal(
                    .tooLarge,
                    "\(names.count) allocations would end; one command ends \(most): select fewer")
            }
        }
        return names
    }

    private mutating func end(
        _ names: [String], in namespace: String, _ change: inout Change
    ) throws(Refusal) -> [Answer.Released.Item] {
        var items: [Answer.Released.Item] = []
        for name in names {
            // A name that comes twice has ended the first time.
            guard let allocation = namespaces[namespace]?.allocations[name] else { continue }
            if let controller = allocation.controller {
                throw .controlled(name, by: controller)
            }
            record(.remove(allocation.key), in: &change)
            items.append(.init(name: name, block: allocation.placement?.block))
        }
        return items
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
    fileprivate func name(
        holding block: IPPrefix, _ release: Command.Release, _ caller: Caller
    ) throws(Refusal) -> String? {
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
        return holders.first?.key.name
    }

    /// What a selector releases: a Prefix's own allocations are not meant.
    fileprivate func releasable(
        _ selector: Selector, _ parent: String?, _ caller: Caller
    ) -> [String] {
        var names: [String] = []
        visit(.prefixAllocation) { allocation in
            if allocation.controller == nil, caller.sees(allocation),
                parent == nil || allocation.parent == parent,
                selector.matches(allocation.labels)
            {
                names.append(allocation.key.name)
            }
        }
        return names
    }
}
