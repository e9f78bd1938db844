import IPAM

extension State {
    /// Deletes objects, all or none; their order does not matter.
    mutating func decide(
        _ delete: Command.Delete, by caller: Caller, _ change: inout Change
    ) throws(Refusal) -> Answer.Deleted {
        try checkCount(delete.keys.count, of: "objects")
        var doomed: Set<ResourceKey> = []
        var resources: [Resource] = []
        for key in delete.keys where !doomed.contains(key) {
            guard let resource = resource(key), caller.sees(resource),
                !isClosed(key.namespace, to: caller)
            else {
                if delete.ignoresMissing { continue }
                try checkExists(key.namespace, for: caller)
                throw .notFound(key)
            }
            doomed.insert(key)
            resources.append(resource)
        }
        for resource in resources { try checkDeletable(resource, doomed) }
        for resource in resources.sorted(by: Self.comesFirst) {
            // The allocation that a Prefix controls has gone with it.
            guard self.resource(resource.key) != nil else { continue }
            if resource.key.kind == .prefix, let owned = allocation(controlledBy: resource) {
                record(.remove(owned.key), in: &change)
            }
            record(.remove(resource.key), in: &change)
        }
        return Answer.Deleted(keys: resources.map(\.key))
    }

    /// Refuses what would leave somebody without the space that they hold.
    private func checkDeletable(
        _ resource: Resource, _ doomed: Set<ResourceKey>
    ) throws(Refusal) {
        let key = resource.key
        switch key.kind {
        case .prefixAllocation:
            guard let controller = resource.controller else { return }
            let owner = ResourceKey(kind: .prefix, namespace: key.namespace, name: controller)
            if !doomed.contains(owner) { throw .controlled(key.name, by: controller) }
        case .prefix:
            let holders = holders(in: key, besides: doomed)
            guard holders.isEmpty else { throw .inUse(key, holders) }
        }
    }

    /// What holds space in a Prefix and is not to be deleted too: a child Prefix by its name,
    /// an allocation by its own.
    private func holders(in key: ResourceKey, besides doomed: Set<ResourceKey>) -> [ResourceKey] {
        guard let namespace = namespaces[key.namespace],
            let used = namespace.prefixes[key.name]?.space?.used
        else { return [] }
        var holders: [ResourceKey] = []
        used.visit { _, allocation in
            let controller = allocation.controller
            let holder = ResourceKey(
                kind: controller == nil ? .prefixAllocation : .prefix,
                namespace: key.namespace, name: controller ?? allocation.name)
            if !doomed.contains(holder) { holders.append(holder) }
            return true
        }
        return holders
    }

    /// Allocations before Prefixes, small Prefixes before the larger ones that they are in.
    private static func comesFirst(_ left: Resource, _ right: Resource) -> Bool {
        if left.key.kind != right.key.kind { return left.key.kind == .prefixAllocation }
        let (leftLength, rightLength) = (left.spec.length, right.spec.length)
        return leftLength == rightLength ? left.key < right.key : leftLength > rightLength
    }
}

extension Refusal {
    fileprivate static func inUse(_ key: ResourceKey, _ holders: [ResourceKey]) -> Refusal {
        let shown = holders.prefix(Limits.namesShownMax).map(\.description)
        let more = holders.count > shown.count ? " and \(holders.count - shown.count) more" : ""
        return Refusal(
            .inUse,
            "\(key) still has space in use by \(shown.joined(separator: ", "))\(more); "
                + "delete or release that first",
            names: shown)
    }
}
