extension Command {
    /// Says which agents may use a namespace. A namespace with such a rule exists, also when it
    /// holds nothing.
    public struct Access: Sendable, Hashable {
        public var namespace: String
        /// Absent: every agent may.
        public var access: NamespaceAccess?
        public var isDryRun: Bool

        public init(namespace: String, access: NamespaceAccess?, isDryRun: Bool = false) {
            self.namespace = namespace
            self.access = access
            self.isDryRun = isDryRun
        }
    }
}

extension Query {
    /// The namespaces in the order of their names, page by page.
    public struct Namespaces: Sendable, Hashable {
        /// The name behind which the page begins.
        public var after: String?
        /// At most `Limits.pageItemsMax`.
        public var limit: UInt32

        public init(after: String? = nil, limit: UInt32 = UInt32(Limits.pageItemsMax)) {
            self.after = after
            self.limit = limit
        }
    }
}

extension Answer {
    /// What came of saying who may use a namespace.
    public struct Accessed: Sendable, Hashable {
        /// False if the namespace had that very rule before.
        public let isChanged: Bool

        public init(isChanged: Bool) { self.isChanged = isChanged }
    }

    /// A page of namespaces.
    public struct Namespaces: Sendable, Hashable {
        /// A namespace, and what is in it.
        public struct Item: Sendable, Hashable {
            public let name: String
            public let prefixCount: UInt64
            /// What the caller may see: an agent its own.
            public let allocationCount: UInt64
            /// Absent: every agent may use it, or the caller is one and has no business to know.
            public let access: NamespaceAccess?

            public init(
                name: String, prefixCount: UInt64, allocationCount: UInt64,
                access: NamespaceAccess? = nil
            ) {
                self.name = name
                self.prefixCount = prefixCount
                self.allocationCount = allocationCount
                self.access = access
            }
        }

        public let items: [Item]
        /// Where the next page begins, if there is one.
        public let next: String?

        public init(items: [Item], next: String? = nil) {
            self.items = items
            self.next = next
        }
    }
}
