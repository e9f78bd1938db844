import IPAM

extension State {
    /// Creates or updates what the manifests say. All faults of all documents are found before
    /// anything is decided; later documents see earlier ones.
    mutating func decide(
        _ apply: Command.Apply, by caller: Caller, _ change: inout Change
    ) throws(Refusal) -> Answer.Applied {
        try checkCount(apply.manifests.count, of: "documents")
        let specs = try validated(apply.manifests)
        var items: [Answer.Applied.Item] = []
        var warnings: [String] = []
        var created: [ResourceKey] = []
        for (index, manifest) in apply.manifests.enumerated() {
            let outcome: Answer.Applied.Outcome
            try change.checkSize(max: changeBytesMax)
            do throws(Rejection) {
                if let old = resource(manifest.key) {
                    outcome = try update(old, manifest, specs[index], &change)
                    if outcome == .configured { warnings += exclusionWarnings(manifest.key) }
                } else {
                    try create(manifest, specs[index], caller, &change)
                    outcome = .created
                    created.append(manifest.key)
                }
            } catch {
                throw error.refusal(document: index, manifest)
            }
            items.append(Answer.Applied.Item(key: manifest.key, outcome: outcome))
        }
        warnings = overlapWarnings(created) + warnings
        return Answer.Applied(items: items, warnings: warnings)
    }

    private func validated(_ manifests: [Manifest]) throws(Refusal) -> [Spec] {
        var specs: [Spec] = []
        var faults: [Refusal.DocumentFault] = []
        for (index, manifest) in manifests.enumerated() {
            do throws(InvalidManifest) {
                specs.append(try manifest.validated())
            } catch {
                faults += error.faults.map { .init(document: UInt32(index), fault: $0) }
            }
            // Thousands of faults help nobody, and would have to be kept and sent.
            if faults.count >= Limits.faultsShownMax { break }
        }
        guard let first = faults.first else { return specs }
        let manifest = manifests[Int(first.document)]
        let more = faults.count == 1 ? "" : " (and \(faults.count - 1) more)"
        throw Refusal(.invalid, "\(manifest.title): \(first.fault)\(more)", faults: faults)
    }

    private mutating func create(
        _ manifest: Manifest, _ spec: Spec, _ caller: Caller, _ change: inout Change
    ) throws(Rejection) {
        guard manifest.resourceVersion == nil else {
            throw .versionConflict("it does not exist any more")
        }
        if manifest.key.kind == .prefixAllocation,
            let fault = ControlledName.reservationFault(manifest.key.name)
        {
            throw .fault(Fault("metadata.name", .invalid, fault))
        }
        let resource = newResource(manifest.key, spec, caller, &change) { resource in
            resource.apiGroup = manifest.apiGroup
            resource.labels = manifest.labels ?? [:]
            resource.annotations = manifest.annotations ?? [:]
        }
        store(resource, &change)
    }

    /// A new object of the caller.
    mutating func newResource(
        _ key: ResourceKey, _ spec: Spec, _ caller: Caller, _ change: inout Change,
        _ complete: (inout Resource) -> Void
    ) -> Resource {
        var resource = Resource(
            key: key, uid: change.nextUID(incarnation), version: change.lsn,
            created: change.now, owner: caller.uid, spec: spec, phaseSince: change.now)
        complete(&resource)
        return unified(resource)
    }

    /// Places an object that has no space yet, and stores it.
    private mutating func store(_ resource: Resource, _ change: inout Change) {
        var resource = resource
        switch resource.key.kind {
        case .prefixAllocation:
            resource.status = firstStatus(resource)
            record(.put(resource), in: &change)
        case .prefix:
            if resource.spec.isRoot, let block = resource.spec.prefix {
                resource.status = .allocated(Placement(block: block, parent: nil))
                record(.put(resource), in: &change)
            } else {
                storeChild(resource, &change)
            }
        }
    }

    /// Stores a child Prefix with the one allocation that it controls.
    mutating func storeChild(_ child: Resource, _ change: inout Change) {
        var child = child
        var allocation = Resource(
            key: ResourceKey(
                kind: .prefixAllocation, namespace: child.key.namespace,
                name: child.controlledName),
            uid: change.nextUID(incarnation), version: change.lsn, created: change.now,
            owner: child.owner, apiGroup: child.apiGroup, spec: child.spec.ofAllocation,
            phaseSince: change.now, controller: child.key.name)
        allocation.status = firstStatus(allocation)
        if case .allocated = allocation.status { child.status = allocation.status }
        record(.put(child), in: &change)
        record(.put(allocation), in: &change)
    }

    private func firstStatus(_ allocation: Resource) -> Status {
        switch place(Claim(allocation), in: allocation.key.namespace) {
        case .found(let placement): .allocated(placement)
        case .none(let reason): reason.isPermanent ? .failed(reason) : .pending
        }
    }

    private mutating func update(
        _ old: Resource, _ manifest: Manifest, _ spec: Spec, _ change: inout Change
    ) throws(Rejection) -> Answer.Applied.Outcome {
        if let version = manifest.resourceVersion, version != old.version {
            throw .versionConflict("it has the version \(old.version) now, not \(version)")
        }
        var new = old
        new.spec = try old.updatedSpec(manifest, spec)
        new.apiGroup = manifest.apiGroup
        new.labels = manifest.labels ?? old.labels
        new.annotations = manifest.annotations ?? old.annotations
        guard new != old else { return .unchanged }
        if let controller = old.controller { throw .controlled(controller) }
        new.version = change.lsn
        if new.spec != old.spec { new.generation += 1 }
        if old.placement == nil, new.spec.asks(otherwiseThan: old.spec) {
            if old.key.kind == .prefix, let allocation = allocation(controlledBy: old) {
                record(.remove(allocation.key), in: &change)
            }
            store(new, &change)
        } else {
            record(.put(new), in: &change)
        }
        return .configured
    }

    /// What is excluded now and held by somebody stays with its holder; but it may be a mistake.
    private func exclusionWarnings(_ key: ResourceKey) -> [String] {
        guard key.kind == .prefix, let space = namespaces[key.namespace]?.prefixes[key.name]?.space
        else { return [] }
        let held = space.excluded.prefixes.lazy.filter { space.holder(in: $0) != nil }
            .prefix(Limits.namesShownMax).map(\.description)
        guard !held.isEmpty else { return [] }
        return [
            "the Prefix \(key.name) excludes \(held.joined(separator: ", ")), where allocations "
                + "are: they stay until they are released"
        ]
    }

    func allocation(controlledBy prefix: Resource) -> Resource? {
        namespaces[prefix.key.namespace]?.controlledAllocation(of: prefix)
    }
}

func checkCount(_ count: Int, of things: String) throws(Refusal) {
    let most = Limits.itemsPerCommandMax
    guard count <= most else {
        throw Refusal(.tooLarge, "there are \(count) \(things); one command takes \(most)")
    }
    guard count > 0 else { throw Refusal(.malformed, "there are no \(things) in the command") }
}

extension Manifest {
    fileprivate var title: String { key.name.isEmpty ? "\(key.kind)" : "\(key)" }
}

/// Why one document cannot be applied.
private enum Rejection: Error {
    case fault(Fault)
    case versionConflict(String)
    case controlled(String)

    func refusal(document: Int, _ manifest: Manifest) -> Refusal {
        switch self {
        case .fault(let fault):
            let place = Refusal.DocumentFault(document: UInt32(document), fault: fault)
            return Refusal(.invalid, "\(manifest.title): \(fault)", faults: [place])
        case .versionConflict(let sentence):
            return Refusal(
                .versionConflict,
                "\(manifest.title): metadata.resourceVersion does not hold: \(sentence); get it "
                    + "again, or leave the field out")
        case .controlled(let prefix): return .controlled(manifest.key.name, by: prefix)
        }
    }
}

extension Refusal {
    static func controlled(_ name: String, by prefix: String) -> Refusal {
        Refusal(
            .controlled,
            "the allocation \(name) belongs to the Prefix \(prefix) and ends with it; "
                + "change or delete that",
            names: [prefix])
    }
}

extension Spec {
    /// Whether another block might come of this; a policy speaks of what is inside the block.
    fileprivate func asks(otherwiseThan other: Spec) -> Bool {
        (prefix, prefixLength, parent) != (other.prefix, other.prefixLength, other.parent)
    }

    /// The request that a child Prefix makes through its allocation: by the prefix if it has
    /// one, else by the length.
    fileprivate var ofAllocation: Spec {
        guard
            let spec = Spec(
                family: family, prefix: prefix, prefixLength: prefix == nil ? prefixLength : nil,
                parent: parent, selector: selector, parentStrategy: parentStrategy)
        else { preconditionFailure("A part of a spec is a spec.") }
        return spec
    }
}

extension Resource {
    /// The spec after an update. Prefix, prefix length and parent can each be set once; what the
    /// document leaves out stays; what repeats what was resolved changes nothing.
    fileprivate func updatedSpec(_ manifest: Manifest, _ new: Spec) throws(Rejection) -> Spec {
        func immutable(_ sentence: String) -> Rejection {
            .fault(Fault("spec", .immutable, sentence))
        }
        guard new.isRoot == spec.isRoot else {
            let sentence = "a root Prefix cannot become a child, nor a child a root"
            throw immutable(sentence)
        }
        guard new.family == spec.family else {
            throw immutable("ipFamily is \(spec.family) and cannot change")
        }
        guard new.selector == spec.selector else {
            throw immutable("the selector cannot change")
        }
        let mayAsk = key.kind == .prefix
        let prefix = try settled(
            "prefix", spec.prefix, placement?.block, new.prefix, mayAsk, immutable)
        let length = try settled(
            "prefixLength", spec.prefixLength, placement?.block.length, new.prefixLength, mayAsk,
            immutable)
        let parent = try settled(
            "the parent", spec.parent, placement?.parent, new.parent, true, immutable)
        if manifest.parentStrategy != nil, new.parentStrategy != spec.parentStrategy {
            throw immutable("parentStrategy is \(spec.parentStrategy) and cannot change")
        }
        let updated = Spec(
            family: spec.family, prefix: prefix, prefixLength: length, parent: parent,
            selector: spec.selector, parentStrategy: spec.parentStrategy,
            policy: manifest.policy == nil ? spec.policy : new.policy)
        guard let updated else {
            throw immutable("prefix and prefixLength do not agree with those set before")
        }
        return updated
    }

    /// One field that can be set once.
    private func settled<Value: Equatable & CustomStringConvertible>(
        _ field: String, _ asked: Value?, _ resolved: Value?, _ new: Value?, _ mayAsk: Bool,
        _ immutable: (String) -> Rejection
    ) throws(Rejection) -> Value? {
        guard let new, new != asked else { return asked }
        if let asked { throw immutable("\(field) is \(asked) and cannot change") }
        if new == resolved { return nil }
        if let resolved { throw immutable("\(field) is \(resolved) and cannot change") }
        guard mayAsk else { throw immutable("\(field) cannot be added") }
        return new
    }
}
