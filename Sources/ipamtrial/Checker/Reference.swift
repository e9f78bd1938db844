import IPAM

/// The resource model as far as the trials use it, once more and small: each Prefix has at most 64
/// addresses, so its space is one number with a bit for each. Written from the protocol's
/// document, to be believed on sight; it shares no code with the engine.
///
/// It knows nothing of what waits for long (holds), of Pending objects and of IPv6 Prefixes that
/// are larger than 64 addresses; the workload makes none of them.
struct Reference: Sendable, Equatable {
    /// A Prefix and the space in it.
    struct Room: Sendable, Equatable {
        let thing: Thing
        let block: IPPrefix
        let policy: PrefixPolicy
        /// A bit for each address that an allocation has.
        var used: UInt64 = 0
    }

    let namespace: String
    private(set) var lsn: UInt64 = 0
    private(set) var rooms: [String: Room] = [:]
    private(set) var allocations: [String: Thing] = [:]

    init(namespace: String) { self.namespace = namespace }

    /// Puts a root Prefix in, as one `apply` made it.
    mutating func addRoot(
        _ name: String, _ block: IPPrefix, labels: Labels, policy: PrefixPolicy, owner: UInt32
    ) {
        let spec = Spec(
            family: block.family, prefix: block, policy: policy.isEmpty ? nil : policy)
        guard let spec else { preconditionFailure("A root has a prefix.") }
        lsn = 1
        let thing = Thing(
            key: key(.prefix, name), owner: owner, labels: labels, spec: spec, block: block,
            parent: nil, madeAt: 1, version: 1, controller: nil)
        rooms[name] = Room(thing: thing, block: block, policy: policy)
    }

    /// Takes a number for a change that is not known.
    mutating func pass() { lsn += 1 }

    /// Everything, in the order of a dump.
    var things: [Thing] {
        (rooms.values.map(\.thing) + allocations.values).sorted { $0.key < $1.key }
    }

    /// What a question is answered with, and what becomes of the model. `by` is the user who asks.
    ///
    /// A refusal is decided on a copy that nobody keeps. A change takes the next number, unless it
    /// came as the consequence of another: one who waited and was served.
    mutating func perform(_ ask: Ask, by uid: UInt32, isServed: Bool = false) -> Said {
        var next = self
        if !isServed { next.lsn += 1 }
        switch ask {
        case .list(let list): return answer(list)
        case .command(let command):
            let said = next.decide(command, uid)
            if said.isChange { self = next }
            return said
        }
    }

    private mutating func decide(_ command: Command, _ uid: UInt32) -> Said {
        do throws(No) {
            switch command {
            case .request(let request): return try decide(request, uid)
            case .release(let release): return try decide(release, uid)
            case .delete(let delete): return try decide(delete)
            case .batch(let batch):
                var parts: [Said] = []
                for (index, part) in batch.parts.enumerated() {
                    do throws(No) {
                        switch part {
                        case .request(let request): parts.append(try decide(request, uid))
                        case .release(let release): parts.append(try decide(release, uid))
                        }
                    } catch {
                        return .refused(error.code, part: index)
                    }
                }
                return .batch(parts)
            case .apply, .reconcile, .access:
                preconditionFailure("The workload applies nothing after its roots.")
            }
        } catch {
            return .refused(error.code, part: nil)
        }
    }

    /// Why something is refused.
    struct No: Error {
        let code: RefusalCode

        init(_ code: RefusalCode) { self.code = code }
    }

    func key(_ kind: ResourceKind, _ name: String) -> ResourceKey {
        ResourceKey(kind: kind, namespace: namespace, name: name)
    }
}

// MARK: - Requests

extension Reference {
    private mutating func decide(
        _ request: Command.Request, _ uid: UInt32
    ) throws(No) -> Said {
        let old = request.asPrefix ? rooms[request.name]?.thing : allocations[request.name]
        if let old {
            if old.owner != uid { throw No(.nameTaken) }
            let spec = try spec(of: request, unlessSaid: old.spec.length)
            let isSame =
                old.spec.family == spec.family && old.spec.prefix == spec.prefix
                && old.spec.length == spec.length && old.spec.parent == spec.parent
                && old.spec.selector == spec.selector
                && old.spec.parentStrategy == spec.parentStrategy
            guard isSame else { throw No(.nameConflict) }
            return .allocated(old, isCreated: false)
        }
        let spec = try spec(of: request, unlessSaid: nil)
        let (room, block) = try place(spec, uid)
        var thing = Thing(
            key: key(request.asPrefix ? .prefix : .prefixAllocation, request.name), owner: uid,
            labels: request.labels, spec: spec, block: block, parent: room, madeAt: lsn,
            version: lsn, controller: nil)
        if request.asPrefix {
            thing = addChild(thing, block, uid)
        } else {
            allocations[request.name] = thing
        }
        let bits = mask(block, in: room)
        rooms[room]?.used |= bits
        return .allocated(thing, isCreated: true)
    }

    /// A child Prefix of its owner alone, and the allocation that it lives in.
    private mutating func addChild(_ thing: Thing, _ block: IPPrefix, _ uid: UInt32) -> Thing {
        var policy = PrefixPolicy()
        policy.isOwnerOnly = true
        let asked = thing.spec
        let spec = Spec(
            family: asked.family, prefix: asked.prefix, prefixLength: asked.prefixLength,
            parent: asked.parent, selector: asked.selector, parentStrategy: asked.parentStrategy,
            policy: policy)
        guard let spec else { preconditionFailure("A spec with a policy is a spec.") }
        let name = thing.key.name
        let child = Thing(
            key: thing.key, owner: uid, labels: thing.labels, spec: spec, block: block,
            parent: thing.parent, madeAt: lsn, version: lsn, controller: nil)
        rooms[name] = Room(thing: child, block: block, policy: policy)
        allocations["\(name).prefix"] = Thing(
            key: key(.prefixAllocation, "\(name).prefix"), owner: uid, labels: [:], spec: asked,
            block: block, parent: thing.parent, madeAt: lsn, version: lsn, controller: name)
        return child
    }

    /// What a request asks for as it is kept.
    private func spec(
        of request: Command.Request, unlessSaid known: UInt8?
    ) throws(No) -> Spec {
        let family =
            request.family ?? request.prefix?.family
            ?? request.parent.flatMap { rooms[$0]?.block.family } ?? .ipv4
        var length = request.prefixLength
        if let addresses = request.addresses {
            let bits = Int(family.addressBits)
            length = (0...bits).reversed().first { 1 << UInt128(bits - $0) >= addresses }
                .map(UInt8.init)
        } else if request.prefix == nil, length == nil {
            length = known ?? defaultLength(request, family)
        }
        if request.prefix == nil, length == nil { throw No(.invalid) }
        let spec = Spec(
            family: family, prefix: request.prefix, prefixLength: length, parent: request.parent,
            selector: request.anyParent ? Selector() : request.selector,
            parentStrategy: request.parentStrategy)
        guard let spec else { throw No(.invalid) }
        return spec
    }

    private func defaultLength(_ request: Command.Request, _ family: IPFamily) -> UInt8? {
        if let parent = request.parent { return rooms[parent]?.policy.defaultLength }
        return rooms.keys.sorted().lazy.compactMap { rooms[$0] }
            .first {
                $0.block.family == family && $0.policy.defaultLength != nil
                    && matches(request.selector, $0)
            }?.policy.defaultLength
    }

    func matches(_ selector: Selector?, _ room: Room) -> Bool {
        let labels = selector?.matchLabels.pairs ?? []
        return labels.allSatisfy { room.thing.labels.pairs.contains($0) }
    }
}

// MARK: - Releases, deletions, lists

extension Reference {
    private mutating func decide(
        _ release: Command.Release, _ uid: UInt32
    ) throws(No) -> Said {
        var found: [Thing] = []
        for name in release.names {
            if let allocation = allocations[name] {
                if !found.contains(allocation) { found.append(allocation) }
            } else if !release.ignoresMissing || rooms[name]?.thing.parent != nil {
                throw No(.notFound)
            }
        }
        for block in release.blocks {
            let holders = allocations.values.filter { $0.block == block }
            if holders.count > 1 { throw No(.ambiguous) }
            if holders.isEmpty, !release.ignoresMissing { throw No(.notFound) }
            found += holders.filter { !found.contains($0) }
        }
        if found.contains(where: { $0.controller != nil }) { throw No(.controlled) }
        for thing in found { remove(allocation: thing) }
        return .released(found.map { Said.Freed(name: $0.key.name, block: $0.block) })
    }

    private mutating func remove(allocation thing: Thing) {
        allocations[thing.key.name] = nil
        guard let room = thing.parent, let block = thing.block else { return }
        let bits = mask(block, in: room)
        rooms[room]?.used &= ~bits
    }

    /// One after the other: the workload names no objects together of which one lives in another.
    private mutating func decide(_ delete: Command.Delete) throws(No) -> Said {
        for key in delete.keys {
            switch key.kind {
            case .prefixAllocation:
                guard let thing = allocations[key.name] else { throw No(.notFound) }
                if thing.controller != nil { throw No(.controlled) }
                remove(allocation: thing)
            case .prefix:
                guard let room = rooms[key.name] else { throw No(.notFound) }
                guard room.used == 0 else { throw No(.inUse) }
                rooms[key.name] = nil
                if let own = allocations["\(key.name).prefix"] { remove(allocation: own) }
            }
        }
        return .deleted(delete.keys.sorted())
    }

    private func answer(_ list: Query.List) -> Said {
        let all =
            switch list.kind {
            case .prefix: rooms.mapValues(\.thing)
            case .prefixAllocation: allocations
            }
        if list.names.contains(where: { all[$0] == nil }) {
            return .refused(.notFound, part: nil)
        }
        let names = list.names.isEmpty ? Array(all.keys) : Array(Set(list.names))
        return .listed(names.sorted().compactMap { all[$0] })
    }
}
