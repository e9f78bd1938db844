/// What the daemon says when it has done what was asked.
public struct Reply: Sendable, Hashable {
    /// The log sequence number at which the answer was evaluated: everything up to it, and
    /// nothing after it, has been taken into account.
    public let lsn: UInt64
    public let answer: Answer

    public init(lsn: UInt64, answer: Answer) {
        self.lsn = lsn
        self.answer = answer
    }
}

/// What was done, or is known: a case for each thing that can be asked.
public indirect enum Answer: Sendable, Hashable {
    case applied(Applied)
    case allocated(Allocated)
    case released(Released)
    case deleted(Deleted)
    case listed(Listed)
    case used(UsedBlocks)
    case checked(Checked)
    case status(DaemonStatus)
    case explained(Explained)
    case usage(UsagePage)
    case found(Found)
    case batch(Batch)
    case reconciled(Reconciled)
    case backup(BackupPart)
    case accessed(Accessed)
    case namespaces(Namespaces)
    case metrics(DaemonMetrics)

    /// What became of the manifests of an `apply`.
    public struct Applied: Sendable, Hashable {
        /// Whether an object is new, has changed, or was as the manifest says.
        public enum Outcome: UInt8, Sendable, Hashable, CaseIterable {
            case created = 1
            case configured = 2
            case unchanged = 3
        }

        /// A manifest's object, and what became of it.
        public struct Item: Sendable, Hashable {
            public let key: ResourceKey
            public let outcome: Outcome

            public init(key: ResourceKey, outcome: Outcome) {
                self.key = key
                self.outcome = outcome
            }
        }

        /// One for each manifest, in their order.
        public let items: [Item]
        /// What the user probably wants to know, a sentence each.
        public let warnings: [String]

        public init(items: [Item], warnings: [String] = []) {
            self.items = items
            self.warnings = warnings
        }
    }

    /// What a request got.
    public struct Allocated: Sendable, Hashable {
        public let resource: Resource
        /// False if the same request had been answered before.
        public let isCreated: Bool

        public init(resource: Resource, isCreated: Bool) {
            self.resource = resource
            self.isCreated = isCreated
        }
    }

    /// The allocations that have ended.
    public struct Released: Sendable, Hashable {
        /// An allocation that has ended, and the block that is free again.
        public struct Item: Sendable, Hashable {
            public let name: String
            /// Absent for an allocation that was still Pending or had Failed.
            public let block: IPPrefix?

            public init(name: String, block: IPPrefix?) {
                self.name = name
                self.block = block
            }
        }

        public let items: [Item]

        public init(items: [Item]) { self.items = items }
    }

    /// The objects that are gone.
    public struct Deleted: Sendable, Hashable {
        public let keys: [ResourceKey]

        public init(keys: [ResourceKey]) { self.keys = keys }
    }

    /// A page of objects.
    public struct Listed: Sendable, Hashable {
        /// An object, and why it has no block if it has none.
        public struct Item: Sendable, Hashable {
            public let resource: Resource
            /// Why the resource is not Allocated, if it is not.
            public let explanation: Explanation?

            public init(resource: Resource, explanation: Explanation? = nil) {
                self.resource = resource
                self.explanation = explanation
            }
        }

        public let items: [Item]
        /// Where the next page begins; absent on the last one.
        public let next: Query.Position?

        public init(items: [Item], next: Query.Position? = nil) {
            self.items = items
            self.next = next
        }
    }

    /// A page of the blocks that are taken in a Prefix.
    public struct UsedBlocks: Sendable, Hashable {
        /// A block, and what holds it.
        public struct Item: Sendable, Hashable {
            public let block: IPPrefix
            /// The name of the PrefixAllocation that holds it.
            public let allocation: String

            public init(block: IPPrefix, allocation: String) {
                self.block = block
                self.allocation = allocation
            }
        }

        public let items: [Item]
        public let next: IPPrefix?

        public init(items: [Item], next: IPPrefix? = nil) {
            self.items = items
            self.next = next
        }
    }

    /// The result of proving the running daemon's invariants.
    public struct Checked: Sendable, Hashable {
        public let resourceCount: UInt64
        /// A sentence each; none in a sound state.
        public let violations: [String]
        /// What is allowed and probably not meant, a sentence each.
        public let warnings: [String]

        public init(resourceCount: UInt64, violations: [String], warnings: [String] = []) {
            self.resourceCount = resourceCount
            self.violations = violations
            self.warnings = warnings
        }
    }
}

/// How the daemon is.
public struct DaemonStatus: Sendable, Hashable {
    /// How much of its work the daemon can do.
    public enum Mode: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
        case ok = 1
        /// No room for the journal: changes are refused, releases use the reserve.
        case storageFull = 2
        /// Storage cannot be written: only what is known is served.
        case readOnly = 3
        /// The state directory is damaged: nothing is served.
        case damaged = 4
        /// After a restore: known allocations answer, nothing new is handed out.
        case quarantine = 5

        public var description: String {
            switch self {
            case .ok: "ok"
            case .storageFull: "storage-full"
            case .readOnly: "read-only"
            case .damaged: "damaged"
            case .quarantine: "quarantine"
            }
        }
    }

    public var mode: Mode
    /// What is wrong and what to do, if the mode is not `ok`.
    public var detail: String?
    public var version: String
    public var uptimeMilliseconds: UInt64
    public var incarnation: UInt64
    /// The last change that is durable.
    public var durableLSN: UInt64
    public var prefixCount: UInt64
    public var allocationCount: UInt64
    /// Claims that have no block yet.
    public var waitingCount: UInt64
    public var connectionCount: UInt64
    public var stateDirectory: String
    public var lastCheckpoint: Instant?
    public var checkpointLSN: UInt64
    /// Log entries that found the queue to the journal full.
    public var logEntriesDropped: UInt64

    public init(
        mode: Mode, detail: String? = nil, version: String, uptimeMilliseconds: UInt64,
        incarnation: UInt64, durableLSN: UInt64, prefixCount: UInt64, allocationCount: UInt64,
        waitingCount: UInt64, connectionCount: UInt64, stateDirectory: String,
        lastCheckpoint: Instant?, checkpointLSN: UInt64, logEntriesDropped: UInt64
    ) {
        self.mode = mode
        self.detail = detail
        self.version = version
        self.uptimeMilliseconds = uptimeMilliseconds
        self.incarnation = incarnation
        self.durableLSN = durableLSN
        self.prefixCount = prefixCount
        self.allocationCount = allocationCount
        self.waitingCount = waitingCount
        self.connectionCount = connectionCount
        self.stateDirectory = stateDirectory
        self.lastCheckpoint = lastCheckpoint
        self.checkpointLSN = checkpointLSN
        self.logEntriesDropped = logEntriesDropped
    }
}
