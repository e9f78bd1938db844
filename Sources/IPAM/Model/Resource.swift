/// A Prefix or a PrefixAllocation: one object that a user can name, see and end.
///
/// Both kinds ask for space with the same `Spec` and hold it with the same `Placement`, so one
/// type serves both. What was asked and what was given stay apart: `spec` is what the user
/// wrote, `status` what came of it, and a resource as IronCore prints it is made of the two.
public struct Resource: Sendable, Hashable {
    /// In an order without gaps: there may be millions.
    @usableFromInline struct Contents: Sendable, Hashable {
        @usableFromInline let uid: ResourceUID
        @usableFromInline var status: Status
        @usableFromInline let key: ResourceKey
        @usableFromInline var owner: UInt32
        @usableFromInline let created: Instant
        @usableFromInline var labels: Labels
        @usableFromInline var spec: Shared<Spec>
        @usableFromInline var rest: Shared<Rest>?
    }

    /// What is as it is here of most allocations, which therefore have no room for it: nobody has
    /// changed them since they were made, or said more of them than has to be said.
    @usableFromInline struct Rest: Sendable, Hashable {
        @usableFromInline var apiGroup = APIGroup.ironcore
        @usableFromInline var version: UInt64
        @usableFromInline var generation: UInt64 = 1
        @usableFromInline var phaseSince: Instant
        @usableFromInline var annotations: Labels = [:]
        @usableFromInline var controller: String?

        /// Whether this is the rest of an object that nobody has changed.
        func isPlain(_ uid: ResourceUID, _ created: Instant) -> Bool {
            version == uid.lsn && phaseSince == created && generation == 1
                && apiGroup == .ironcore && annotations.isEmpty && controller == nil
        }
    }

    /// A resource is kept, passed on and compared far more often than it is changed.
    @usableFromInline var parts: Shared<Contents>

    package init(
        key: ResourceKey, uid: ResourceUID, version: UInt64, generation: UInt64 = 1,
        created: Instant, owner: UInt32, apiGroup: APIGroup = .ironcore,
        labels: Labels = [:], annotations: Labels = [:], spec: Spec,
        status: Status = .pending, phaseSince: Instant, controller: String? = nil
    ) {
        parts = Shared(
            Contents(
                uid: uid, status: status, key: key, owner: owner, created: created,
                labels: labels, spec: Shared(spec)))
        rest = Rest(
            apiGroup: apiGroup, version: version, generation: generation,
            phaseSince: phaseSince, annotations: annotations, controller: controller)
    }

    private var rest: Rest {
        get { parts.value.rest?.value ?? Rest(version: uid.lsn, phaseSince: created) }
        set { parts.value.rest = newValue.isPlain(uid, created) ? nil : Shared(newValue) }
    }

    @inlinable public var key: ResourceKey { parts.value.key }

    /// The kind in `key`.
    @inlinable public var kind: ResourceKind { parts.value.key.kind }

    /// The namespace in `key`.
    @inlinable public var namespace: String { parts.value.key.namespace }

    /// The name in `key`.
    @inlinable public var name: String { parts.value.key.name }

    /// Made when the object is created, never reused.
    @inlinable public var uid: ResourceUID { parts.value.uid }

    /// The log sequence number of the last stored change (`metadata.resourceVersion`).
    public var version: UInt64 {
        get { parts.value.rest?.value.version ?? uid.lsn }
        set { rest.version = newValue }
    }

    /// Counts the changes of `spec`, from 1.
    public var generation: UInt64 {
        get { parts.value.rest?.value.generation ?? 1 }
        set { rest.generation = newValue }
    }

    public var created: Instant { parts.value.created }

    /// The uid of the user who asked for the object.
    public var owner: UInt32 {
        @inlinable get { parts.value.owner }
        set { parts.value.owner = newValue }
    }

    /// How the user who last applied it spells the API group.
    public var apiGroup: APIGroup {
        get { rest.apiGroup }
        set { rest.apiGroup = newValue }
    }

    public var labels: Labels {
        @inlinable get { parts.value.labels }
        set { parts.value.labels = newValue }
    }

    public var annotations: Labels {
        get { rest.annotations }
        set { rest.annotations = newValue }
    }

    public var spec: Spec {
        @inlinable get { parts.value.spec.value }
        set { parts.value.spec = Shared(newValue) }
    }

    public var status: Status {
        @inlinable get { parts.value.status }
        set { parts.value.status = newValue }
    }

    /// When the phase last changed.
    public var phaseSince: Instant {
        get { parts.value.rest?.value.phaseSince ?? created }
        set { rest.phaseSince = newValue }
    }

    /// The Prefix that owns this allocation and ends it; absent for an allocation of its own.
    public var controller: String? {
        @inlinable get { parts.value.rest?.value.controller }
        set { rest.controller = newValue }
    }

    /// Takes what it has in common with others from them.
    mutating func unify(_ labels: inout Latest<Labels>, _ specs: inout Latest<Shared<Spec>>) {
        if !parts.value.labels.isEmpty { parts.value.labels = labels.known(parts.value.labels) }
        parts.value.spec = specs.known(parts.value.spec)
    }

    /// The space that the object holds; absent unless it is Allocated.
    @inlinable public var placement: Placement? {
        if case .allocated(let placement) = status { placement } else { nil }
    }

    /// The name of the parent: the one that was asked for, else the one that was found.
    public var parent: String? { spec.parent ?? placement?.parent }
}

/// The kinds of resources; the raw value is the one of protocol and disk.
public enum ResourceKind: UInt8, Sendable, Hashable, CaseIterable {
    case prefix = 1
    case prefixAllocation = 2
}

extension ResourceKind: CustomStringConvertible {
    /// As a manifest spells it.
    public var description: String {
        switch self {
        case .prefix: "Prefix"
        case .prefixAllocation: "PrefixAllocation"
        }
    }
}

/// The two spellings of the API group; both name the same objects.
public enum APIGroup: UInt8, Sendable, Hashable, CaseIterable {
    case ironcore = 1
    case openkcm = 2
}

extension APIGroup: CustomStringConvertible {
    public var description: String {
        switch self {
        case .ironcore: "ipam.ironcore.dev/v1alpha1"
        case .openkcm: "ipam.OpenKCM.dev/v1alpha1"
        }
    }
}

/// What an object is called. Names are unique for each kind and namespace.
public struct ResourceKey: Sendable, Hashable {
    public let kind: ResourceKind
    public let namespace: String
    public let name: String

    public init(kind: ResourceKind, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }
}

/// By kind, then namespace, then name: Prefixes come before the allocations that live in them.
extension ResourceKey: Comparable {
    public static func < (left: ResourceKey, right: ResourceKey) -> Bool {
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        if left.namespace != right.namespace { return left.namespace < right.namespace }
        return left.name < right.name
    }
}

extension ResourceKey: CustomStringConvertible {
    /// `prefix/NAME` or `prefixallocation/NAME`, as the command line prints it.
    public var description: String {
        switch kind {
        case .prefix: "prefix/\(name)"
        case .prefixAllocation: "prefixallocation/\(name)"
        }
    }
}

/// A number that no other object of this daemon has or ever had: the daemon's incarnation, the
/// log sequence number of the command that made the object, and a count within that command.
public struct ResourceUID: Sendable, Hashable {
    public let number: UInt128

    package init(number: UInt128) { self.number = number }

    /// - Precondition: the LSN is below 2⁴⁸ (nine years at a million changes a second).
    package init(incarnation: UInt64, lsn: UInt64, index: UInt16) {
        precondition(lsn < 1 << 48, "A log sequence number has 48 bits.")
        self.number = UInt128(incarnation) << 64 | UInt128(lsn << 16 | UInt64(index))
    }

    /// Smaller for older objects, also across incarnations.
    package var age: UInt64 { UInt64(truncatingIfNeeded: number) }

    /// The log sequence number of the command that made the object.
    package var lsn: UInt64 { age >> 16 }
}

/// In the five groups of digits of RFC 9562, as `metadata.uid` is printed.
extension ResourceUID: CustomStringConvertible {
    public var description: String {
        let digits = String(number, radix: 16)
        let padded = Array(String(repeating: "0", count: 32 - digits.count) + digits)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(padded[$0]) }
            .joined(separator: "-")
    }
}

/// What a resource asks for: a block by its prefix or by its length, from a parent by name, by
/// labels, or both. Without a parent and without a selector a Prefix is a root.
public struct Spec: Sendable, Hashable {
    /// The wanted block; or
    public let prefix: IPPrefix?
    /// the wanted prefix length. Both only if they agree.
    public let prefixLength: UInt8?
    public let family: IPFamily
    /// The name of the parent (`parentRef`, in an allocation `prefixRef`).
    public let parent: String?
    /// The labels of the parent (`parentSelector`, in an allocation `prefixSelector`).
    public let selector: Selector?
    /// Which of several parents.
    public let parentStrategy: ParentStrategy
    /// Few objects have one, and those that have none shall not carry room for it.
    private let sharedPolicy: Shared<PrefixPolicy>?

    /// How a Prefix gives out its own space; absent if nothing is said, and of an allocation.
    public var policy: PrefixPolicy? { sharedPolicy?.value }

    /// Makes a spec if its parts agree: there is a prefix or a length or both, of one length and
    /// of the family.
    package init?(
        family: IPFamily, prefix: IPPrefix? = nil, prefixLength: UInt8? = nil,
        parent: String? = nil, selector: Selector? = nil,
        parentStrategy: ParentStrategy = .bestFit, policy: PrefixPolicy? = nil
    ) {
        guard let length = prefix?.length ?? prefixLength, length <= family.addressBits,
            prefix.map({ $0.family == family }) ?? true,
            prefixLength.map({ $0 == length }) ?? true
        else { return nil }
        self.prefix = prefix
        self.prefixLength = prefixLength
        self.family = family
        self.parent = parent
        self.selector = selector
        self.parentStrategy = parentStrategy
        sharedPolicy = policy.flatMap { $0.isEmpty ? nil : Shared($0) }
    }

    public var isRoot: Bool { parent == nil && selector == nil }

    /// The length of the block that is asked for.
    public var length: UInt8 {
        guard let length = prefix?.length ?? prefixLength else {
            preconditionFailure("A spec has a prefix or a prefix length.")
        }
        return length
    }
}

/// Where a resource's block is. A root Prefix has no parent.
public struct Placement: Sendable, Hashable {
    public let block: IPPrefix
    public let parent: String?

    package init(block: IPPrefix, parent: String?) {
        self.block = block
        self.parent = parent
    }
}

/// What came of a spec. Allocated is final; so is Failed, until the owning Prefix asks anew.
public enum Status: Sendable, Hashable {
    case pending
    case allocated(Placement)
    case failed(Reason)
}

/// The phases, as IronCore names them.
public enum Phase: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case pending = 1
    case allocated = 2
    case failed = 3

    public var description: String {
        switch self {
        case .pending: "Pending"
        case .allocated: "Allocated"
        case .failed: "Failed"
        }
    }
}

extension Status {
    public var phase: Phase {
        switch self {
        case .pending: .pending
        case .allocated: .allocated
        case .failed: .failed
        }
    }
}
