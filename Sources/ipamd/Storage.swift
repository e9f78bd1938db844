import IPAM
import IPAMStore
import NIOCore
import Systemd

/// What keeps the store going behind the commits: spare segments, checkpoints, the idle seal.
///
/// Lives on the event loop and never waits; the threads do the work. Nothing here is fatal but
/// a failing journal: whatever cannot be made for lack of room is tried again.
final class Storage {
    /// What the daemon is told.
    struct Observer {
        /// The room for records has changed.
        var roomChanged: (JournalRoom) -> Void
        /// The next segment cannot be made for now, or can be again.
        var spareFault: (StoreError?) -> Void
        /// The journal cannot be written any more: the process has to end.
        var failed: (StoreError) -> Void
    }

    let thread: JournalThread
    private let background: BackgroundThread
    /// A thread of its own: the journal of busy clients needs a few segments while the checkpoint
    /// of a large state is written.
    private let spareThread: BackgroundThread
    private let checkpointer: Checkpointer
    private let loop: NIOIsolatedEventLoop
    private let log: OperatorLog
    private let observer: Observer
    private let meter: Meter

    /// Whether the journal has no segment to go on in. Another one would take the name of the
    /// spare away that the journal still counts on.
    private var isSpareWanted = true
    private var isPreparingSpare = false
    private var isCheckpointing = false
    private var isStopping = false
    /// The next try after one that failed; until then no commit causes one.
    private var spareTry: Scheduled<Void>?
    private var spareRetry = DaemonLimits.retryTimeFirst
    private var checkpointRetry = DaemonLimits.retryTimeFirst
    private var lastCommit = NIODeadline.uptimeNanoseconds(0)
    private var isSealPlanned = false
    /// Who waits for a checkpoint that is to be copied, and from which generation on it will do.
    private var backups: [(least: UInt64?, then: (Result<BackupFile, StoreError>) -> Void)] = []
    /// Called when the background work that runs now has ended, while stopping.
    private var whenIdle: (() -> Void)?

    private(set) var lastCheckpoint: (lsn: UInt64, at: Instant)

    init(
        _ ready: Opened.Ready, at now: Instant, loop: NIOIsolatedEventLoop, log: OperatorLog,
        meter: Meter, observer: Observer
    ) {
        self.meter = meter
        thread = JournalThread(ready.journal, loop: loop.nonisolated())
        background = BackgroundThread(loop: loop.nonisolated())
        spareThread = BackgroundThread(loop: loop.nonisolated())
        checkpointer = ready.checkpointer
        // Recovery has written a checkpoint of what it found.
        lastCheckpoint = (ready.recovery.lsn, now)
        self.loop = loop
        self.log = log
        self.observer = observer
    }

    /// A batch has become durable: what it says is due gets under way.
    func afterCommit(_ commit: Commit) {
        lastCommit = .now()
        planSeal()
        if commit.needsSpare { wantSpare() }
        if commit.checkpointIsDue { checkpoint() }
    }

    // MARK: Spare segments

    private func wantSpare() {
        isSpareWanted = true
        prepareSpare()
    }

    /// Makes the segment that the journal goes on in when the current one is full.
    func prepareSpare() {
        guard isSpareWanted, !isPreparingSpare, spareTry == nil, !isStopping else { return }
        isPreparingSpare = true
        let checkpointer = checkpointer
        spareThread.run { () throws(StoreError) in
            try checkpointer.prepareSpare()
        } then: { result in
            switch result {
            case .success(let spare): self.adopt(spare)
            case .failure(let error): self.spareFailed(error)
            }
        }
    }

    private func adopt(_ spare: Spare) {
        spareRetry = DaemonLimits.retryTimeFirst
        thread.run { (journal) throws(StoreError) in
            journal.adopt(spare)
        } then: { result in
            // Only now: a commit that came back before this still asks for a spare segment.
            self.isPreparingSpare = false
            self.isSpareWanted = false
            self.observer.spareFault(nil)
            if case .success(let room) = result { self.observer.roomChanged(room) }
            self.backgroundEnded()
        }
    }

    private func spareFailed(_ error: StoreError) {
        isPreparingSpare = false
        defer { backgroundEnded() }
        log.write(
            LogEntry(
                .spareFailed, .warning,
                "no spare journal segment could be made, trying again: \(error)"))
        if error.isFatal { return observer.failed(error) }
        observer.spareFault(error)
        spareTry = loop.scheduleTask(in: spareRetry) { self.trySpareAgain() }
        spareRetry = min(spareRetry * 2, DaemonLimits.retryTimeMax)
    }

    private func trySpareAgain() {
        spareTry?.cancel()
        spareTry = nil
        prepareSpare()
    }

    // MARK: Checkpoints

    /// Writes a checkpoint if anything has changed since the last one.
    func checkpoint() {
        guard !isCheckpointing, !isStopping else { return }
        isCheckpointing = true
        thread.run { (journal) throws(StoreError) in
            let job = try journal.beginCheckpoint()
            return (
                job: job, current: journal.currentCheckpoint, room: journal.room,
                needsSpare: journal.needsSpare
            )
        } then: { result in
            switch result {
            case .success(let begun):
                self.observer.roomChanged(begun.room)
                guard let job = begun.job else {
                    self.isCheckpointing = false
                    self.noCheckpointNeeded(begun.current)
                    self.backgroundEnded()
                    return
                }
                // Who asked before it began gets what it holds.
                for index in self.backups.indices where self.backups[index].least == nil {
                    self.backups[index].least = job.generation
                }
                // An attempt that failed has left its spare segment where it is.
                if begun.needsSpare { self.wantSpare() }
                self.run(job)
            case .failure(let error):
                self.isCheckpointing = false
                self.observer.failed(error)
            }
        }
    }

    private func run(_ job: CheckpointJob) {
        let checkpointer = checkpointer
        background.run { () throws(StoreError) in
            // Not before: it may have waited for a part of a backup.
            let start = NIODeadline.now()
            return (report: try checkpointer.run(job, at: .now), duration: .now() - start)
        } then: { result in
            self.isCheckpointing = false
            switch result {
            case .success(let done):
                self.meter.checkpointed(within: done.duration)
                self.finish(done.report)
            case .failure(let error): self.checkpointFailed(error)
            }
            self.backgroundEnded()
        }
    }

    private func finish(_ report: CheckpointReport) {
        checkpointRetry = DaemonLimits.retryTimeFirst
        lastCheckpoint = (report.lsn, .now)
        log.write(
            LogEntry(
                .checkpointWritten, .info,
                """
                checkpoint \(report.generation) written: \(report.resourceCount) objects, \
                \(report.bytes) bytes
                """
            ).with(.lsn, report.lsn))
        thread.run { (journal) throws(StoreError) in
            journal.finishCheckpoint(report)
        } then: { _ in
            // The old generation has gone: there may be room now.
            self.trySpareAgain()
            self.serveBackups(from: report.generation)
        }
    }

    // MARK: Backups

    /// Opens a checkpoint that holds all that is durable now.
    func openBackup(then: @escaping (Result<BackupFile, StoreError>) -> Void) {
        backups.append((nil, then))
        checkpoint()
    }

    /// A part of a backup, read by the background thread.
    func read(
        _ backup: BackupFile, at offset: UInt64,
        then: @escaping (Result<[UInt8], StoreError>) -> Void
    ) {
        let checkpointer = checkpointer
        background.run { () throws(StoreError) in
            try checkpointer.read(backup, at: offset, count: Limits.backupPartBytesMax)
        } then: { result in
            then(result)
        }
    }

    func close(_ backup: BackupFile) { checkpointer.close(backup) }

    /// Nothing has changed since the last checkpoint; or there is no spare segment to go on in,
    /// and then those who wait for a checkpoint try again.
    private func noCheckpointNeeded(_ current: UInt64?) {
        if let current {
            for index in backups.indices { backups[index].least = current }
            serveBackups(from: current)
        } else if !backups.isEmpty {
            wantSpare()
            loop.scheduleTask(in: .milliseconds(20)) { self.checkpoint() }
        }
    }

    private func serveBackups(from generation: UInt64) {
        let served = backups.filter { $0.least.map { $0 <= generation } ?? false }
        backups.removeAll { $0.least.map { $0 <= generation } ?? false }
        let checkpointer = checkpointer
        for waiter in served {
            background.run { () throws(StoreError) in
                try checkpointer.openBackup(generation)
            } then: { result in
                waiter.then(result)
            }
        }
        // Who came while the checkpoint was being made needs another one.
        if !backups.isEmpty { checkpoint() }
    }

    private func failBackups(_ error: StoreError) {
        let failed = backups
        backups = []
        for waiter in failed { waiter.then(.failure(error)) }
    }

    private func checkpointFailed(_ error: StoreError) {
        meter.checkpointFailed()
        log.write(
            LogEntry(
                .checkpointFailed, .error,
                "no checkpoint could be written, the last one stays, trying again: \(error)"))
        failBackups(error)
        if error.isFatal { return observer.failed(error) }
        loop.scheduleTask(in: checkpointRetry) { self.checkpoint() }
        checkpointRetry = min(checkpointRetry * 2, DaemonLimits.retryTimeMax)
    }

    // MARK: The idle seal

    /// One timer at a time: while commits follow each other it only looks again later.
    private func planSeal() {
        guard !isSealPlanned, !isStopping else { return }
        isSealPlanned = true
        loop.scheduleTask(deadline: lastCommit + DaemonLimits.sealTime) { self.sealIfIdle() }
    }

    private func sealIfIdle() {
        isSealPlanned = false
        guard !isStopping else { return }
        guard lastCommit + DaemonLimits.sealTime <= .now() else { return planSeal() }
        thread.run { (journal) throws(StoreError) in
            try journal.seal()
        } then: { result in
            if case .failure(let error) = result { self.observer.failed(error) }
        }
    }

    // MARK: The end

    /// Ends in order: what runs is finished, the journal gets its last block, and a last
    /// checkpoint is written if there is anything new.
    /// - Parameter then: Is told whether the journal took its last block.
    func stop(then: @escaping (StoreError?) -> Void) {
        isStopping = true
        whenIdle = { self.stopJournal(then) }
        backgroundEnded()
    }

    private func backgroundEnded() {
        guard isStopping, !isPreparingSpare, !isCheckpointing, let next = whenIdle else { return }
        whenIdle = nil
        next()
    }

    private func stopJournal(_ then: @escaping (StoreError?) -> Void) {
        thread.run { (journal) throws(StoreError) in
            try journal.stop()
        } then: { result in
            switch result {
            case .failure(let error): then(error)
            case .success(nil): then(nil)
            case .success(let job?):
                let checkpointer = self.checkpointer
                self.background.run { () throws(StoreError) in
                    try checkpointer.run(job, at: .now)
                } then: { result in
                    switch result {
                    case .success(let report): self.finish(report)
                    // The journal holds everything: the next start reads more, that is all.
                    case .failure(let error): self.checkpointFailed(error)
                    }
                    then(nil)
                }
            }
        }
    }
}
