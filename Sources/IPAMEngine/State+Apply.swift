import IPAM

extension State {
    /// Makes a fact true and returns the event that would undo it.
    ///
    /// - Precondition: the event makes sense (`fault(of:)` finds nothing); events of our own
    ///   decisions do by construction.
    @discardableResult
    package mutating func apply(_ event: Event) -> Event? {
        switch event {
        case .put(let resource):
            let old = Self.put(resource, in: &namespaces[resource.namespace])
            if let old { count(old, by: -1) }
            count(resource, by: 1)
            return old.map(Event.put) ?? .remove(resource.key)
        case .remove(let key):
            guard let old = namespaces[key.namespace]?.remove(key.kind, key.name) else {
                return nil
            }
            count(old, by: -1)
            dropNamespaceIfEmpty(key.namespace)
            return .put(old)
        }
    }

    private static func put(_ resource: Resource, in namespace: inout Namespace?) -> Resource? {
        if namespace == nil { namespace = Namespace(resource.namespace) }
        return namespace?.put(resource)
    }

    /// A namespace ends with its last object, unless somebody waits in it.
    mutating func dropNamespaceIfEmpty(_ name: String) {
        guard namespaces[name]?.isEmpty ?? false else { return }
        namespaces[name] = nil
        backlog[name] = nil
    }

    /// Why an event of the journal makes no sense here, as a sentence; nothing if it does.
    package func fault(of event: Event) -> String? {
        switch event {
        case .put(let resource):
            if let fault = faultOfCount(in: resource) {
                fault
            } else {
                switch resource.key.kind {
                case .prefix: faultOfPut(prefix: resource)
                case .prefixAllocation: faultOfPut(allocation: resource)
                }
            }
        case .remove(let key): faultOfRemoval(key)
        }
    }

    /// Each change of a spec has a log sequence number of 48 bits, and the next one needs room.
    private func faultOfCount(in resource: Resource) -> String? {
        guard resource.generation >> 47 != 0 else { return nil }
        return "the spec of \(resource.key.name) has changed \(resource.generation) times"
    }

    private func faultOfPut(prefix: Resource) -> String? {
        let space = namespaces[prefix.key.namespace]?.prefixes[prefix.key.name]?.space
        if case .failed = prefix.status { return "a Prefix never fails" }
        if prefix.controller != nil { return "a Prefix has no controller" }
        if let placement = prefix.placement {
            guard placement.parent != nil || prefix.spec.prefix == placement.block else {
                return "the root \(prefix.key.name) has another block than its spec"
            }
            guard prefix.spec.accepts(placement.block) else {
                return "\(prefix.key.name) has \(placement.block), which it did not ask for"
            }
            guard space == nil || space?.block == placement.block else {
                return "the block of \(prefix.key.name) changes"
            }
        } else if let space, !space.used.isEmpty {
            return "\(prefix.key.name) has allocations and would be Pending"
        }
        return nil
    }

    private func faultOfPut(allocation: Resource) -> String? {
        let namespace = namespaces[allocation.namespace]
        let old = namespace?.allocations[allocation.name]?.placement
        guard let placement = allocation.placement else {
            return old == nil ? nil : "\(allocation.name) loses its block and stays"
        }
        guard allocation.spec.accepts(placement.block) else {
            return "\(allocation.name) has \(placement.block), which it did not ask for"
        }
        if old == placement { return nil }
        guard old == nil else { return "the block of \(allocation.name) changes" }
        guard let parent = placement.parent, let space = namespace?.prefixes[parent]?.space
        else { return "\(allocation.name) has no Allocated parent" }
        guard space.block.contains(placement.block), space.block != placement.block else {
            return "\(placement.block) is not inside \(space.block)"
        }
        guard space.isUsed(placement.block) else { return nil }
        let holder = space.holder(in: placement.block)?.ownedBlock ?? "nobody"
        return "\(allocation.ownedBlock) is held in \(parent): \(holder)"
    }

    private func faultOfRemoval(_ key: ResourceKey) -> String? {
        guard resource(key) != nil else { return "\(key) does not exist" }
        if key.kind == .prefix,
            let used = namespaces[key.namespace]?.prefixes[key.name]?.space?.used, !used.isEmpty
        {
            return "\(key) still has allocations"
        }
        return nil
    }
}

extension Namespace {
    /// Puts an object; returns what it was before.
    fileprivate mutating func put(_ resource: Resource) -> Resource? {
        switch resource.kind {
        case .prefix: put(prefix: resource)
        case .prefixAllocation: put(allocation: resource)
        }
    }

    /// Takes an object out, and returns it.
    fileprivate mutating func remove(_ kind: ResourceKind, _ name: String) -> Resource? {
        switch kind {
        case .prefix: remove(prefix: name)
        case .prefixAllocation: remove(allocation: name)
        }
    }

    private mutating func put(prefix: Resource) -> Resource? {
        let name = prefix.name
        // Its parts, for a copy of the node would make the change copy all that is in it.
        let oldPlace = prefixes[name]?.place
        let place = oldPlace ?? outlines.makePlace()
        let old = prefixes[name]?.resource
        prefixesByLabel.replace(old?.labels, by: prefix.labels, of: name, at: place)
        if let block = prefixes[name]?.space?.block {
            roots.remove(.init(block: block, name: name))
        }
        if oldPlace == nil { prefixes[name] = PrefixNode(resource: prefix, place: place) }
        prefixes[name]?.update(prefix)
        outlines[place] = prefixes[name]?.space?.outline
        prefixNames[name] = place
        if let placement = prefix.placement, placement.parent == nil {
            roots.insert(.init(block: placement.block, name: name))
        }
        return old
    }

    private mutating func remove(prefix name: String) -> Resource? {
        guard let node = prefixes.remove(name) else { return nil }
        precondition(node.space?.used.isEmpty ?? true, "A Prefix in use stays.")
        prefixNames[name] = nil
        prefixesByLabel.replace(node.resource.labels, by: nil, of: name, at: node.place)
        outlines.removePlace(node.place)
        if let block = node.space?.block { roots.remove(.init(block: block, name: name)) }
        return node.resource
    }

    private mutating func put(allocation: Resource) -> Resource? {
        let old = allocations.put(allocation)
        if let old {
            if old.isWaiting { waiting.remove(WaitingKey(old), old.wish) }
            if !old.holdsAs(allocation) { giveBack(old) }
        }
        if let placement = allocation.placement {
            let isHeld = old?.holdsAs(allocation) ?? false
            changeSpace(of: placement) {
                if isHeld { $0.update(allocation) } else { $0.take(allocation) }
            }
        }
        if allocation.isWaiting {
            waiting.insert(WaitingKey(allocation), allocation.wish)
        }
        return old
    }

    private mutating func remove(allocation name: String) -> Resource? {
        guard let allocation = allocations.remove(name) else { return nil }
        giveBack(allocation)
        if allocation.isWaiting {
            waiting.remove(WaitingKey(allocation), allocation.wish)
        }
        return allocation
    }

    private mutating func giveBack(_ allocation: Resource) {
        guard let placement = allocation.placement else { return }
        changeSpace(of: placement) { $0.give(allocation) }
    }

    private mutating func changeSpace(
        of placement: Placement, _ change: (inout Space) -> Void
    ) {
        guard let parent = placement.parent else {
            preconditionFailure("An allocation has a parent.")
        }
        changeSpace(of: parent, change)
    }

    /// Changes what is free in a Prefix, and its outline with it.
    ///
    /// - Precondition: the Prefix is there and Allocated.
    mutating func changeSpace(of name: String, _ change: (inout Space) -> Void) {
        guard let outline = prefixes[name]?.change(change) else {
            preconditionFailure("Only an Allocated Prefix has space.")
        }
        outlines[outline.place] = outline.outline
    }
}

extension PrefixNode {
    /// Changes the space; what its outline is then, and where that belongs.
    fileprivate mutating func change(
        _ change: (inout Space) -> Void
    ) -> (outline: Outline, place: Int)? {
        // Taken out and put back: with a second reference to it all of it would be copied.
        guard var changed = space.take() else { return nil }
        change(&changed)
        let outline = changed.outline
        space = changed
        return (outline, place)
    }

    fileprivate mutating func update(_ new: Resource) {
        resource = new
        if let block = new.placement?.block {
            if space == nil { space = Space(block) }
            space?.update(new.spec.policy ?? PrefixPolicy())
        } else {
            precondition(space?.used.isEmpty ?? true, "A Prefix in use stays Allocated.")
            space = nil
        }
    }
}

extension Resource {
    /// Whether an allocation holds the same space for the same owner.
    fileprivate func holdsAs(_ other: Resource) -> Bool {
        placement == other.placement && owner == other.owner
    }

    /// Whether this takes space as soon as there is some. An allocation that Failed is final,
    /// unless a Prefix stands behind it that goes on asking.
    var isWaiting: Bool {
        switch status {
        case .pending: true
        case .allocated: false
        case .failed: controller != nil
        }
    }

    /// What it waits for, if it does.
    var wish: WaitingLine.Wish {
        switch status {
        case .pending: .claim(spec, owner: owner)
        case .allocated, .failed: .single(WaitingKey(self))
        }
    }
}
