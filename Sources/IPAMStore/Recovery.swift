/// What a start found, for the log and for `status`.
package struct Recovery: Sendable, Hashable {
    package internal(set) var incarnation: UInt64
    /// The last change that was found; the daemon goes on behind it.
    package internal(set) var lsn: UInt64 = 0
    /// The generation that this start makes.
    package internal(set) var generation: UInt64 = 1
    /// The checkpoint from which the state was read; 0 at the first start.
    package internal(set) var checkpointGeneration: UInt64 = 0
    package internal(set) var checkpointLSN: UInt64 = 0
    package internal(set) var recordsReplayed: UInt64 = 0
    /// The objects of the checkpoint.
    package internal(set) var resourceCount: UInt64 = 0
    /// Bytes at the end of the journal that were being written and never acknowledged.
    package internal(set) var tornBytes: UInt64 = 0
    /// Where a copy of them is, if there was room for one.
    package internal(set) var tornFile: String?
    package internal(set) var isFirstStart = false
    package internal(set) var isAfterCleanStop = false
    /// What an operator should know, a sentence each.
    package internal(set) var notes: [String] = []
}
