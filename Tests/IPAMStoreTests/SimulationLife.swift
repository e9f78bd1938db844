import IPAM

@testable import IPAMStore
@testable import ipamsim

/// A daemon between two starts, without clients: for tests that look at the store alone.
struct Life {
    var ledger: Ledger
    private(set) var journal: Journal
    let checkpointer: Checkpointer
    private let disk: SimulatedDisk
    private var clock: UInt64 = 1

    init(_ ready: Opened.Ready, _ disk: SimulatedDisk) {
        self.disk = disk
        ledger = ready.ledger
        journal = ready.journal
        checkpointer = ready.checkpointer
    }

    /// Starts on a disk whatever it takes, or says why not.
    static func start(
        on disk: SimulatedDisk, segmentBytes: Int = 32 << 10, machineID: UInt128 = 0,
        salts: SaltSource
    ) throws(StoreError) -> (life: Life, recovery: Recovery) {
        let settings = StoreSettings(
            segmentBytes: segmentBytes, machineID: machineID, newIncarnation: 7,
            salt: { salts.next() })
        switch try Store.open(disk, settings, at: Instant(milliseconds: 1)) {
        case .ready(let ready): return (Life(ready, disk), ready.recovery)
        case .readOnly(_, _, let error): throw error
        }
    }

    mutating func now() -> Instant {
        clock += 1
        return Instant(milliseconds: clock)
    }

    /// Makes the next segment ready. Without one the daemon goes on as long as there is room.
    mutating func prepareSpare() throws(StoreError) {
        do throws(StoreError) {
            ledger.update(journal.adopt(try checkpointer.prepareSpare()))
        } catch {
            if isPowerOff || error.isFatal { throw error }
            ledger.spareFailed(error)
        }
    }

    /// Makes the open batch durable; says whether there was one.
    mutating func commit() throws(StoreError) -> Bool {
        guard let batch = try ledger.sealBatch() else { return false }
        let commit = try journal.commit(batch)
        ledger.committed(commit)
        if commit.needsSpare { try prepareSpare() }
        // Not every batch is followed by a quiet moment.
        if commit.durableLSN.isMultiple(of: 2) { try seal() }
        return true
    }

    mutating func seal() throws(StoreError) { try journal.seal() }

    mutating func checkpoint() throws(StoreError) {
        guard let job = try journal.beginCheckpoint() else { return }
        ledger.update(journal.room)
        try make(job)
        if journal.needsSpare { try prepareSpare() }
    }

    mutating func stop() throws(StoreError) {
        if let job = try journal.stop() { try make(job) }
    }

    /// A checkpoint that fails costs nothing: the old ones and the journals are still there.
    private mutating func make(_ job: CheckpointJob) throws(StoreError) {
        do throws(StoreError) {
            journal.finishCheckpoint(try checkpointer.run(job, at: now()))
        } catch {
            if isPowerOff || error.isFatal { throw error }
        }
    }

    private var isPowerOff: Bool { disk.isDead }
}
