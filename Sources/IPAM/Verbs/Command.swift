/// What can be asked to change. Each is decided as one: wholly or not at all.
public enum Command: Sendable, Hashable {
    case apply(Apply)
    case request(Request)
    case release(Release)
    case delete(Delete)

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

    /// One allocation, now or not at all. The name is the idempotency key: the same name and the
    /// same request have the same answer.
    public struct Request: Sendable, Hashable {
        public var namespace: String
        public var name: String
        /// Absent: that of `prefix`, else that of the parent, else IPv4.
        public var family: IPFamily?
        /// The wanted block, or the length of one.
        public var prefix: IPPrefix?
        public var prefixLength: UInt8?
        /// Where from: a parent by name, by labels, or both; or any at all.
        public var parent: String?
        public var selector: Selector?
        public var anyParent: Bool
        public var labels: Labels
        public var isDryRun: Bool

        public init(
            namespace: String = "default", name: String, family: IPFamily? = nil,
            prefix: IPPrefix? = nil, prefixLength: UInt8? = nil, parent: String? = nil,
            selector: Selector? = nil, anyParent: Bool = false, labels: Labels = [:],
            isDryRun: Bool = false
        ) {
            self.namespace = namespace
            self.name = name
            self.family = family
            self.prefix = prefix
            self.prefixLength = prefixLength
            self.parent = parent
            self.selector = selector
            self.anyParent = anyParent
            self.labels = labels
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

        public init(
            namespace: String = "default", names: [String] = [], blocks: [IPPrefix] = [],
            selector: Selector? = nil, parent: String? = nil, ignoresMissing: Bool = false
        ) {
            self.namespace = namespace
            self.names = names
            self.blocks = blocks
            self.selector = selector
            self.parent = parent
            self.ignoresMissing = ignoresMissing
        }
    }

    /// Deletes objects, all or none, in whatever order they are named.
    public struct Delete: Sendable, Hashable {
        public var keys: [ResourceKey]
        public var ignoresMissing: Bool

        public init(keys: [ResourceKey], ignoresMissing: Bool = false) {
            self.keys = keys
            self.ignoresMissing = ignoresMissing
        }
    }
}
