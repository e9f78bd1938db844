/// What a daemon has counted since its start, for monitoring. What it holds, `DaemonStatus` and
/// the usage of Prefixes say.
public struct DaemonMetrics: Sendable, Hashable {
    /// How often something was counted that has a number of its own.
    public struct Count: Sendable, Hashable {
        public let number: UInt16
        public let count: UInt64

        public init(number: UInt16, count: UInt64) {
            self.number = number
            self.count = count
        }
    }

    /// Requests by opcode, ascending, without those that never came.
    public var requests: [Count]
    /// Refusals by code, ascending, without those that were never given.
    public var refusals: [Count]
    /// From the hand-over of a batch to the journal until it was durable, in microseconds.
    public var commitMicroseconds: Histogram
    /// Changes in a batch.
    public var batchChanges: Histogram
    /// How long the last checkpoint took; absent if there was none since the start.
    public var checkpointMicroseconds: UInt64?
    public var checkpointFailureCount: UInt64
    public var watchCount: UInt64

    public init(
        requests: [Count] = [], refusals: [Count] = [], commitMicroseconds: Histogram,
        batchChanges: Histogram, checkpointMicroseconds: UInt64? = nil,
        checkpointFailureCount: UInt64 = 0, watchCount: UInt64 = 0
    ) {
        self.requests = requests
        self.refusals = refusals
        self.commitMicroseconds = commitMicroseconds
        self.batchChanges = batchChanges
        self.checkpointMicroseconds = checkpointMicroseconds
        self.checkpointFailureCount = checkpointFailureCount
        self.watchCount = watchCount
    }
}

/// How many values there were up to each of some bounds.
public struct Histogram: Sendable, Hashable {
    /// Ascending. A value counts for the first bound that it does not exceed.
    public let bounds: [UInt64]
    /// One for each bound, and one for the values above the last.
    public private(set) var counts: [UInt64]
    /// Of all values.
    public private(set) var sum: UInt64 = 0

    /// - Precondition: the bounds ascend.
    public init(bounds: [UInt64]) {
        precondition(Self.areAscending(bounds), "The bounds of a histogram ascend.")
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    package init?(bounds: [UInt64], counts: [UInt64], sum: UInt64) {
        guard Self.areAscending(bounds), counts.count == bounds.count + 1 else { return nil }
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    private static func areAscending(_ bounds: [UInt64]) -> Bool {
        zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
    }

    /// Counts a value.
    public mutating func add(_ value: UInt64) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] &+= 1
        sum &+= value
    }
}
