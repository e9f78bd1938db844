internal import IPAM

/// What the daemon decides for its store.
package struct StoreSettings: Sendable {
    /// The size of a journal segment, a multiple of 4096.
    package var segmentBytes: Int
    /// The machine, as machine-id(5) names it; 0 if that is not known, and then not compared.
    package var machineID: UInt128
    /// Names the history that begins with the first start; later ones take it from the files.
    package var newIncarnation: UInt64
    /// A number that nobody can guess, a new one for each file: what a client makes the daemon
    /// write must not look like a frame.
    package var salt: @Sendable () -> UInt64
    /// How many allocations an agent may have.
    package var allocationsPerUserMax = Int.max

    package init(
        segmentBytes: Int = 64 << 20, machineID: UInt128 = 0, newIncarnation: UInt64,
        salt: @escaping @Sendable () -> UInt64
    ) {
        precondition(
            segmentBytes >= 8 * Block.bytes && segmentBytes.isMultiple(of: Block.bytes),
            "A segment is a header and at least seven blocks.")
        self.segmentBytes = segmentBytes
        self.machineID = machineID
        self.newIncarnation = newIncarnation
        self.salt = salt
    }

    /// The largest record that room is reserved for.
    var recordBytesMax: Int { min(Limits.recordBytesMax, segmentBytes / 4) }
}
