/// What can be asked without changing anything.
public indirect enum Query: Sendable, Hashable {
    case list(List)
    case used(Used)
    case check
    case status
    case explain(Explain)
    case usage(Usage)
    case who(Who)
    case backup(Backup)
    case namespaces(Namespaces)
    case metrics

    /// Objects of a kind in the order of their namespaces and names, page by page.
    public struct List: Sendable, Hashable {
        public var kind: ResourceKind
        /// Absent: every namespace.
        public var namespace: String?
        /// Not empty: these alone, and one that is missing refuses the query.
        public var names: [String]
        public var selector: Selector?
        /// The position behind which the page begins: the `next` of the page before.
        public var after: Position?
        /// At most `Limits.pageItemsMax`; a page may be shorter for other reasons too.
        public var limit: UInt32

        public init(
            kind: ResourceKind, namespace: String? = nil, names: [String] = [],
            selector: Selector? = nil, after: Position? = nil,
            limit: UInt32 = UInt32(Limits.pageItemsMax)
        ) {
            self.kind = kind
            self.namespace = namespace
            self.names = names
            self.selector = selector
            self.after = after
            self.limit = limit
        }
    }

    /// A part of a copy of the whole state, as of one change.
    public struct Backup: Sendable, Hashable {
        /// Where the part begins, in bytes. 0 begins a new copy, which then lasts as long as the
        /// connection, or until the next 0.
        public var offset: UInt64

        public init(offset: UInt64 = 0) { self.offset = offset }
    }

    /// A place in a list: behind the object of this name, whether it still exists or not.
    public struct Position: Sendable, Hashable {
        public let namespace: String
        public let name: String

        public init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }
    }

    /// The blocks that are taken in a Prefix, in numeric order, page by page.
    public struct Used: Sendable, Hashable {
        public var namespace: String
        public var name: String
        public var after: IPPrefix?
        public var limit: UInt32

        public init(
            namespace: String, name: String, after: IPPrefix? = nil,
            limit: UInt32 = UInt32(Limits.pageItemsMax)
        ) {
            self.namespace = namespace
            self.name = name
            self.after = after
            self.limit = limit
        }
    }

    /// Why a request would, or would not, be served: each candidate parent by name, page by page.
    public struct Explain: Sendable, Hashable {
        /// Its name, labels, wait and dry run say nothing here.
        public var request: Command.Request
        /// The name of the Prefix behind which the page begins.
        public var after: String?
        public var limit: UInt32

        public init(
            request: Command.Request, after: String? = nil,
            limit: UInt32 = UInt32(Limits.pageItemsMax)
        ) {
            self.request = request
            self.after = after
            self.limit = limit
        }
    }

    /// What is used and free in Prefixes, in the order of their namespaces and names.
    public struct Usage: Sendable, Hashable {
        /// Absent: every namespace.
        public var namespace: String?
        /// Not empty: these alone, and one that is missing refuses the query.
        public var names: [String]
        public var after: Position?
        public var limit: UInt32

        public init(
            namespace: String? = nil, names: [String] = [], after: Position? = nil,
            limit: UInt32 = UInt32(Limits.pageItemsMax)
        ) {
            self.namespace = namespace
            self.names = names
            self.after = after
            self.limit = limit
        }
    }

    /// Who has an address or a prefix: in every namespace, from each root down, the Prefixes and
    /// the allocation that contain it.
    public struct Who: Sendable, Hashable {
        public var prefix: IPPrefix
        /// The root behind which the page begins.
        public var after: Position?
        public var limit: UInt32

        public init(
            prefix: IPPrefix, after: Position? = nil, limit: UInt32 = UInt32(Limits.pageItemsMax)
        ) {
            self.prefix = prefix
            self.after = after
            self.limit = limit
        }
    }
}
