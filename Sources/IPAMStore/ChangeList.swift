import IPAM
import IPAMEngine

/// What sealed segments say last of each object, in the order of the keys: bytes as they were
/// written, of which nothing but the key is looked at.
///
/// Segments come in the order in which they were written, `settle()` comes last. What this takes
/// is about twice what the last changes themselves have.
struct ChangeList {
    /// The last change of an object.
    struct Change {
        fileprivate let key: StoredKey
        /// Where the object is in `bytes`, or the key of one that is gone.
        let range: Range<Int>
        let isRemoval: Bool
    }

    /// The least size of the table, which is a power of two.
    private static let placesMin = 1024
    /// So much may be lost to changes that others followed before it is given back.
    private static let lostBytesMin = 64 << 10

    private(set) var bytes: [UInt8] = []
    /// The last of each object; in order, once settled.
    private(set) var changes: [Change] = []
    /// A table of where in `changes` a key is, or -1; a key stands where its hash says, or behind.
    /// Most segments change few objects often: so they are found one by one and not sorted.
    private var places: [Int] = []
    /// How much of `bytes` the last changes take.
    private var keptBytes = 0
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
        note(key, old, in: frame.bytes, isRemoval: isRemoval)
    }

    /// Takes a change, in the place of the one before it of the same object.
    private mutating func note(
        _ key: StoredKey, _ range: Range<Int>, in source: [UInt8], isRemoval: Bool
    ) {
        if changes.count >= places.count / 2 { makePlaces() }
        if bytes.count - keptBytes > max(keptBytes, Self.lostBytesMin) { compact() }
        let place = place(of: key, in: source)
        let start = bytes.count
        bytes.append(contentsOf: source[range])
        let change = Change(
            key: key.moved(by: start - range.lowerBound), range: start..<bytes.count,
            isRemoval: isRemoval)
        keptBytes += range.count
        if places[place] < 0 {
            places[place] = changes.count
            changes.append(change)
        } else {
            keptBytes -= changes[places[place]].range.count
            changes[places[place]] = change
        }
    }

    /// The place of a key, or the one that it would take.
    private func place(of key: StoredKey, in source: [UInt8]) -> Int {
        var place = key.hash(in: source) & (places.count - 1)
        while places[place] >= 0,
            changes[places[place]].key.order(in: bytes, key, in: source) != 0
        {
            place = (place + 1) & (places.count - 1)
        }
        return place
    }

    /// Makes the table anew, with room for more.
    private mutating func makePlaces() {
        var count = Self.placesMin
        while count < changes.count * 4 { count *= 2 }
        places = [Int](repeating: -1, count: count)
        for (index, change) in changes.enumerated() {
            places[place(of: change.key, in: bytes)] = index
        }
    }

    /// Brings the changes into order.
    mutating func settle() {
        let bytes = bytes
        changes.sort { $0.key.order(in: bytes, $1.key, in: bytes) < 0 }
        // It goes by where the changes were.
        places = []
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
