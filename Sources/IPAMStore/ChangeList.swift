import IPAM
import IPAMEngine

/// What sealed segments say last of each object, in the order of the keys: bytes as they were
/// written, of which nothing but the key is looked at.
///
/// Segments come in the order in which they were written, each followed by `settle()`. So what
/// this takes is at most a segment more than what the last changes themselves have.
struct ChangeList {
    /// The last change of an object.
    struct Change {
        fileprivate let key: StoredKey
        /// Where the object is in `bytes`, or the key of one that is gone.
        let range: Range<Int>
        let isRemoval: Bool
    }

    private(set) var bytes: [UInt8] = []
    /// In order, once settled.
    private(set) var changes: [Change] = []
    /// The last rule of each namespace that has a new one.
    private(set) var accesses: [String: AccessChange] = [:]

    /// Takes what the records of a frame have changed.
    mutating func append(_ frame: Frame, file: String, offset: UInt64) throws(StoreError) {
        var lsn = frame.first
        for range in try frame.itemRanges(file: file, offset: offset) {
            do throws(DecodingFault) {
                try append(record: range, of: frame, lsn: lsn)
            } catch {
                let place = offset + UInt64(range.lowerBound)
                throw .damaged(file: file, offset: place, sentence: error.description)
            }
            lsn += 1
        }
    }

    private mutating func append(
        record range: Range<Int>, of frame: Frame, lsn: UInt64
    ) throws(DecodingFault) {
        var fields = FieldReader(frame.bytes, range: range, structure: "journal record")
        while let field = try fields.next() {
            switch field.number {
            case 1:
                guard try field.integer() == lsn else {
                    throw field.invalid("changes are numbered one after the other")
                }
            case 3:
                let event = try field.raw(isRepeatable: true)
                try append(event: event.startIndex..<event.endIndex, of: frame)
            case 5:
                let access: AccessChange = try field.structure("access change")
                accesses[access.namespace] = access
            // The time, and the end of a quarantine: no object has either.
            case 2, 4: break
            default: try field.skip()
            }
        }
    }

    private mutating func append(
        event range: Range<Int>, of frame: Frame
    ) throws(DecodingFault) {
        var fields = FieldReader(frame.bytes, range: range, structure: "event")
        guard let field = try fields.next(), field.number == 1 || field.number == 2 else {
            throw fields.invalid("an event puts or removes")
        }
        let raw = try field.raw()
        let isRemoval = field.number == 2
        let old = raw.startIndex..<raw.endIndex
        let key =
            isRemoval
            ? StoredKey(old, in: frame.bytes) : StoredKey(ofObject: old, in: frame.bytes)
        guard let key else { throw field.invalid("it has no key") }
        let start = bytes.count
        bytes.append(contentsOf: raw)
        changes.append(
            Change(
                key: key.moved(by: start - old.lowerBound), range: start..<bytes.count,
                isRemoval: isRemoval))
    }

    /// Brings the changes into order and leaves one of each object, the last.
    mutating func settle() {
        let bytes = bytes
        changes.sort { left, right in
            let order = left.key.order(in: bytes, right.key, in: bytes)
            // What was appended later lies further on.
            return order != 0 ? order < 0 : left.range.lowerBound > right.range.lowerBound
        }
        var kept = 0
        for index in changes.indices {
            if kept > 0, changes[kept - 1].key.order(in: bytes, changes[index].key, in: bytes) == 0
            {
                continue
            }
            changes[kept] = changes[index]
            kept += 1
        }
        changes.removeLast(changes.count - kept)
        if changes.reduce(0, { $0 + $1.range.count }) < bytes.count / 2 { compact() }
    }

    /// Gives back the room of changes that others followed.
    private mutating func compact() {
        var compacted: [UInt8] = []
        for index in changes.indices {
            let change = changes[index]
            let start = compacted.count
            compacted.append(contentsOf: bytes[change.range])
            changes[index] = Change(
                key: change.key.moved(by: start - change.range.lowerBound),
                range: start..<compacted.count, isRemoval: change.isRemoval)
        }
        bytes = compacted
    }

    /// Less than zero if the change is of an object that comes before this one, zero if it is of
    /// this one.
    func order(_ change: Change, _ object: StoredObject) -> Int {
        change.key.order(in: bytes, object.key, in: object.bytes)
    }
}
