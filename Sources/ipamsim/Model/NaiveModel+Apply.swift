import IPAM

extension NaiveModel {
    /// Manifests, all or none. The faults of the documents come first; then each sees what the
    /// ones before it did.
    mutating func decide(_ apply: Command.Apply) throws(NaiveRefusal) -> Answer.Applied {
        if apply.manifests.isEmpty { throw NaiveRefusal(.malformed) }
        if apply.manifests.count > Limits.itemsPerCommandMax { throw NaiveRefusal(.tooLarge) }
        var specs: [Spec] = []
        for manifest in apply.manifests {
            do throws(InvalidManifest) {
                specs.append(try manifest.validated())
            } catch {
                throw NaiveRefusal(.invalid)
            }
        }
        var items: [Answer.Applied.Item] = []
        var warnings: [String] = []
        for (manifest, spec) in zip(apply.manifests, specs) {
            let outcome: Answer.Applied.Outcome
            if let old = find(manifest.key) {
                outcome = try update(old, manifest, spec)
            } else {
                try create(manifest, spec)
                outcome = .created
                if overlapsRoot(manifest.key) { warnings.append("\(manifest.key) overlaps") }
            }
            items.append(Answer.Applied.Item(key: manifest.key, outcome: outcome))
        }
        return Answer.Applied(items: items, warnings: warnings)
    }

    private mutating func create(_ manifest: Manifest, _ spec: Spec) throws(NaiveRefusal) {
        let isReserved =
            manifest.key.kind == .prefixAllocation && Self.isReserved(manifest.key.name)
        switch (manifest.resourceVersion != nil, isReserved) {
        case (true, true): throw NaiveRefusal([.versionConflict, .invalid])
        case (true, false): throw NaiveRefusal(.versionConflict)
        case (false, true): throw NaiveRefusal(.invalid)
        case (false, false): break
        }
        let resource = Resource(
            key: manifest.key, uid: nextUID(), version: turn.lsn, created: turn.now,
            owner: turn.caller.uid, apiGroup: manifest.apiGroup, labels: manifest.labels ?? [:],
            annotations: manifest.annotations ?? [:], spec: spec, phaseSince: turn.now)
        place(resource)
    }

    /// The names of allocations that Prefixes control.
    static func isReserved(_ name: String) -> Bool {
        name.hasSuffix(".prefix") || name.hasSuffix(".long-prefix")
    }

    /// Stores an object that has no space yet with what it gets now: a root all of its own, an
    /// allocation its block or the reason why not, and a child Prefix what its allocation gets.
    mutating func place(_ resource: Resource) {
        var resource = resource
        switch resource.key.kind {
        case .prefixAllocation:
            resource.status = status(NaiveClaim(resource))
            put(resource)
        case .prefix:
            if resource.spec.isRoot, let block = resource.spec.prefix {
                resource.status = .allocated(Placement(block: block, parent: nil))
                put(resource)
                return
            }
            let name = ControlledName.name(ofPrefix: resource.key.name, uid: resource.uid)
            var allocation = Resource(
                key: ResourceKey(
                    kind: .prefixAllocation, namespace: resource.key.namespace, name: name),
                uid: nextUID(), version: turn.lsn, created: turn.now, owner: resource.owner,
                apiGroup: resource.apiGroup, spec: Self.claimSpec(of: resource.spec),
                phaseSince: turn.now, controller: resource.key.name)
            allocation.status = status(NaiveClaim(allocation))
            if allocation.placement != nil { resource.status = allocation.status }
            put(resource)
            put(allocation)
        }
    }

    /// What the allocation of a child Prefix asks for: its prefix, or else its length.
    private static func claimSpec(of spec: Spec) -> Spec {
        let claim = Spec(
            family: spec.family, prefix: spec.prefix,
            prefixLength: spec.prefix == nil ? spec.prefixLength : nil, parent: spec.parent,
            selector: spec.selector, parentStrategy: spec.parentStrategy)
        guard let claim else { preconditionFailure("A part of a spec is a spec.") }
        return claim
    }

    /// What concerns the claim: a policy is about what others may claim.
    private static func withoutPolicy(_ spec: Spec) -> Spec {
        let claim = Spec(
            family: spec.family, prefix: spec.prefix, prefixLength: spec.prefixLength,
            parent: spec.parent, selector: spec.selector, parentStrategy: spec.parentStrategy)
        guard let claim else { preconditionFailure("A part of a spec is a spec.") }
        return claim
    }

    /// What becomes of a claim that is tried now.
    func status(_ claim: NaiveClaim) -> Status {
        switch place(claim) {
        case .found(let placement): .allocated(placement)
        case .nothing(let reason): reason.isPermanent ? .failed(reason) : .pending
        }
    }

    private mutating func update(
        _ old: Resource, _ manifest: Manifest, _ asked: Spec
    ) throws(NaiveRefusal) -> Answer.Applied.Outcome {
        var faults: [RefusalCode] = []
        if let version = manifest.resourceVersion, version != old.version {
            faults.append(.versionConflict)
        }
        let spec = updatedSpec(of: old, manifest, asked)
        if spec == nil { faults.append(.invalid) }
        var new = old
        if let spec { new.spec = spec }
        new.apiGroup = manifest.apiGroup
        new.labels = manifest.labels ?? old.labels
        new.annotations = manifest.annotations ?? old.annotations
        if new != old, old.controller != nil { faults.append(.controlled) }
        if !faults.isEmpty { throw NaiveRefusal(faults) }
        if new == old { return .unchanged }
        new.version = turn.lsn
        if new.spec != old.spec { new.generation += 1 }
        let asksAnew = Self.withoutPolicy(new.spec) != Self.withoutPolicy(old.spec)
        if asksAnew, old.placement == nil {
            if let allocation = controlledAllocation(of: old), old.key.kind == .prefix {
                remove(allocation.key)
            }
            dropHold(of: .allocation(old.key))
            place(new)
        } else {
            put(new)
        }
        return .configured
    }

    /// The spec after an update, or nothing if it would change what cannot change.
    private func updatedSpec(of old: Resource, _ manifest: Manifest, _ asked: Spec) -> Spec? {
        guard asked.isRoot == old.spec.isRoot, asked.family == old.spec.family,
            asked.selector == old.spec.selector
        else { return nil }
        if manifest.parentStrategy != nil, asked.parentStrategy != old.spec.parentStrategy {
            return nil
        }
        let isPrefix = old.key.kind == .prefix
        guard
            let prefix = setOnce(
                asked.prefix, old.spec.prefix, old.placement?.block, mayBeSet: isPrefix),
            let length = setOnce(
                asked.prefixLength, old.spec.prefixLength, old.placement?.block.length,
                mayBeSet: isPrefix),
            let parent = setOnce(
                asked.parent, old.spec.parent, old.placement?.parent, mayBeSet: true)
        else { return nil }
        return Spec(
            family: old.spec.family, prefix: prefix.value, prefixLength: length.value,
            parent: parent.value, selector: old.spec.selector,
            parentStrategy: old.spec.parentStrategy,
            policy: manifest.policy == nil ? old.spec.policy : asked.policy)
    }

    private struct Field<Value> { let value: Value? }

    /// A field that is left out stays, one that repeats what is there or what was found changes
    /// nothing, and one that says more is set if there was nothing before.
    private func setOnce<Value: Equatable>(
        _ asked: Value?, _ old: Value?, _ found: Value?, mayBeSet: Bool
    ) -> Field<Value>? {
        guard let asked, asked != old else { return Field(value: old) }
        if old != nil { return nil }
        if let found { return asked == found ? Field(value: nil) : nil }
        return mayBeSet ? Field(value: asked) : nil
    }

    private func overlapsRoot(_ key: ResourceKey) -> Bool {
        guard key.kind == .prefix, let root = find(key), root.spec.isRoot,
            let block = root.placement?.block
        else { return false }
        return prefixes(in: key.namespace).contains { other in
            other.key != key && other.spec.isRoot
                && other.placement.map { $0.block.overlaps(block) } ?? false
        }
    }
}
