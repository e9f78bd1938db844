/// Writes sealed batches to the newest segment and syncs them: the journal thread's part.
///
/// One batch is in flight at a time. The first error poisons the journal: nothing is written or
/// synced again, because a second sync would succeed without having written what the first one
/// lost. The process answers that the outcome is unknown, and ends; the next start tells.
package struct Journal: Sendable {
    private let disk: any Disk
    private let settings: StoreSettings
    /// The header of the newest segment.
    private var header: FileHeader
    private var segment: DiskFile
    private var offset: UInt64
    private var position: JournalPosition
    /// Whether the newest segment holds a batch, so that a checkpoint needs a rotation.
    private var hasBatches = false
    /// Whether the last frame is a batch: its durability is not yet written down anywhere.
    private var isUnsealed = false
    private var spare: Spare?
    private var poisonedFile: String?
    /// Whether the state at the end of the journal is in quarantine.
    private var isQuarantined: Bool

    private var checkpointGeneration: UInt64
    /// The size of the last checkpoint.
    var checkpointBytes: UInt64 = 0
    private var sealedSegments: [CheckpointJob.Segment] = []
    private var bytesSinceCheckpoint: UInt64 = 0

    init(
        _ disk: any Disk, _ settings: StoreSettings, header: FileHeader, segment: DiskFile,
        checkpointGeneration: UInt64
    ) {
        self.disk = disk
        self.settings = settings
        self.header = header
        self.segment = segment.named(.journal(header.generation))
        self.checkpointGeneration = checkpointGeneration
        offset = UInt64(Block.bytes)
        position = header.position
        isQuarantined = header.isQuarantined
    }

    var generation: UInt64 { header.generation }

    /// The last durable change, and the room for more.
    package var room: JournalRoom {
        JournalRoom(
            lsn: position.lsn, currentBytes: Int(header.segmentBytes - offset),
            next: spare.map { .ready(bytes: $0.bytes - Block.bytes) } ?? .preparing)
    }

    /// The generation of the last checkpoint, if that holds everything; else nothing.
    package var currentCheckpoint: UInt64? {
        hasBatches || !sealedSegments.isEmpty ? nil : checkpointGeneration
    }

    /// Whether the next segment is to be prepared.
    package var needsSpare: Bool { spare == nil }

    /// Makes a batch durable. When this returns, its answers may leave.
    ///
    /// - Throws: whatever happened, the batch may or may not survive; call nothing after it.
    package mutating func commit(_ batch: SealedBatch) throws(StoreError) -> Commit {
        precondition(batch.first == position.lsn + 1, "Batches follow each other.")
        let space = Frame.spaceBytes(payload: batch.payloadBytes)
        if space > room.currentBytes { try rotate(for: batch) }
        try write(batch.bytes, .records, count: batch.count)
        position.lsn += UInt64(batch.count)
        if batch.endsQuarantine { isQuarantined = false }
        hasBatches = true
        isUnsealed = true
        let limit = max(UInt64(settings.segmentBytes), checkpointBytes)
        return Commit(
            durableLSN: position.lsn, room: room, needsSpare: spare == nil,
            checkpointIsDue: bytesSinceCheckpoint >= limit)
    }

    /// Writes down that everything so far is durable, so that damage to the last batch cannot
    /// be taken for a torn end. For a quiet moment after a commit; does nothing a second time.
    package mutating func seal() throws(StoreError) {
        guard isUnsealed, room.currentBytes >= Block.bytes else { return }
        try write(Self.emptyFrame, .seal, count: 0)
        isUnsealed = false
    }

    /// Takes over the file that becomes the next segment.
    package mutating func adopt(_ spare: Spare) -> JournalRoom {
        precondition(self.spare == nil, "There is one spare segment at a time.")
        self.spare = spare
        return room
    }

    /// Ends the newest segment, if it holds anything, so that a checkpoint can be made of it.
    ///
    /// - Returns: nothing if the last checkpoint holds everything, or while there is no spare
    ///   segment to go on in.
    package mutating func beginCheckpoint() throws(StoreError) -> CheckpointJob? {
        if hasBatches {
            guard spare != nil else { return nil }
            try rotate()
        }
        guard !sealedSegments.isEmpty else { return nil }
        // Due again only after as much again, whether this attempt comes to something or not.
        bytesSinceCheckpoint = 0
        return job(header.generation, isStop: false)
    }

    /// Takes note of a checkpoint that is durable.
    package mutating func finishCheckpoint(_ report: CheckpointReport) {
        checkpointGeneration = report.generation
        checkpointBytes = report.bytes
        sealedSegments.removeAll { $0.generation < report.generation }
    }

    /// Writes the last frame and ends the journal. Nothing is called after it.
    ///
    /// - Returns: the last checkpoint to make, if there is anything new; without it the next start
    ///   replays the journal.
    package mutating func stop() throws(StoreError) -> CheckpointJob? {
        if room.currentBytes >= Block.bytes { try write(Self.emptyFrame, .stop, count: 0) }
        disk.close(segment)
        if let spare { disk.close(spare.file) }
        spare = nil
        poisonedFile = segment.name
        guard hasBatches || !sealedSegments.isEmpty else { return nil }
        sealedSegments.append(.init(generation: header.generation, end: position))
        return job(header.generation + 1, isStop: true)
    }

    /// Lets go of a segment that came to nothing.
    func abandon() { disk.close(segment) }

    private func job(_ generation: UInt64, isStop: Bool) -> CheckpointJob {
        var checkpoint = header
        checkpoint.kind = .checkpoint
        checkpoint.generation = generation
        checkpoint.position = isStop ? position : header.position
        checkpoint.isQuarantined = isStop ? isQuarantined : header.isQuarantined
        checkpoint.salt = settings.salt()
        checkpoint.segmentBytes = 0
        checkpoint.isStop = isStop
        return CheckpointJob(
            header: checkpoint, previous: checkpointGeneration, segments: sealedSegments)
    }

    private mutating func rotate(for batch: SealedBatch) throws(StoreError) {
        let space = Frame.spaceBytes(payload: batch.payloadBytes)
        guard let spare, space <= spare.bytes - Block.bytes else {
            poisonedFile = segment.name
            throw .oversized(bytes: batch.payloadBytes)
        }
        try rotate()
    }

    /// Goes on in the spare segment. Its header, which says where the old one ends, is durable
    /// before its name is, and its name before anything is written behind the header.
    private mutating func rotate() throws(StoreError) {
        try requireSound()
        guard let next = spare else { return }
        var header = header
        header.generation += 1
        header.position = position
        header.salt = settings.salt()
        header.segmentBytes = UInt64(next.bytes)
        header.isQuarantined = isQuarantined
        do throws(StoreError) {
            try disk.storeWrite(next.file, at: 0, header.bytes)
            try disk.storeSync(next.file)
            try disk.publish(.spare, as: .journal(header.generation))
        } catch {
            poisonedFile = next.file.name
            throw error
        }
        disk.close(segment)
        sealedSegments.append(.init(generation: self.header.generation, end: position))
        self.header = header
        segment = next.file.named(.journal(header.generation))
        spare = nil
        offset = UInt64(Block.bytes)
        hasBatches = false
        isUnsealed = false
    }

    private mutating func write(
        _ bytes: [UInt8], _ kind: Frame.Kind, count: UInt32
    ) throws(StoreError) {
        try requireSound()
        var frame = bytes
        let check = Frame.finish(
            &frame, kind, count: count, first: position.lsn + 1, durableLSN: position.lsn,
            previous: position.chain, seed: header.seed)
        do throws(StoreError) {
            try disk.storeWrite(segment, at: offset, frame)
            try disk.storeSync(segment)
        } catch {
            poisonedFile = segment.name
            throw error
        }
        position.chain = check
        offset += UInt64(frame.count)
        bytesSinceCheckpoint += UInt64(frame.count)
    }

    private func requireSound() throws(StoreError) {
        if let poisonedFile { throw .poisoned(file: poisonedFile) }
    }

    private static let emptyFrame = [UInt8](repeating: 0, count: Frame.headerBytes)
}

/// Changes that become durable together.
package struct SealedBatch: Sendable, Hashable {
    /// The number of the first change.
    package let first: UInt64
    package let count: UInt32
    /// Whether one of the changes ends the quarantine.
    var endsQuarantine = false
    /// Room for the header of a frame, then the payload.
    let bytes: [UInt8]

    var payloadBytes: Int { bytes.count - Frame.headerBytes }

    /// The number of the last change.
    package var last: UInt64 { first + UInt64(count) - 1 }
}

/// What a commit says to the event loop.
package struct Commit: Sendable, Hashable {
    package let durableLSN: UInt64
    package let room: JournalRoom
    /// There is no spare segment: prepare one.
    package let needsSpare: Bool
    /// The journal has grown by as much as a segment and a checkpoint hold.
    package let checkpointIsDue: Bool
}

/// How much the journal can take without asking the file system for room.
package struct JournalRoom: Sendable, Hashable {
    package enum Next: Sendable, Hashable {
        case ready(bytes: Int)
        case preparing
        /// It could not be prepared; the sentence says why.
        case failed(String)
    }

    /// The last change that the current segment holds.
    package let lsn: UInt64
    /// What is left of the current segment.
    package var currentBytes: Int
    /// The segment after it.
    package var next: Next

    static let none = JournalRoom(lsn: 0, currentBytes: 0, next: .preparing)

    /// The same, once the attempt to prepare the next segment has failed.
    package func withoutSpare(_ error: StoreError) -> JournalRoom {
        var room = self
        if case .preparing = next { room.next = .failed(error.description) }
        return room
    }

    /// Whether so many payload bytes have room in one segment.
    func fits(payload: Int) -> Bool {
        let space = Frame.spaceBytes(payload: payload)
        if space <= currentBytes { return true }
        switch next {
        case .ready(let bytes): return space <= bytes
        case .preparing, .failed: return false
        }
    }

    /// Takes the room of a batch away, as the journal will.
    mutating func take(payload: Int) {
        let space = Frame.spaceBytes(payload: payload)
        if space <= currentBytes {
            currentBytes -= space
        } else if case .ready(let bytes) = next {
            currentBytes = bytes - space
            next = .preparing
        }
    }
}
