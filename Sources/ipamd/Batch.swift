import IPAM
import IPAMWire

/// Requests that were decided since the batch before, and what their clients will be told once
/// the changes of this batch, and of all before it, are durable. Queries are in it too: they
/// may have seen what is not durable yet.
struct Batch {
    struct Entry {
        let connection: Connection
        let correlation: CorrelationID
        let outcome: Outcome
    }

    enum Outcome {
        case reply(Reply)
        case refusal(Refusal, lsn: UInt64)
        /// A watch ended as its client wanted, at this position.
        case watchEnded(lsn: UInt64)
        case cancelled(isFound: Bool, lsn: UInt64)
    }

    private(set) var entries: [Entry] = []
    /// What to tell the operator.
    private(set) var notes: [OperatorLog.Note] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    mutating func append(_ note: OperatorLog.Note) { notes.append(note) }

    /// Takes all entries out, and leaves an empty batch for what comes next.
    mutating func take() -> Batch {
        var taken = Batch()
        swap(&taken, &self)
        return taken
    }
}

extension Batch {
    /// The batch with what its clients are told instead when the journal has failed.
    ///
    /// What was on its way to the disk may be there or not, and nobody will know before the
    /// next start. What had not been handed over is certainly not there.
    func afterFailure(wasHandedOver: Bool) -> Batch {
        var batch = Batch()
        for entry in entries {
            let outcome: Outcome
            switch entry.outcome {
            case .reply(let reply) where wasHandedOver && reply.answer.isOfCommand:
                outcome = .refusal(.outcomeUnknown, lsn: 0)
            case .reply: outcome = .refusal(.storageFailed, lsn: 0)
            // What it says may rest on a change that is lost.
            case .refusal: outcome = .refusal(.storageFailed, lsn: 0)
            case .watchEnded, .cancelled: outcome = entry.outcome
            }
            batch.append(
                Entry(
                    connection: entry.connection, correlation: entry.correlation,
                    outcome: outcome))
        }
        return batch
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
