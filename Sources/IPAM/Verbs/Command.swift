/// What can be asked to change. Each is decided as one: wholly or not at all.
public indirect enum Command: Sendable, Hashable {
    case apply(Apply)
    case request(Request)
    case release(Release)
    case delete(Delete)
    case batch(Batch)
    case reconcile(Reconcile)
    case access(Access)

    /// Creates or updates what manifests say. Never refused for lack of room.
    public struct Apply: Sendable, Hashable {
        /// At most `Limits.itemsPerCommandMax`.
        public var manifests: [Manifest]
        /// Decide and answer, and change nothing.
        public var isDryRun: Bool

        public init(manifests: [Manifest], isDryRun: Bool = false) {
            self.manifests = manifests
            self.isDryRun = isDryRun
        }
    }

    /// One allocation, now or, if it may wait, as soon as there is room. The name is the
    /// idempotency key: the same name and the same request have the same answer.
    public struct Request: Sendable, Hashable {
        public var namespace: String
        public var name: String
        /// Absent: that of `prefix`, else that of the parent, else IPv4.
        public var family: IPFamily?
        /// The wanted block, or the length of one, or how many addresses it shall have at least;
        /// none of them: the default length of the parent, with a selector of the first
        /// matching Prefix by name that has one.
        public var prefix: IPPrefix?
        public var prefixLength: UInt8?
        public var addresses: UInt128?
        /// Where from: a parent by name, by labels, or both; or any at all.
        public var parent: String?
        public var selector: Selector?
        public var anyParent: Bool
        public var parentStrategy: ParentStrategy
        public var labels: Labels
        /// A child Prefix that only its owner divides further, instead of an allocation.
        public var asPrefix: Bool
        /// How long the request waits in its connection for room; absent: not at all. At most
        /// `Limits.waitMillisecondsMax`.
        public var waitMilliseconds: UInt32?
        public var isDryRun: Bool

        public init(
            namespace: String = "default", name: String, family: IPFamily? = nil,
            prefix: IPPrefix? = nil, prefixLength: UInt8? = nil, addresses: UInt128? = nil,
            parent: String? = nil, selector: Selector? = nil, anyParent: Bool = false,
            parentStrategy: ParentStrategy = .bestFit, labels: Labels = [:],
            asPrefix: Bool = false, waitMilliseconds: UInt32? = nil, isDryRun: Bool = false
        ) {
            self.namespace = namespace
            self.name = name
            self.family = family
            self.prefix = prefix
            self.prefixLength = prefixLength
            self.addresses = addresses
            self.parent = parent
            self.selector = selector
            self.anyParent = anyParent
            self.parentStrategy = parentStrategy
            self.labels = labels
            self.asPrefix = asPrefix
            self.waitMilliseconds = waitMilliseconds
            self.isDryRun = isDryRun
        }
    }

    /// Ends allocations, all or none. Targets are names, blocks, or what a selector matches.
    public struct Release: Sendable, Hashable {
        public var namespace: String
        public var names: [String]
        public var blocks: [IPPrefix]
        public var selector: Selector?
        /// Decides between allocations of the same block in overlapping roots.
        public var parent: String?
        public var ignoresMissing: Bool
        public var isDryRun: Bool

        public init(
            namespace: String = "default", names: [String] = [], blocks: [IPPrefix] = [],
            selector: Selector? = nil, parent: String? = nil, ignoresMissing: Bool = false,
            isDryRun: Bool = false
        ) {
            self.namespace = namespace
            self.names = names
            self.blocks = blocks
            self.selector = selector
            self.parent = parent
            self.ignoresMissing = ignoresMissing
            self.isDryRun = isDryRun
        }
    }

    /// Deletes objects, all or none, in whatever order they are named.
    public struct Delete: Sendable, Hashable {
        public var keys: [ResourceKey]
        public var ignoresMissing: Bool
        public var isDryRun: Bool

        public init(keys: [ResourceKey], ignoresMissing: Bool = false, isDryRun: Bool = false) {
            self.keys = keys
            self.ignoresMissing = ignoresMissing
            self.isDryRun = isDryRun
        }
    }

    /// Requests and releases as one change, all or none, in their order: a later part sees what
    /// the earlier ones did.
    public struct Batch: Sendable, Hashable {
        /// A command that can be part of a batch.
        public enum Part: Sendable, Hashable {
            /// It neither waits nor is it a dry run of its own.
            case request(Request)
            case release(Release)
        }

        /// At most `Limits.itemsPerCommandMax`.
        public var parts: [Part]
        public var isDryRun: Bool

        public init(parts: [Part], isDryRun: Bool = false) {
            self.parts = parts
            self.isDryRun = isDryRun
        }
    }

    /// Ends the quarantine of a restored state: what is there is true, and space is given out
    /// again. Release before what is known to be gone.
    public struct Reconcile: Sendable, Hashable {
        public var isDryRun: Bool

        public init(isDryRun: Bool = false) { self.isDryRun = isDryRun }
    }

    /// Whether this only says what it would do.
    public var isDryRun: Bool {
        switch self {
        case .apply(let apply): apply.isDryRun
        case .request(let request): request.isDryRun
        case .release(let release): release.isDryRun
        case .delete(let delete): delete.isDryRun
        case .batch(let batch): batch.isDryRun
        case .reconcile(let reconcile): reconcile.isDryRun
        case .access(let access): access.isDryRun
        }
    }
}
