package import IPAM

/// All that the daemon knows, as one value. Only `apply` changes it; see `State+Apply.swift`.
package struct State: Sendable {
    /// Part of every uid. A start that may have lost acknowledged changes makes a new one.
    package let incarnation: UInt64
    /// The log sequence number of the last change.
    package internal(set) var lsn: UInt64 = 0

    /// For look-ups alone; what depends on order goes by `namespaceNames`.
    var namespaces: [String: Namespace] = [:]
    var namespaceNames = SortedSet<String>()
    /// Namespaces in which space was made for which not all waiting claims were tried yet.
    var backlog = SortedMap<String, WakeProgress>()

    package init(incarnation: UInt64) { self.incarnation = incarnation }

    /// Takes over the number of a replayed record.
    package mutating func advance(to lsn: UInt64) {
        precondition(lsn >= self.lsn, "Log sequence numbers only rise.")
        self.lsn = lsn
    }
}

/// The objects of one namespace, and what follows from them.
struct Namespace: Sendable {
    var prefixes: [String: PrefixNode] = [:]
    var prefixNames = SortedSet<String>()
    /// Prefixes that are Allocated and have no parent.
    var roots = SortedSet<String>()
    var allocations: [String: Resource] = [:]
    var allocationNames = SortedSet<String>()
    /// Allocations that would take space if there were some.
    var waiting = SortedSet<WaitingKey>()

    var isEmpty: Bool { prefixes.isEmpty && allocations.isEmpty }
}

/// A Prefix and, once it is Allocated, what is free and used in it.
struct PrefixNode: Sendable {
    var resource: Resource
    var space: Space?
}

struct Space: Sendable {
    var free: FreeSpace
    /// The blocks that are taken, each with the name of the allocation that holds it.
    var used = SortedMap<IPPrefix, String>()

    init(_ block: IPPrefix) { free = FreeSpace(block) }

    var block: IPPrefix { free.whole }
}

/// Waiting claims stand in the order of their age; the uid tells it, the name settles ties.
struct WaitingKey: Sendable, Hashable, Comparable {
    let age: UInt64
    let name: String

    init(_ allocation: Resource) {
        age = allocation.uid.age
        name = allocation.key.name
    }

    static func < (left: WaitingKey, right: WaitingKey) -> Bool {
        left.age == right.age ? left.name < right.name : left.age < right.age
    }
}

/// How many objects there are.
package struct Counts: Sendable, Hashable {
    package var prefixes = 0
    package var allocations = 0
    package var waiting = 0
}

extension State {
    package var counts: Counts {
        var counts = Counts()
        // A sum does not depend on the order.
        for namespace in namespaces.values {
            counts.prefixes += namespace.prefixes.count
            counts.allocations += namespace.allocations.count
            counts.waiting += namespace.waiting.count
        }
        return counts
    }

    package func resource(_ key: ResourceKey) -> Resource? {
        switch key.kind {
        case .prefix: namespaces[key.namespace]?.prefixes[key.name]?.resource
        case .prefixAllocation: namespaces[key.namespace]?.allocations[key.name]
        }
    }

    /// Visits every object in the order of the keys: the contents of a checkpoint.
    package func visitResources(_ visit: (Resource) -> Void) {
        for kind in ResourceKind.allCases {
            namespaceNames.visit { name, _ in
                namespaces[name]?.visit(kind, visit)
                return true
            }
        }
    }
}

extension Namespace {
    func visit(_ kind: ResourceKind, _ visit: (Resource) -> Void) {
        names(kind).visit { name, _ in
            if let resource = resource(kind, name) { visit(resource) }
            return true
        }
    }

    func names(_ kind: ResourceKind) -> SortedSet<String> {
        switch kind {
        case .prefix: prefixNames
        case .prefixAllocation: allocationNames
        }
    }

    func resource(_ kind: ResourceKind, _ name: String) -> Resource? {
        switch kind {
        case .prefix: prefixes[name]?.resource
        case .prefixAllocation: allocations[name]
        }
    }

    /// The allocation that a child Prefix controls.
    func controlledAllocation(of prefix: Resource) -> Resource? {
        allocations[prefix.controlledName]
    }

    /// The allocations that hold exactly this block, found from the roots down: overlapping
    /// roots may give several.
    func allocations(holding block: IPPrefix) -> [Resource] {
        var found: [Resource] = []
        roots.visit { root, _ in
            var space = prefixes[root]?.space
            while let current = space, current.block.contains(block) {
                space = nil
                guard let (taken, name) = current.used.last(upTo: block), taken.contains(block),
                    let allocation = allocations[name]
                else { break }
                if taken == block { found.append(allocation) }
                // The same block may be held again by an allocation in the child's own space
                // only if it is smaller than the child, so the walk goes on downwards.
                if let child = allocation.controller, taken != block {
                    space = prefixes[child]?.space
                }
            }
            return true
        }
        return found
    }
}

extension Resource {
    /// The name of the allocation that this Prefix controls, if it is a child.
    var controlledName: String { ControlledName.name(ofPrefix: key.name, uid: uid) }
}

extension State {
    /// The free blocks of a Prefix in numeric order; none while it is not Allocated.
    package func freeBlocks(of key: ResourceKey) -> [IPPrefix] {
        namespaces[key.namespace]?.prefixes[key.name]?.space?.free.blocks ?? []
    }
}

extension Resource {
    /// The size of the encoding, roughly and never far too small.
    var approximateBytes: Int {
        let texts = (labels.pairs + annotations.pairs).reduce(0) {
            $0 + $1.key.utf8.count + $1.value.utf8.count + 16
        }
        return 256 + key.name.utf8.count + texts
    }
}
