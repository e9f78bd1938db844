/// Reads one segment from its header to where its history ends, and decides whether it ends
/// there because it was cut off or because it is damaged.
///
/// A segment that another follows ends in the position from which the other began: no evidence
/// is needed, and what may lie behind that position never counted. Only the newest segment
/// may end in a torn frame, and only if nothing says that the frame had been durable:
///
/// 1. a frame whose check value is right lies anywhere behind it: one batch is written at a
///    time, so the one before had been synced;
/// 2. a stop frame was read: nothing was written after that.
///
/// What no rule can see is damage to the very last frame while no seal follows it; the seal
/// comes some ten milliseconds after the last batch.
struct SegmentScan {
    /// How the newest segment ends.
    enum Ending: Hashable {
        /// Zeros follow, or nothing does.
        case clean
        /// The daemon stopped, and said so.
        case stopped
        /// The blocks in this range were being written.
        case torn(Range<UInt64>)
    }

    private static let batchesBytes = 256 << 10

    let header: FileHeader
    private(set) var position: JournalPosition
    private(set) var offset = UInt64(Block.bytes)
    private var isStopped = false
    private var fault: StoreError?
    private var reader: FrameReader
    private let successor: JournalPosition?

    /// Begins where the history before this segment ended, which is `expected`; ends where the
    /// next segment began, which is `successor`, and none for the newest.
    init(
        _ reader: FrameReader, header: FileHeader, expected: JournalPosition,
        successor: JournalPosition?
    ) throws(StoreError) {
        self.reader = reader
        self.header = header
        self.successor = successor
        position = header.position
        guard reader.sizeBytes == header.segmentBytes else {
            throw .damaged(
                file: reader.file, offset: min(reader.sizeBytes, header.segmentBytes),
                sentence: "it has \(reader.sizeBytes) bytes, not \(header.segmentBytes)")
        }
        guard header.position == expected else {
            throw .damaged(
                file: reader.file, offset: 0,
                sentence: "it begins after change \(header.position.lsn), the history before it "
                    + "ends with change \(expected.lsn): a journal between is missing or foreign")
        }
    }

    /// The next frame and where it is; nothing at the end.
    mutating func next() throws(StoreError) -> (frame: Frame, offset: UInt64)? {
        guard position != successor, !isStopped, offset < reader.sizeBytes else {
            try requireSuccessor()
            return nil
        }
        switch try reader.frame(at: offset, seed: header.seed) {
        case .success(let frame):
            try require(frame)
            let place = offset
            position.chain = frame.check
            if frame.kind == .records { position.lsn += UInt64(frame.count) }
            isStopped = frame.kind == .stop
            offset += UInt64(frame.spaceBytes)
            return (frame, place)
        case .failure(let fault):
            guard successor == nil else { throw damaged(fault.sentence) }
            if let later = try laterFrame() {
                throw damaged(fault.sentence + "; a whole frame follows at offset \(later)")
            }
            return nil
        }
    }

    /// The next batches, as many as are worth a thread; nothing at the end. What is wrong behind
    /// them is thrown when more is asked for.
    mutating func nextBatches() throws(StoreError) -> [(frame: Frame, offset: UInt64)]? {
        if let fault { throw fault }
        var batches: [(frame: Frame, offset: UInt64)] = []
        var byteCount = 0
        do throws(StoreError) {
            while byteCount < Self.batchesBytes, let next = try next() {
                guard next.frame.kind == .records else { continue }
                byteCount += next.frame.bytes.count
                batches.append(next)
            }
        } catch {
            fault = error
        }
        if let fault, batches.isEmpty { throw fault }
        return batches.isEmpty ? nil : batches
    }

    private func requireSuccessor() throws(StoreError) {
        if let successor, successor != position {
            throw damaged(
                "it ends with change \(position.lsn), and the next journal begins after change "
                    + "\(successor.lsn)")
        }
    }

    /// A frame that was written here, and that follows the one before.
    private func require(_ frame: Frame) throws(StoreError) {
        switch frame.kind {
        case .records, .seal, .stop: break
        case .resources, .end, .namespaces:
            throw damaged("a frame of a checkpoint stands in a journal")
        }
        guard frame.previous == position.chain, frame.first == position.lsn + 1 else {
            throw damaged("the frame does not follow the one before it")
        }
        guard (frame.kind == .records) == (frame.count > 0), frame.durableLSN <= position.lsn,
            UInt64(frame.count) <= StoreLimits.numberMax - position.lsn
        else { throw damaged("the frame contradicts itself") }
    }

    /// Where a whole frame lies behind the present offset, if one does.
    private mutating func laterFrame() throws(StoreError) -> UInt64? {
        var later = offset + UInt64(Block.bytes)
        while later < reader.sizeBytes {
            if case .success = try reader.frame(at: later, seed: header.seed) { return later }
            later += UInt64(Block.bytes)
        }
        return nil
    }

    /// How the newest segment ends, once `next()` has returned nothing.
    mutating func ending() throws(StoreError) -> Ending {
        if isStopped { return .stopped }
        var end = offset
        var block = offset
        while block < reader.sizeBytes {
            let bytes = try reader.bytes(at: block, count: Block.bytes)
            block += UInt64(Block.bytes)
            if bytes.contains(where: { $0 != 0 }) { end = min(block, reader.sizeBytes) }
        }
        return end == offset ? .clean : .torn(offset..<end)
    }

    /// The bytes in a range, at most a segment.
    mutating func bytes(in range: Range<UInt64>) throws(StoreError) -> [UInt8] {
        Array(try reader.bytes(at: range.lowerBound, count: range.count))
    }

    private func damaged(_ sentence: String) -> StoreError {
        .damaged(file: reader.file, offset: offset, sentence: sentence)
    }
}
