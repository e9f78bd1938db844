import IPAM
import IPAMWire

/// Requests that were decided since the batch before, and what their clients will be told once
/// the changes of this batch, and of all before it, are durable. Queries are in it too: they
/// may have seen what is not durable yet.
///
/// Answers are kept as the bytes that will leave: those are there at once and in one piece, while
/// the values are many.
struct Batch {
    struct Entry {
        let connection: Connection
        let correlation: CorrelationID
        /// How many bytes of the batch's answers are its own.
        let byteCount: Int
        let kind: Kind
    }

    /// What an answer rests on.
    enum Kind {
        /// A change, of which nobody knows what became of it if the journal fails.
        case change
        /// What was seen: perhaps a change that is lost then.
        case view
        /// The end of a watch or of a cancel, whatever the journal does.
        case end
    }

    private(set) var entries: [Entry] = []
    /// The answers in the order of the entries.
    private var answers = ByteWriter()
    /// What to tell the operator.
    private(set) var notes: [OperatorLog.Note] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func append(
        _ outcome: ServerSession.Outcome, to correlation: CorrelationID, of connection: Connection
    ) {
        let start = answers.bytes.count
        connection.session.write(outcome, to: correlation, into: &answers)
        entries.append(
            Entry(
                connection: connection, correlation: correlation,
                byteCount: answers.bytes.count - start, kind: Kind(outcome)))
    }

    mutating func append(_ note: OperatorLog.Note) { notes.append(note) }

    /// Takes all entries out, and leaves an empty batch for what comes next.
    mutating func take() -> Batch {
        var taken = Batch()
        swap(&taken, &self)
        return taken
    }

    /// Hands each entry out, with its answer.
    func forEach(_ each: (Entry, ArraySlice<UInt8>) -> Void) {
        var start = 0
        for entry in entries {
            each(entry, answers.bytes[start..<start + entry.byteCount])
            start += entry.byteCount
        }
    }
}

extension Batch {
    /// The batch with what its clients are told instead when the journal has failed.
    ///
    /// What was on its way to the disk may be there or not, and nobody will know before the
    /// next start. What had not been handed over is certainly not there.
    func afterFailure(wasHandedOver: Bool) -> Batch {
        var batch = Batch()
        forEach { entry, answer in
            switch entry.kind {
            case .change where wasHandedOver:
                batch.append(
                    .refusal(.outcomeUnknown, lsn: 0), to: entry.correlation, of: entry.connection)
            case .change, .view:
                batch.append(
                    .refusal(.storageFailed, lsn: 0), to: entry.correlation, of: entry.connection)
            case .end:
                batch.entries.append(entry)
                batch.answers.append(answer)
            }
        }
        return batch
    }
}

extension Batch.Kind {
    fileprivate init(_ outcome: ServerSession.Outcome) {
        switch outcome {
        case .reply(let reply): self = reply.answer.isOfCommand ? .change : .view
        case .refusal: self = .view
        case .watchEnded, .cancelled: self = .end
        }
    }
}

extension Refusal {
    static let storageFailed = Refusal(
        .storageFailed, "the storage failed before this was done; nothing was changed")
    fileprivate static let outcomeUnknown = Refusal(
        .outcomeUnknown,
        """
        the storage failed while this was being written; ask again with the same name when the \
        daemon is back
        """)
}

extension Answer {
    fileprivate var isOfCommand: Bool {
        switch self {
        case .applied, .allocated, .released, .deleted, .batch, .reconciled, .accessed: true
        case .listed, .used, .checked, .status, .explained, .usage, .found, .backup, .namespaces,
            .metrics:
            false
        }
    }
}
