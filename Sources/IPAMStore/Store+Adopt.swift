package import IPAM
import IPAMEngine

extension Store {
    /// Makes a state directory that came from another machine this one's.
    ///
    /// The copy may be older than what its clients know, and the original may still be alive: so
    /// the state begins another life, in quarantine.
    package static func adopt(
        _ disk: any Disk, _ settings: StoreSettings, at now: Instant
    ) throws(StoreError) -> Recovery {
        try take(disk)
        var outcome = try Replay(disk, machineID: 0).run(newIncarnation: settings.newIncarnation)
        guard !outcome.recovery.isFirstStart else {
            throw .damaged(file: "the directory", offset: 0, sentence: "it holds no state")
        }
        return try beginAnotherLife(disk, settings, &outcome, at: now)
    }

    /// Makes a state directory out of a backup. The state begins another life, in quarantine:
    /// what was allocated after the backup is not in it. The state directory, `disk`, must not
    /// hold one yet.
    package static func restore(
        _ backup: (disk: any Disk, name: String), to disk: any Disk, _ settings: StoreSettings,
        at now: Instant
    ) throws(StoreError) -> Recovery {
        try take(disk)
        let inventory: Inventory
        do throws(DiskError) { inventory = try Inventory(disk) } catch { throw .disk(error) }
        guard inventory.generationMax == 0 else {
            throw .damaged(
                file: "the directory", offset: 0,
                sentence: "it holds a state already; move that away first")
        }
        var outcome = try read(backup)
        return try beginAnotherLife(disk, settings, &outcome, at: now)
    }

    /// What a backup holds, proven whole.
    package static func check(
        backup: (disk: any Disk, name: String)
    ) throws(StoreError) -> Recovery {
        try read(backup).recovery
    }

    private static func take(_ disk: any Disk) throws(StoreError) {
        let lock: LockOutcome
        do throws(DiskError) { lock = try disk.lock() } catch { throw .disk(error) }
        if case .held(let pid) = lock { throw .locked(pid: pid) }
    }

    private static func read(
        _ backup: (disk: any Disk, name: String)
    ) throws(StoreError) -> Replay.Outcome {
        let handle: DiskFile
        do throws(DiskError) {
            handle = try backup.disk.open(backup.name)
        } catch {
            throw .disk(error)
        }
        defer { backup.disk.close(handle) }
        var checkpoint = try CheckpointReader(try FrameReader(backup.disk, handle))
        var outcome = try Replay.state(of: &checkpoint, file: backup.name)
        outcome.origin = backup
        if let violation = outcome.state.violations().first {
            throw .damaged(
                file: backup.name, offset: 0, sentence: "its state is unsound: \(violation)")
        }
        return outcome
    }

    private static func beginAnotherLife(
        _ disk: any Disk, _ settings: StoreSettings, _ outcome: inout Replay.Outcome,
        at now: Instant
    ) throws(StoreError) -> Recovery {
        outcome.state = outcome.state.reincarnated(as: settings.newIncarnation)
        outcome.state.isQuarantined = true
        outcome.recovery.incarnation = settings.newIncarnation
        let generation = outcome.recovery.generation
        var journal = try begin(disk, settings, &outcome, at: now)
        _ = try journal.stop()
        // The former life's files could only be mistaken for this one's.
        _ = try disk.removeBefore(generation)
        return outcome.recovery
    }
}
