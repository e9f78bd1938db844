package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 1 | kind | u8: 1 Prefix, 2 PrefixAllocation |
/// | 2 | namespace | text; absent: every namespace |
/// | 3, critical | selector | selector |
/// | 4 | after | u64, an LSN |
/// | 5 | incarnation | u64, that of the LSN |
extension Watch: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, kind.rawValue)
        writer.field(2, ifPresent: namespace)
        writer.field(.critical(3), ifPresent: selector)
        writer.field(4, after)
        writer.field(5, incarnation)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var kind: ResourceKind?
        var namespace: String?
        var selector: Selector?
        var after: UInt64?
        var incarnation: UInt64?
        while let field = try fields.next() {
            switch field.number {
            case 1: kind = try field.kind()
            case 2: namespace = try field.text()
            case 3: selector = try field.structure("selector")
            case 4: after = try field.integer()
            case 5: incarnation = try field.integer()
            default: try field.skip()
            }
        }
        self.init(
            kind: try fields.required(kind, 1), namespace: namespace, selector: selector,
            after: try fields.required(after, 4), incarnation: try fields.required(incarnation, 5))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | lsn | u64, a position from which the watch can be taken up again |
/// | 2 | change | repeated change |
extension Watch.Event: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, lsn)
        writer.fields(2, changes)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var lsn: UInt64?
        var changes: [Watch.Change] = []
        while let field = try fields.next() {
            switch field.number {
            case 1: lsn = try field.integer()
            case 2: changes.append(try field.structure("change", isRepeatable: true))
            default: try field.skip()
            }
        }
        self.init(lsn: try fields.required(lsn, 1), changes: changes)
    }
}

/// One of the two.
///
/// | number | field | |
/// |---|---|---|
/// | 1, critical | put | listed item |
/// | 2, critical | removed | resource key |
extension Watch.Change: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .put(let item): writer.field(.critical(1), item)
        case .removed(let key): writer.field(.critical(2), key)
        }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var item: Answer.Listed.Item?
        var key: ResourceKey?
        while let field = try fields.next() {
            switch field.number {
            case 1: item = try field.structure("listed item")
            case 2: key = try field.structure("resource key")
            default: try field.skip()
            }
        }
        switch (item, key) {
        case (let item?, nil): self = .put(item)
        case (nil, let key?): self = .removed(key)
        case (nil, nil), (_?, _?): throw fields.invalid("a change puts an object or removes one")
        }
    }
}

extension Watch.Event {
    /// The same in events that fit a message each, for an object can be large and a command can
    /// change many. Only the last one moves the position on: whoever takes the watch up again
    /// before it came gets the others once more. The position is the one that was reported last.
    func split(after position: UInt64) -> [Watch.Event] {
        var events: [Watch.Event] = []
        var piece: [Watch.Change] = []
        var pieceBytes = 0
        for change in changes {
            let bytes = change.encoded.count
            let isFull =
                piece.count == Limits.eventChangesMax || pieceBytes + bytes > Limits.pageBytesMax
            if isFull, !piece.isEmpty {
                events.append(Watch.Event(lsn: position, changes: piece))
                piece = []
                pieceBytes = 0
            }
            piece.append(change)
            pieceBytes += bytes
        }
        return events + [Watch.Event(lsn: lsn, changes: piece)]
    }
}

/// The end of a watch that was asked for.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | lsn | u64, the position up to which everything was reported |
package struct WatchAnswer: Sendable, Hashable {
    package let lsn: UInt64

    package init(lsn: UInt64) { self.lsn = lsn }
}

extension WatchAnswer: FieldCodable {
    package func encode(to writer: inout ByteWriter) { writer.field(1, lsn) }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var lsn: UInt64?
        while let field = try fields.next() {
            switch field.number {
            case 1: lsn = try field.integer()
            default: try field.skip()
            }
        }
        self.init(lsn: try fields.required(lsn, 1))
    }
}

/// Ends a watch, or a request that waits for room, of the same connection.
///
/// | number | field | |
/// |---|---|---|
/// | 1, critical | correlation | u64, that of the one to end |
struct Cancel: Sendable, Hashable {
    let correlation: CorrelationID
}

extension Cancel: FieldCodable {
    func encode(to writer: inout ByteWriter) { writer.field(.critical(1), correlation) }

    init(from fields: inout FieldReader) throws(DecodingFault) {
        var correlation: CorrelationID?
        while let field = try fields.next() {
            switch field.number {
            case 1: correlation = try field.integer()
            default: try field.skip()
            }
        }
        self.init(correlation: try fields.required(correlation, 1))
    }
}

/// What came of a cancel. The one that it ended has had its own last answer before.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | lsn | u64 |
/// | 2 | found | flag: there was something to end |
package struct CancelAnswer: Sendable, Hashable {
    package let lsn: UInt64
    package let isFound: Bool

    package init(lsn: UInt64, isFound: Bool) {
        self.lsn = lsn
        self.isFound = isFound
    }
}

extension CancelAnswer: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, lsn)
        writer.field(2, flag: isFound)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var lsn: UInt64?
        var isFound = false
        while let field = try fields.next() {
            switch field.number {
            case 1: lsn = try field.integer()
            case 2: isFound = try field.flag()
            default: try field.skip()
            }
        }
        self.init(lsn: try fields.required(lsn, 1), isFound: isFound)
    }
}
