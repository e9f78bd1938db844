package import IPAM
import IPAMEngine

/// The way to a state directory.
package enum Store {
    /// Takes the directory, reads the state, and makes it durable again in new files.
    ///
    /// Nothing is ever appended to an old file: after an error its contents may exist in the
    /// system's cache alone, where they look right and vanish with the next power cut. When this
    /// returns `ready`, whatever it returns survives.
    ///
    /// - Throws: `locked` if another daemon is there; `damaged` or `foreign` if the files cannot
    ///   be trusted; `disk` if the directory cannot be read at all.
    package static func open(
        _ disk: any Disk, _ settings: StoreSettings, at now: Instant
    ) throws(StoreError) -> Opened {
        let lock: LockOutcome
        do throws(DiskError) {
            lock = try disk.lock()
        } catch {
            // The directory may be on a full or read-only disk: what it says is still worth it.
            let outcome = try read(disk, settings)
            return .readOnly(outcome.ledger(.disk(error)), outcome.recovery, .disk(error))
        }
        if case .held(let pid) = lock { throw .locked(pid: pid) }
        var prepared: Result<Journal, StoreError>?
        let outcome: Replay.Outcome
        do throws(StoreError) {
            outcome = try read(disk, settings) { outcome in
                discard(prepared, disk)
                prepared = Result { () throws(StoreError) in
                    try prepare(disk, settings, &outcome, at: now)
                }
            }
        } catch {
            discard(prepared, disk)
            throw error
        }
        guard let prepared else { preconditionFailure("What was read was prepared.") }
        return open(disk, settings, prepared, outcome)
    }

    /// Begins with what was read, proved and prepared.
    private static func open(
        _ disk: any Disk, _ settings: StoreSettings, _ prepared: Result<Journal, StoreError>,
        _ outcome: consuming Replay.Outcome
    ) -> Opened {
        do throws(StoreError) {
            let journal = try publish(disk, try prepared.get(), &outcome)
            let ledger = Ledger(
                outcome.state, room: journal.room, recordBytesMax: settings.recordBytesMax,
                allocationsPerUserMax: settings.allocationsPerUserMax)
            let checkpointer = Checkpointer(disk, settings)
            return .ready(
                .init(
                    ledger: ledger, journal: journal, checkpointer: checkpointer,
                    recovery: outcome.recovery))
        } catch {
            return .readOnly(outcome.ledger(error), outcome.recovery, error)
        }
    }

    private static func read(
        _ disk: any Disk, _ settings: StoreSettings,
        meanwhile: (inout Replay.Outcome) -> Void = { _ in }
    ) throws(StoreError) -> Replay.Outcome {
        var outcome = try Replay(disk, machineID: settings.machineID)
            .run(newIncarnation: settings.newIncarnation, meanwhile: meanwhile)
        outcome.state.resumeWaiting()
        return outcome
    }

    /// Makes a new generation of what was read and proved.
    static func begin(
        _ disk: any Disk, _ settings: StoreSettings, _ outcome: inout Replay.Outcome,
        at now: Instant
    ) throws(StoreError) -> Journal {
        try publish(disk, try prepare(disk, settings, &outcome, at: now), &outcome)
    }

    /// Makes the files of a new generation durable under temporary names, which say nothing: what
    /// was read may still turn out to be unsound.
    private static func prepare(
        _ disk: any Disk, _ settings: StoreSettings, _ outcome: inout Replay.Outcome,
        at now: Instant
    ) throws(StoreError) -> Journal {
        try makeRoom(disk)
        let generation = outcome.recovery.generation
        try keepTorn(disk, &outcome)
        var header = FileHeader(
            machineID: settings.machineID, incarnation: outcome.recovery.incarnation,
            generation: generation, position: outcome.position, salt: settings.salt(),
            segmentBytes: UInt64(settings.segmentBytes), made: now,
            isQuarantined: outcome.state.isQuarantined, kind: .journal)
        let segment = try disk.prepare(
            .journalInProgress(generation), bytes: settings.segmentBytes, beginning: header.bytes)
        var journal = Journal(
            disk, settings, header: header, segment: segment,
            checkpointGeneration: generation)
        do throws(StoreError) {
            header.kind = .checkpoint
            header.salt = settings.salt()
            header.segmentBytes = 0
            journal.checkpointBytes = try writeCheckpoint(disk, header, outcome)
            return journal
        } catch {
            journal.abandon()
            throw error
        }
    }

    /// Gives the room of a generation back that came to nothing. What stays is removed by a later
    /// start.
    private static func discard(_ journal: Result<Journal, StoreError>?, _ disk: any Disk) {
        guard case .success(let journal) = journal else { return }
        journal.abandon()
        for file in [
            StoreFile.checkpointInProgress(journal.generation),
            .journalInProgress(journal.generation),
        ] {
            // It was only a try.
            do throws(DiskError) { try disk.remove(file.name) } catch { continue }
        }
    }

    /// Gives the files of a new generation their names.
    ///
    /// The new segment is durable under a temporary name before the new checkpoint gets its name,
    /// and gets its own last: so a checkpoint without a journal of its generation is either
    /// the work of a start that was cut off, and the temporary file proves it, or damage.
    private static func publish(
        _ disk: any Disk, _ journal: Journal, _ outcome: inout Replay.Outcome
    ) throws(StoreError) -> Journal {
        let generation = outcome.recovery.generation
        do throws(StoreError) {
            try disk.publish(.checkpointInProgress(generation), as: .checkpoint(generation))
            try disk.publish(.journalInProgress(generation), as: .journal(generation))
            try removeOld(disk, &outcome)
            return journal
        } catch {
            journal.abandon()
            throw error
        }
    }

    /// Removes what is older than the checkpoint that was read. Files that stay where they are cost
    /// room and nothing else.
    private static func removeOld(
        _ disk: any Disk, _ outcome: inout Replay.Outcome
    ) throws(StoreError) {
        let recovery = outcome.recovery
        let oldest = recovery.isFirstStart ? recovery.generation : recovery.checkpointGeneration
        do throws(StoreError) {
            _ = try disk.removeBefore(oldest)
        } catch {
            if error.isFatal { throw error }
            outcome.recovery.notes.append("old files are still there: \(error)")
        }
    }

    /// Removes what the last daemon prepared for itself, for a full disk may need the room.
    private static func makeRoom(_ disk: any Disk) throws(StoreError) {
        do throws(DiskError) {
            for file in try Inventory(disk).unfinished {
                switch file {
                case .spare, .checkpointInProgress: try disk.remove(file.name)
                case .lock, .checkpoint, .journal, .journalInProgress, .torn: break
                }
            }
        } catch {
            throw .disk(error)
        }
    }

    /// Keeps a copy of what is dropped, for whoever wants to look. Without room for it, the
    /// daemon starts all the same: nothing of it had been promised to anybody.
    private static func keepTorn(
        _ disk: any Disk, _ outcome: inout Replay.Outcome
    ) throws(StoreError) {
        guard !outcome.tornBytes.isEmpty else { return }
        let file = StoreFile.torn(outcome.position.lsn)
        do throws(StoreError) {
            let handle = try disk.replace(file)
            defer { disk.close(handle) }
            try disk.storeWrite(handle, at: 0, outcome.tornBytes)
            try disk.storeSync(handle)
            outcome.recovery.tornFile = file.name
        } catch {
            guard error.isNoSpace else { throw error }
            outcome.recovery.notes.append("no room for a copy of what was dropped")
        }
    }

    /// Writes what was read, from the files that it was read from.
    private static func writeCheckpoint(
        _ disk: any Disk, _ header: FileHeader, _ outcome: Replay.Outcome
    ) throws(StoreError) -> UInt64 {
        var old: CheckpointReader?
        var handle: DiskFile?
        defer { if let handle { outcome.origin?.disk.close(handle) } }
        if let origin = outcome.origin {
            let (reader, file) = try origin.disk.reader(origin.name)
            handle = file
            old = try CheckpointReader(reader)
        }
        let (size, count) = try Checkpointer.merge(old, outcome.segments, disk, header)
        let counts = outcome.state.counts
        guard count == counts.prefixes + counts.allocations else {
            throw .damaged(
                file: StoreFile.checkpointInProgress(header.generation).name, offset: 0,
                sentence: "it has \(count) objects, and other ones were read")
        }
        try Checkpointer.prove(disk, header, resourceCount: count)
        return size
    }
}

/// A directory that was opened.
package enum Opened: Sendable {
    case ready(Ready)
    /// All was read and nothing can be written: queries are answered, commands refused.
    case readOnly(Ledger, Recovery, StoreError)

    /// The parts of a working store, each for its own thread.
    package struct Ready: Sendable {
        package var ledger: Ledger
        package var journal: Journal
        package var checkpointer: Checkpointer
        package var recovery: Recovery
    }
}

extension Replay.Outcome {
    /// A ledger that changes nothing.
    fileprivate func ledger(_ reason: StoreError) -> Ledger {
        var ledger = Ledger(state, room: .none, recordBytesMax: 0)
        ledger.close(reason)
        return ledger
    }
}
