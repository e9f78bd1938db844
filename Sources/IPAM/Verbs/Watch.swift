/// A stream of changes: those behind a position, and then each as it becomes durable.
///
/// To know everything, list first, and watch from the LSN of the list's first page on: what
/// later pages saw may come again, which changes nothing.
public struct Watch: Sendable, Hashable {
    public var kind: ResourceKind
    /// Absent: every namespace.
    public var namespace: String?
    public var selector: Selector?
    /// Changes up to this log sequence number are known already.
    public var after: UInt64
    /// The incarnation of the daemon to which `after` belongs.
    public var incarnation: UInt64

    public init(
        kind: ResourceKind, namespace: String? = nil, selector: Selector? = nil, after: UInt64,
        incarnation: UInt64
    ) {
        self.kind = kind
        self.namespace = namespace
        self.selector = selector
        self.after = after
        self.incarnation = incarnation
    }

    /// What happened, up to a position from which the watch can be taken up again.
    public struct Event: Sendable, Hashable {
        public let lsn: UInt64
        /// In the order in which they happened; none if only the position moved on.
        public let changes: [Change]

        public init(lsn: UInt64, changes: [Change]) {
            self.lsn = lsn
            self.changes = changes
        }
    }

    /// What became of one object.
    public enum Change: Sendable, Hashable {
        /// The object is new, or has changed.
        case put(Answer.Listed.Item)
        /// The object is gone, or does not match the selector any more.
        case removed(ResourceKey)
    }
}
