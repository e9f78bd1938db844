package import IPAM
package import IPAMEngine

/// What one command changed: durable wholly or not at all.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | lsn | u64 |
/// | 2 | time | u64, ms since 1970; for people alone, replay never looks at it |
/// | 3, critical | event | event, repeated |
/// | 4, critical | endsQuarantine | flag |
/// | 5, critical | access | access change; one of 3, 4 and 5 is there |
package struct JournalRecord: Sendable, Hashable {
    package let lsn: UInt64
    package let time: Instant
    package let events: [Event]
    package let endsQuarantine: Bool
    package let access: AccessChange?

    package init(
        lsn: UInt64, time: Instant, events: [Event], endsQuarantine: Bool = false,
        access: AccessChange? = nil
    ) {
        self.lsn = lsn
        self.time = time
        self.events = events
        self.endsQuarantine = endsQuarantine
        self.access = access
    }
}

extension JournalRecord: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, lsn)
        writer.field(2, time.milliseconds)
        for event in events { writer.field(.critical(3)) { event.encode(to: &$0) } }
        writer.field(.critical(4), flag: endsQuarantine)
        writer.field(.critical(5), ifPresent: access)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var lsn: UInt64?
        var time: UInt64?
        var events: [Event] = []
        var endsQuarantine = false
        var access: AccessChange?
        while let field = try fields.next() {
            switch field.number {
            case 1: lsn = try field.integer()
            case 2: time = try field.integer()
            case 3: events.append(try field.structure("event", isRepeatable: true))
            case 4: endsQuarantine = try field.flag()
            case 5: access = try field.structure("access change")
            default: try field.skip()
            }
        }
        guard !events.isEmpty || endsQuarantine || access != nil else {
            throw fields.invalid("a record has events", 3)
        }
        self.init(
            lsn: try fields.required(lsn, 1),
            time: Instant(milliseconds: try fields.required(time, 2)), events: events,
            endsQuarantine: endsQuarantine, access: access)
    }
}

extension Frame {
    /// The records of a journal frame, in order; their numbers follow each other.
    func records(file: String, offset: UInt64) throws(StoreError) -> [JournalRecord] {
        var records: [JournalRecord] = []
        records.reserveCapacity(Int(min(count, UInt32(Block.bytes))))
        for range in try itemRanges(file: file, offset: offset) {
            let place = offset + UInt64(range.lowerBound)
            var fields = FieldReader(bytes, range: range, structure: "journal record")
            let record: JournalRecord
            do throws(DecodingFault) {
                record = try JournalRecord(from: &fields)
            } catch {
                throw .damaged(file: file, offset: place, sentence: error.description)
            }
            guard record.lsn == first + UInt64(records.count) else {
                throw .damaged(
                    file: file, offset: place,
                    sentence: "change \(record.lsn) stands where \(first) and its successors do")
            }
            records.append(record)
        }
        return records
    }

    /// The items of the payload; a fault in them is damage, since the check value was right.
    func itemRanges(file: String, offset: UInt64) throws(StoreError) -> [Range<Int>] {
        do throws(FrameFault) {
            return try items()
        } catch {
            throw .damaged(file: file, offset: offset, sentence: error.sentence)
        }
    }
}
