/// The newest state of a daemon that a client has seen.
///
/// Whoever keeps one notices when a state directory went back behind what was acknowledged: a
/// machine that was rolled back, files that were copied back, a disk that lost what it had said
/// to have. The daemon itself cannot know. A state that was restored as it should be
/// (`ipamd restore`) is of another incarnation, and takes care of itself.
public struct Witness: Sendable, Hashable {
    public private(set) var incarnation: UInt64
    /// The last change that was known to be durable.
    public private(set) var lsn: UInt64

    public init(incarnation: UInt64, lsn: UInt64) {
        self.incarnation = incarnation
        self.lsn = lsn
    }

    /// Takes note of an answer's log sequence number.
    package mutating func see(_ lsn: UInt64) { self.lsn = max(self.lsn, lsn) }

    /// Takes note of what a daemon says of itself.
    ///
    /// - Throws: `stateWentBack` if it knows less than it once did.
    package mutating func see(
        incarnation: UInt64, durableLSN: UInt64
    ) throws(ClientError) {
        if incarnation == self.incarnation, durableLSN < lsn {
            throw .stateWentBack(seenLSN: lsn, durableLSN: durableLSN)
        }
        self = Witness(incarnation: incarnation, lsn: durableLSN)
    }
}
