import IPAM
import IPAMEngine
import Synchronization

/// The objects of one frame of a checkpoint, as they are written.
struct StoredObjects: Sendable {
    let file: String
    /// Where the frame is.
    let offset: UInt64
    let bytes: [UInt8]
    let ranges: ArraySlice<Range<Int>>
}

/// What was decoded, in order, up to the first fault.
struct Decoded<Item: Sendable>: Sendable {
    var items: [(item: Item, offset: UInt64)] = []
    var fault: StoreError?
}

/// Decodes what was read, piece after piece.
final class Decoder: Sendable {
    private struct Memory {
        var commonParts = CommonParts()
        var lastKey: ResourceKey?
    }

    // One piece at a time is decoded, so the lock is always free: it shows the compiler so.
    private let memory = Mutex(Memory())

    /// The objects of a checkpoint, the keys of which ascend.
    func objects(of stored: StoredObjects) -> Decoded<Resource> {
        memory.withLock { memory in
            var decoded = Decoded<Resource>()
            decoded.items.reserveCapacity(stored.ranges.count)
            for range in stored.ranges {
                let place = stored.offset + UInt64(range.lowerBound)
                var fields = FieldReader(stored.bytes, range: range, structure: "resource")
                do throws(DecodingFault) {
                    var resource = try Resource(from: &fields)
                    if let last = memory.lastKey, resource.key <= last {
                        throw fields.invalid("\(resource.key) does not come after \(last)")
                    }
                    memory.lastKey = resource.key
                    memory.commonParts.unify(&resource)
                    decoded.items.append((resource, place))
                } catch {
                    decoded.fault = .damaged(
                        file: stored.file, offset: place, sentence: error.description)
                    break
                }
            }
            return decoded
        }
    }

    /// The records of these frames, each with the place of its frame.
    func records(
        of frames: [(frame: Frame, offset: UInt64)], file: String
    ) -> Decoded<JournalRecord> {
        memory.withLock { memory in
            var decoded = Decoded<JournalRecord>()
            do throws(StoreError) {
                for (frame, offset) in frames {
                    for record in try frame.records(file: file, offset: offset) {
                        let record = record.unified(with: &memory.commonParts)
                        decoded.items.append((record, offset))
                    }
                }
            } catch {
                decoded.fault = error
            }
            return decoded
        }
    }
}

extension JournalRecord {
    /// The same record, its objects in as little memory as they may have.
    fileprivate func unified(with commonParts: inout CommonParts) -> JournalRecord {
        let events = events.map { event in
            guard case .put(var resource) = event else { return event }
            commonParts.unify(&resource)
            return .put(resource)
        }
        return JournalRecord(
            lsn: lsn, time: time, events: events, endsQuarantine: endsQuarantine, access: access)
    }
}

/// Decodes on a second thread, some pieces ahead of what is used here. Reading stays here, too: a
/// disk that is simulated sees the same calls in the same order each time.
func decodeAhead<Piece: Sendable, Outcome: Sendable>(
    _ next: () throws(StoreError) -> Piece?, decode: @escaping @Sendable (Piece) -> Outcome,
    use: (Outcome) throws(StoreError) -> Void
) throws(StoreError) {
    /// So many are enough to keep both threads busy.
    let piecesMax = 3
    guard let first = try next() else { return }
    var read = Result { () throws(StoreError) in try next() }
    guard case .success(.some) = read else {
        // Most files have one piece, and that is not worth a thread.
        try use(decode(first))
        _ = try read.get()
        return
    }
    let worker = Worker(decode)
    worker.give(first)
    var count = 1
    while count > 0 {
        while count < piecesMax, case .success(let piece?) = read {
            worker.give(piece)
            count += 1
            read = Result { () throws(StoreError) in try next() }
        }
        try use(worker.outcome())
        count -= 1
    }
    // A fault in what was read before comes before one in reading on.
    _ = try read.get()
}
