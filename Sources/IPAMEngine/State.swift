package import IPAM

/// All that the daemon knows, as one value. Only `apply` changes it; see `State+Apply.swift`.
package struct State: Sendable {
    /// Part of every uid. A start that may have lost acknowledged changes makes a new one.
    package let incarnation: UInt64
    /// The largest record that the journal takes.
    package var recordBytesMax = Limits.recordBytesMax
    /// How much of it the objects of a command may fill: those whom it wakes, and the difference
    /// between sizes that are estimated and sizes that are measured, need some of it too.
    var changeBytesMax: Int { recordBytesMax / 4 * 3 }
    /// The log sequence number of the last change.
    package internal(set) var lsn: UInt64 = 0

    /// Whether this state was restored and may be older than what its clients know: then space
    /// is given only to those who ask for a prefix that they hold.
    package var isQuarantined = false

    var namespaces = NameMap<Namespace>()
    /// Namespaces in which space was made for which not all waiting claims were tried yet.
    var backlog = SortedMap<String, WakeProgress>()
    /// Requests that wait in their connections.
    var waitingRequests: [Ticket: WaitingRequest] = [:]
    var waitingRequestsByUser: [UInt32: Int] = [:]
    var lastTicket: Ticket = 0
    /// How many allocations each user has.
    private(set) var allocationsByOwner = SortedMap<UInt32, Int>()
    /// How many an agent may have.
    package var allocationsPerUserMax = Int.max
    /// What the objects have in common.
    private var commonParts = CommonParts()
    /// What claims keep for themselves, by namespace.
    var holds = SortedMap<String, SortedMap<WaitingKey, Hold>>()

    package init(incarnation: UInt64) { self.incarnation = incarnation }

    /// An object in as little memory as it may have, before it is put. The same object.
    mutating func unified(_ resource: consuming Resource) -> Resource {
        var resource = resource
        commonParts.unify(&resource)
        return resource
    }

    /// Counts what its owner has, if it is an allocation.
    mutating func count(_ resource: Resource, by step: Int) {
        guard resource.kind == .prefixAllocation else { return }
        Self.change(&allocationsByOwner[resource.owner], by: step)
    }

    /// No count is 0.
    private static func change(_ count: inout Int?, by step: Int) {
        let changed = (count ?? 0) + step
        count = changed == 0 ? nil : changed
    }

    /// The same objects in another life: uids and positions of the former mean nothing in it.
    package func reincarnated(as incarnation: UInt64) -> State {
        var state = State(incarnation: incarnation)
        visitResources { state.apply(.put($0)) }
        visitAccess { state.apply(AccessChange(namespace: $0, access: $1)) }
        state.lsn = lsn
        return state
    }

    /// Takes over the number of a replayed record.
    package mutating func advance(to lsn: UInt64) {
        precondition(lsn >= self.lsn, "Log sequence numbers only rise.")
        self.lsn = lsn
    }
}

/// The objects of one namespace, and what follows from them.
struct Namespace: Sendable, Named {
    private struct Parts {
        let name: String
        var prefixes = NameMap<PrefixNode>()
        var prefixNames = SortedMap<String, Int>()
        var prefixesByLabel = LabelIndex()
        var outlines = Outlines()
        var roots = Roots()
        var allocations = NameMap<Resource>()
        var waiting = WaitingLine()
        var waitingRequestCount = 0
        var access: NamespaceAccess?
    }

    /// One word to look at a namespace, however much there is in it.
    private var parts: Shared<Parts>

    init(_ name: String) { parts = Shared(Parts(name: name)) }

    var name: String { parts.value.name }

    var prefixes: NameMap<PrefixNode> {
        _read { yield parts.value.prefixes }
        _modify { yield &parts.value.prefixes }
    }

    /// The names, with the places of the outlines.
    var prefixNames: SortedMap<String, Int> {
        _read { yield parts.value.prefixNames }
        _modify { yield &parts.value.prefixNames }
    }

    /// Which Prefixes have a label.
    var prefixesByLabel: LabelIndex {
        _read { yield parts.value.prefixesByLabel }
        _modify { yield &parts.value.prefixesByLabel }
    }

    var outlines: Outlines {
        _read { yield parts.value.outlines }
        _modify { yield &parts.value.outlines }
    }

    var roots: Roots {
        _read { yield parts.value.roots }
        _modify { yield &parts.value.roots }
    }

    var allocations: NameMap<Resource> {
        _read { yield parts.value.allocations }
        _modify { yield &parts.value.allocations }
    }

    /// Allocations, and requests in their connections, that would take space if there were some.
    var waiting: WaitingLine {
        _read { yield parts.value.waiting }
        _modify { yield &parts.value.waiting }
    }

    /// How many of those who wait are requests.
    var waitingRequestCount: Int {
        _read { yield parts.value.waitingRequestCount }
        _modify { yield &parts.value.waitingRequestCount }
    }

    /// The agents that may use it; absent: all.
    var access: NamespaceAccess? {
        _read { yield parts.value.access }
        _modify { yield &parts.value.access }
    }

    /// Whether it exists for people: requests may wait in one that does not.
    var isThere: Bool { !prefixes.isEmpty || !allocations.isEmpty || access != nil }
    /// Requests keep a namespace: they wait for what an administrator may bring back.
    var isEmpty: Bool { !isThere && waitingRequestCount == 0 }
}

/// A Prefix and, once it is Allocated, what is free and used in it.
struct PrefixNode: Sendable, Named {
    var resource: Resource
    var space: Space?
    /// Where its outline is.
    let place: Int

    var name: String { resource.name }
}

extension Resource: Named {}

/// Claims wait in the order of their age; the uid of an allocation tells it, and the name
/// settles ties. A request that waits in its connection has no uid yet: it stands behind all
/// that was stored by the change before it came.
struct WaitingKey: Sendable, Hashable, Comparable {
    let age: UInt64
    let name: String
    /// The ticket of a request; 0 for an allocation.
    let ticket: Ticket

    init(_ allocation: Resource) {
        age = allocation.uid.age
        name = allocation.key.name
        ticket = 0
    }

    init(_ request: WaitingRequest, _ ticket: Ticket) {
        age = ResourceUID(incarnation: 0, lsn: request.lsn, index: .max).age
        name = request.request.name
        self.ticket = ticket
    }

    /// How many changes were made since the claim began to wait.
    func changes(until lsn: UInt64) -> UInt64 { lsn - min(lsn, age >> 16) }

    static func < (left: WaitingKey, right: WaitingKey) -> Bool {
        if left.age != right.age { return left.age < right.age }
        if left.ticket != right.ticket { return left.ticket < right.ticket }
        return left.name < right.name
    }
}

/// The number of a request that waits in its connection.
package typealias Ticket = UInt64

/// A request that waits in its connection for room. It is stored nowhere: it is gone when the
/// connection or the daemon ends, and nothing has changed.
struct WaitingRequest: Sendable {
    let request: Command.Request
    let caller: Caller
    /// The change before it came.
    let lsn: UInt64
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
        namespaces.visit { namespace in
            counts.prefixes += namespace.prefixes.count
            counts.allocations += namespace.allocations.count
            counts.waiting += namespace.waiting.count
            return true
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
            namespaces.visit { namespace in
                namespace.visit(kind, visit)
                return true
            }
        }
    }
}

extension Namespace {
    func visit(_ kind: ResourceKind, _ visit: (Resource) -> Void) {
        self.visit(kind, after: nil) { resource in
            visit(resource)
            return true
        }
    }

    /// Visits all objects in the order of their names, those behind one if it is given, until
    /// `visit` says false.
    func visit(_ kind: ResourceKind, after name: String?, _ visit: (Resource) -> Bool) {
        switch kind {
        case .prefix: prefixes.visit(after: name) { visit($0.resource) }
        case .prefixAllocation: allocations.visit(after: name, visit)
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

    /// The allocations that hold exactly this block, found from the roots down, these in the
    /// order of their names: overlapping roots may give several.
    func allocations(holding block: IPPrefix) -> [Resource] {
        var found: [Resource] = []
        for root in roots.containing(block).map(\.name).sorted() {
            var space = prefixes[root]?.space
            while let current = space, current.block.contains(block) {
                space = nil
                guard let allocation = current.holder(of: block) else { break }
                let isWhole = allocation.placement?.block == block
                if isWhole { found.append(allocation) }
                // The same block may be held again by an allocation in the child's own space
                // only if it is smaller than the child, so the walk goes on downwards.
                if let child = allocation.controller, !isWhole {
                    space = prefixes[child]?.space
                }
            }
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
    /// The size of the encoding, roughly and hardly ever too small.
    var approximateBytes: Int {
        func bytes(_ text: String?) -> Int { text?.utf8.count ?? 0 }
        let spec = spec
        let policy = spec.policy
        let ranges = (policy?.reserved.prefixes.count ?? 0) + (policy?.excluded.prefixes.count ?? 0)
        return 192 + bytes(namespace) + bytes(name) + bytes(spec.parent) + bytes(placement?.parent)
            + bytes(controller) + labels.approximateBytes + annotations.approximateBytes
            + (spec.selector?.approximateBytes ?? 0) + 24 * ranges
    }
}

extension Labels {
    fileprivate var approximateBytes: Int {
        pairs.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 16 }
    }
}

extension Selector {
    fileprivate var approximateBytes: Int {
        matchExpressions.reduce(matchLabels.approximateBytes) { sum, requirement in
            requirement.values.reduce(sum + requirement.key.utf8.count + 16) {
                $0 + $1.utf8.count + 4
            }
        }
    }
}
