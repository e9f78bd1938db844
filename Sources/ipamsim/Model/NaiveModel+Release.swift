import IPAM

extension NaiveModel {
    /// Ends what names, blocks and selector mean together, all or none.
    mutating func decide(_ release: Command.Release) throws(NaiveRefusal) -> Answer.Released {
        if release.names.isEmpty, release.blocks.isEmpty, release.selector == nil {
            throw NaiveRefusal(.malformed)
        }
        if release.names.count + release.blocks.count > Limits.itemsPerCommandMax {
            throw NaiveRefusal(.tooLarge)
        }
        if let selector = release.selector {
            if selector.isEmpty { throw NaiveRefusal(.emptySelector) }
            if !selector.faults(at: "selector").isEmpty { throw NaiveRefusal(.invalid) }
        }
        guard hasNamespace(release.namespace) else {
            if release.ignoresMissing { return Answer.Released(items: []) }
            throw NaiveRefusal(.unknownNamespace)
        }
        var targets: [Resource] = []
        var faults: [RefusalCode] = []
        for name in release.names { find(name, release, &targets, &faults) }
        for block in release.blocks { find(block, release, &targets, &faults) }
        if let selector = release.selector {
            // What a Prefix controls ends with it, and has no labels of its own to be meant by.
            targets += allocations(in: release.namespace).filter {
                $0.controller == nil && isVisible($0) && selector.matches($0.labels)
                    && (release.parent == nil || $0.parent == release.parent)
            }
        }
        if targets.contains(where: { $0.controller != nil }) { faults.append(.controlled) }
        if !faults.isEmpty { throw NaiveRefusal(faults) }
        var items: [Answer.Released.Item] = []
        for target in targets where find(target.key) != nil {
            remove(target.key)
            items.append(.init(name: target.key.name, block: target.placement?.block))
        }
        return Answer.Released(items: items)
    }

    private func find(
        _ name: String, _ release: Command.Release, _ targets: inout [Resource],
        _ faults: inout [RefusalCode]
    ) {
        if let allocation = allocation(name, release.namespace), isVisible(allocation) {
            targets.append(allocation)
        } else if let child = prefix(name, release.namespace), !child.spec.isRoot {
            // The name of a request that made a Prefix: that is to be deleted instead, and is no
            // allocation that was gone already.
            faults.append(.notFound)
        } else if !release.ignoresMissing {
            faults.append(.notFound)
        }
    }

    private func find(
        _ block: IPPrefix, _ release: Command.Release, _ targets: inout [Resource],
        _ faults: inout [RefusalCode]
    ) {
        let holders = allocations(in: release.namespace).filter {
            isVisible($0) && $0.placement?.block == block
                && (release.parent == nil || $0.placement?.parent == release.parent)
        }
        if holders.isEmpty, !release.ignoresMissing { faults.append(.notFound) }
        if holders.count > 1 { faults.append(.ambiguous) }
        targets += holders
    }

    /// Deletes objects, all or none, in whatever order they are named.
    mutating func decide(_ delete: Command.Delete) throws(NaiveRefusal) -> Answer.Deleted {
        if delete.keys.isEmpty { throw NaiveRefusal(.malformed) }
        if delete.keys.count > Limits.itemsPerCommandMax { throw NaiveRefusal(.tooLarge) }
        var doomed: [Resource] = []
        var faults: [RefusalCode] = []
        for key in delete.keys where !doomed.contains(where: { $0.key == key }) {
            if let resource = find(key), isVisible(resource) {
                doomed.append(resource)
            } else if !delete.ignoresMissing {
                faults.append(hasNamespace(key.namespace) ? .notFound : .unknownNamespace)
            }
        }
        for resource in doomed {
            if turn.caller.role == .agent, resource.owner != turn.caller.uid {
                faults.append(.notPermitted)
            }
            if !isDeletable(resource, with: doomed) {
                faults.append(resource.key.kind == .prefix ? .inUse : .controlled)
            }
        }
        if !faults.isEmpty { throw NaiveRefusal(faults) }
        for resource in doomed {
            if resource.key.kind == .prefix, let own = controlledAllocation(of: resource) {
                remove(own.key)
            }
            remove(resource.key)
        }
        return Answer.Deleted(keys: doomed.map(\.key))
    }

    /// Whether nobody is left without the space that he holds, and no Prefix without its
    /// allocation.
    private func isDeletable(_ resource: Resource, with doomed: [Resource]) -> Bool {
        func isDoomed(_ kind: ResourceKind, _ name: String) -> Bool {
            doomed.contains {
                $0.key.kind == kind && $0.key.name == name
                    && $0.key.namespace == resource.key.namespace
            }
        }
        switch resource.key.kind {
        case .prefixAllocation:
            return resource.controller.map { isDoomed(.prefix, $0) } ?? true
        case .prefix:
            return holders(of: resource.key.name, in: resource.key.namespace).allSatisfy {
                if let child = $0.controller { return isDoomed(.prefix, child) }
                return isDoomed(.prefixAllocation, $0.key.name)
            }
        }
    }

    /// Requests and releases in their order, all or none.
    mutating func decide(_ batch: Command.Batch) throws(NaiveRefusal) -> Answer.Batch {
        if batch.parts.isEmpty { throw NaiveRefusal(.malformed) }
        if batch.parts.count > Limits.itemsPerCommandMax { throw NaiveRefusal(.tooLarge) }
        let malformed = batch.parts.firstIndex { part in
            switch part {
            case .request(let request): request.waitMilliseconds != nil || request.isDryRun
            case .release(let release): release.isDryRun
            }
        }
        var results: [Answer.Batch.Part] = []
        for (index, part) in batch.parts.enumerated() {
            do throws(NaiveRefusal) {
                if index == malformed { throw NaiveRefusal(.malformed) }
                switch part {
                case .request(let request): results.append(.allocated(try decide(request)))
                case .release(let release): results.append(.released(try decide(release)))
                }
            } catch {
                var refusal = error
                refusal.part = index
                // Whether all parts are read before the first is decided is not said.
                if let malformed, malformed > index {
                    refusal.codes.append(.malformed)
                    refusal.isPartOpen = true
                }
                throw refusal
            }
        }
        return Answer.Batch(parts: results)
    }
}
