extension Answer {
    /// Why a request would, or would not, be served.
    public struct Explained: Sendable, Hashable {
        /// A Prefix that the space could come from, and what it says to the request.
        public struct Candidate: Sendable, Hashable {
            /// The name of the Prefix.
            public let parent: String
            /// Absent while the Prefix is Pending.
            public let block: IPPrefix?
            /// What the request would get here; absent if it would get nothing.
            public let offer: IPPrefix?
            /// Why it would get nothing here.
            public let reason: Reason?
            public let largestFree: IPPrefix?
            /// Whether this is the parent that would be taken.
            public let isChosen: Bool
            /// The verdict in words, without the final full stop.
            public let sentence: String

            public init(
                parent: String, block: IPPrefix?, offer: IPPrefix?, reason: Reason?,
                largestFree: IPPrefix?, isChosen: Bool, sentence: String
            ) {
                self.parent = parent
                self.block = block
                self.offer = offer
                self.reason = reason
                self.largestFree = largestFree
                self.isChosen = isChosen
                self.sentence = sentence
            }
        }

        /// What the request would get now.
        public let placement: Placement?
        /// Why it would get nothing.
        public let explanation: Explanation?
        /// In the order of their names.
        public let candidates: [Candidate]
        /// Where the next page begins; absent on the last one.
        public let next: String?

        public init(
            placement: Placement?, explanation: Explanation?, candidates: [Candidate],
            next: String? = nil
        ) {
            self.placement = placement
            self.explanation = explanation
            self.candidates = candidates
            self.next = next
        }
    }

    /// A page of what is used and free.
    public struct UsagePage: Sendable, Hashable {
        public let items: [PrefixUsage]
        public let next: Query.Position?

        public init(items: [PrefixUsage], next: Query.Position? = nil) {
            self.items = items
            self.next = next
        }
    }

    /// Who has an address: chains of objects, each from its root down. A Prefix without a parent
    /// begins a new chain.
    public struct Found: Sendable, Hashable {
        public let resources: [Resource]
        public let next: Query.Position?

        public init(resources: [Resource], next: Query.Position? = nil) {
            self.resources = resources
            self.next = next
        }
    }

    /// What came of ending a quarantine.
    public struct Reconciled: Sendable, Hashable {
        /// False if there was no quarantine to end.
        public let wasQuarantined: Bool

        public init(wasQuarantined: Bool) { self.wasQuarantined = wasQuarantined }
    }

    /// A part of a backup; the LSN of the answer is that of the backup.
    public struct BackupPart: Sendable, Hashable {
        /// The bytes of the whole backup.
        public let size: UInt64
        /// At most `Limits.backupPartBytesMax`; fewer only at the end.
        public let bytes: [UInt8]

        public init(size: UInt64, bytes: [UInt8]) {
            self.size = size
            self.bytes = bytes
        }
    }

    /// What came of a batch.
    public struct Batch: Sendable, Hashable {
        /// What came of one part: the answer that it would have had alone.
        public enum Part: Sendable, Hashable {
            case allocated(Allocated)
            case released(Released)
        }

        /// One for each part, in their order.
        public let parts: [Part]

        public init(parts: [Part]) { self.parts = parts }
    }
}

/// What is used and free in a Prefix, as disjoint blocks that together are the whole.
public struct PrefixUsage: Sendable, Hashable {
    public let key: ResourceKey
    /// The whole; absent while the Prefix is Pending, and then there are no blocks either.
    public let block: IPPrefix?
    /// Allocations, those of child Prefixes among them.
    public let allocationCount: UInt64
    /// Each ascending by length, without lengths that have none.
    public let used: [LengthCount]
    /// What a search can give out.
    public let free: [LengthCount]
    /// Not used, and given only to those who ask for that very prefix.
    public let reserved: [LengthCount]
    /// Not used, and never given out.
    public let excluded: [LengthCount]
    /// Not used, and kept for a claim that has waited for long.
    public let held: [LengthCount]
    /// Of equals the lowest.
    public let largestFree: IPPrefix?

    public init(
        key: ResourceKey, block: IPPrefix?, allocationCount: UInt64 = 0, used: [LengthCount] = [],
        free: [LengthCount] = [], reserved: [LengthCount] = [], excluded: [LengthCount] = [],
        held: [LengthCount] = [], largestFree: IPPrefix? = nil
    ) {
        self.key = key
        self.block = block
        self.allocationCount = allocationCount
        self.used = used
        self.free = free
        self.reserved = reserved
        self.excluded = excluded
        self.held = held
        self.largestFree = largestFree
    }
}

extension PrefixUsage {
    /// The addresses of one of the lists; 0 while the Prefix is Pending.
    public func addresses(_ blocks: [LengthCount]) -> AddressCount {
        block.map { AddressCount(blocks, $0.family) } ?? .zero
    }

    /// All addresses of the Prefix.
    public var addresses: AddressCount {
        block.map { AddressCount(ofLength: $0.length, $0.family) } ?? .zero
    }

    /// The used share of all addresses, 0 to 1.
    public var usedShare: Double { addresses(used).share(of: addresses) }

    /// How far the free addresses are from being of use to a large request, 0 to 1: the largest
    /// free block compared with the largest that so many free addresses could form. 0 when it
    /// could not be larger, and when nothing is free.
    public var fragmentation: Double {
        guard let block, let largestFree,
            let possible = addresses(free).lengthOfLargestBlock(block.family)
        else { return 0 }
        let largest = AddressCount(ofLength: largestFree.length, block.family)
        return 1 - largest.share(of: AddressCount(ofLength: possible, block.family))
    }
}
