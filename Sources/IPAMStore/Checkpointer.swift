package import IPAM
import IPAMEngine

/// Works beside the daemon on what never changes: it makes the next segment ready, and a new
/// checkpoint from the last one and the sealed segments since. Live memory is not touched, so
/// there is no pause. A failure here costs nothing that exists: report it, and try again later.
package struct Checkpointer: Sendable {
    private let disk: any Disk
    private let settings: StoreSettings

    init(_ disk: any Disk, _ settings: StoreSettings) {
        self.disk = disk
        self.settings = settings
    }

    /// Makes the file that becomes the next segment. One at a time.
    package func prepareSpare() throws(StoreError) -> Spare {
        do throws(StoreError) {
            return Spare(
                file: try disk.prepare(.spare, bytes: settings.segmentBytes),
                bytes: settings.segmentBytes)
        } catch {
            discard(.spare)
            throw error
        }
    }

    /// Makes a checkpoint durable, and removes what is older than the one before it.
    package func run(
        _ job: CheckpointJob, at now: Instant
    ) throws(StoreError) -> CheckpointReport {
        var header = job.header
        header.made = now
        let unfinished = StoreFile.checkpointInProgress(header.generation)
        let size: UInt64
        let count: UInt64
        do throws(StoreError) {
            let (reader, handle) = try disk.reader(.checkpoint(job.previous))
            defer { disk.close(handle) }
            let old = try CheckpointReader(reader, generation: job.previous)
            (size, count) = try Self.merge(old, job.segments, disk, header)
            try Self.prove(disk, header, resourceCount: count)
            try disk.publish(unfinished, as: .checkpoint(header.generation))
        } catch {
            discard(unfinished)
            throw error
        }
        var report = CheckpointReport(
            generation: header.generation, lsn: header.position.lsn, bytes: size,
            resourceCount: count)
        do throws(StoreError) {
            report.removed = try disk.removeBefore(job.previous)
        } catch {
            if error.isFatal { throw error }
            report.removalFault = error
        }
        return report
    }

    /// Opens a checkpoint as a backup. It stays readable when the file is removed meanwhile.
    package func openBackup(_ generation: UInt64) throws(StoreError) -> BackupFile {
        var (reader, handle) = try disk.reader(.checkpoint(generation))
        do throws(StoreError) {
            let header = try reader.header(.checkpoint, generation: generation)
            return BackupFile(file: handle, size: reader.sizeBytes, lsn: header.position.lsn)
        } catch {
            disk.close(handle)
            throw error
        }
    }

    /// A part of a backup; fewer bytes only at its end.
    package func read(
        _ backup: BackupFile, at offset: UInt64, count: Int
    ) throws(StoreError) -> [UInt8] {
        do throws(DiskError) {
            return try disk.read(backup.file, at: offset, count: count)
        } catch {
            throw .disk(error)
        }
    }

    package func close(_ backup: BackupFile) { disk.close(backup.file) }

    /// Reads back what was written, before anybody relies on it.
    static func prove(
        _ disk: any Disk, _ header: FileHeader, resourceCount: UInt64
    ) throws(StoreError) {
        let file = StoreFile.checkpointInProgress(header.generation)
        let (reader, handle) = try disk.reader(file)
        defer { disk.close(handle) }
        var checkpoint = try CheckpointReader(reader, generation: header.generation)
        try checkpoint.proveFrames()
        guard checkpoint.header == header, checkpoint.resourceCount == resourceCount else {
            throw .damaged(
                file: file.name, offset: 0, sentence: "it reads back otherwise than written")
        }
    }

    /// Gives the room of a file back that came to nothing. If that fails too, the next attempt
    /// replaces the file or the next start removes it.
    private func discard(_ file: StoreFile) {
        do throws(DiskError) { try disk.remove(file.name) } catch { return }
    }

    /// Makes a checkpoint of an older one and the segments after it, under a temporary name; both
    /// sides are in the order of the keys, and where both have a key, the journal is newer. Before
    /// the first segment of all there is no older one.
    static func merge(
        _ old: CheckpointReader?, _ segments: [CheckpointJob.Segment], _ disk: any Disk,
        _ header: FileHeader
    ) throws(StoreError) -> (bytes: UInt64, resourceCount: UInt64) {
        var old = old
        try old?.readAccesses()
        let list = try lastChanges(in: segments, disk, from: old?.header.position ?? .start)
        var writer = try CheckpointWriter(disk, header)
        defer { writer.close() }
        try write(old?.accesses ?? [], with: list.accesses, &writer)
        var changes = list.changes[...]
        while let object = try old?.nextStored() {
            var isChanged = false
            while let change = changes.first {
                let order = list.order(change, object)
                guard order <= 0 else { break }
                if !change.isRemoval { try writer.append(object: change.range, in: list.bytes) }
                changes.removeFirst()
                isChanged = order == 0
            }
            if !isChanged { try writer.append(object: object.range, in: object.bytes) }
        }
        for change in changes where !change.isRemoval {
            try writer.append(object: change.range, in: list.bytes)
        }
        let size = try writer.finish()
        return (size, writer.resourceCount)
    }

    /// The rules of the old checkpoint as the journal has changed them since.
    private static func write(
        _ old: [AccessChange], with changes: [String: AccessChange],
        _ writer: inout CheckpointWriter
    ) throws(StoreError) {
        var rules = Dictionary(uniqueKeysWithValues: old.map { ($0.namespace, $0) })
        rules.merge(changes) { _, new in new }
        for name in rules.keys.sorted() {
            if let rule = rules[name], rule.access != nil { try writer.append(rule) }
        }
    }

    /// The last changes in the sealed segments.
    private static func lastChanges(
        in segments: [CheckpointJob.Segment], _ disk: any Disk, from start: JournalPosition
    ) throws(StoreError) -> ChangeList {
        var changes = ChangeList()
        var position = start
        for segment in segments {
            let file = StoreFile.journal(segment.generation)
            var (reader, handle) = try disk.reader(file)
            defer { disk.close(handle) }
            let header = try reader.header(.journal, generation: segment.generation)
            var scan = try SegmentScan(
                reader, header: header, expected: position, successor: segment.end)
            while let (frame, offset) = try scan.next() {
                guard frame.kind == .records else { continue }
                try changes.append(frame, file: file.name, offset: offset)
            }
            position = scan.position
        }
        changes.settle()
        return changes
    }
}

/// A file that is ready to become the next segment.
package struct Spare: Sendable {
    let file: DiskFile
    package let bytes: Int
}

/// What a checkpoint is to be made from.
package struct CheckpointJob: Sendable {
    /// A sealed segment, and the position in which it ends.
    struct Segment: Sendable, Hashable {
        let generation: UInt64
        let end: JournalPosition
    }

    /// The header of the new checkpoint, but for the time.
    let header: FileHeader
    package var generation: UInt64 { header.generation }
    /// The generation of the last checkpoint.
    let previous: UInt64
    let segments: [Segment]
}

/// A checkpoint that is durable.
package struct CheckpointReport: Sendable, Hashable {
    package let generation: UInt64
    package let lsn: UInt64
    package let bytes: UInt64
    package let resourceCount: UInt64
    /// The files that were removed after it.
    package internal(set) var removed: [String] = []
    /// Why old files are still there; the next checkpoint tries again.
    package internal(set) var removalFault: StoreError?
}

/// A checkpoint that is open to be copied.
package struct BackupFile: Sendable {
    let file: DiskFile
    package let size: UInt64
    /// The last change in it.
    package let lsn: UInt64
}
