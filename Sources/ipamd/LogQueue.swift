import IPAM
import IPAMEngine
import NIOCore
import Systemd

/// What waits to be written, within bounds, shared fairly, and what was lost at the bounds.
struct LogQueue {
    /// Objects that may wait: about a second of what journald takes (39,000 entries a second
    /// were measured).
    static let weightMax = 32_768

    typealias Waiting = (note: OperatorLog.Note, answered: NIODeadline)

    /// Entries that were dropped and not yet told of.
    struct Loss: Equatable {
        var count: UInt64 = 0
        /// The numbers of the first and the last change among them.
        var lsns: ClosedRange<UInt64>?

        fileprivate mutating func add(_ entries: Int, lsn: UInt64?) {
            count += UInt64(entries)
            guard let lsn else { return }
            lsns = lsns.map { min($0.lowerBound, lsn)...max($0.upperBound, lsn) } ?? lsn...lsn
        }

        /// What the operator reads in the place of the entries.
        var entry: LogEntry {
            let which = lsns.map {
                ", of changes with LSN \($0.lowerBound) to \($0.upperBound) among others"
            }
            let text = """
                \(count) log entries were dropped here\(which ?? ""): they came faster than the \
                journal takes them
                """
            return LogEntry(.entriesDropped, .warning, text).with(.dropped, count)
                .with(.lsnFirst, lsns?.lowerBound).with(.lsnLast, lsns?.upperBound)
        }
    }

    private var notes: [Waiting] = []
    /// The weight of what waits and of what is being written.
    private(set) var weight = 0
    private var weightByUser: [UInt32: Int] = [:]
    private var loss: Loss?
    private(set) var droppedEver: UInt64 = 0
    /// Whether somebody writes, or is about to.
    var isDraining = false

    /// Takes a note, or counts it as lost.
    ///
    /// Nobody may have more in the queue than what is still free. So one user who floods it gets
    /// half, two get a third each, and there is always room left for the others.
    mutating func append(_ note: OperatorLog.Note, answeredAt now: NIODeadline) {
        let uid = note.uid
        let ofUser = uid.map { weightByUser[$0, default: 0] } ?? 0
        guard weight < Self.weightMax, ofUser < Self.weightMax - weight else {
            return lost(note.entryCount, lsn: note.lsn)
        }
        notes.append((note, now))
        weight += note.weight
        if let uid { weightByUser[uid] = ofUser + note.weight }
    }

    /// Takes all notes out, and what was lost; without notes nobody drains any more.
    mutating func take() -> (notes: [Waiting], loss: Loss?) {
        defer {
            isDraining = !notes.isEmpty
            notes = []
            loss = nil
        }
        return (notes, loss)
    }

    /// Gives the room of notes back that are written.
    mutating func written(_ notes: ArraySlice<Waiting>) {
        for (note, _) in notes {
            weight -= note.weight
            guard let uid = note.uid else { continue }
            let left = weightByUser[uid, default: 0] - note.weight
            weightByUser[uid] = left > 0 ? left : nil
        }
    }

    mutating func lost(_ entries: Int, lsn: UInt64?) {
        droppedEver += UInt64(entries)
        var loss = loss ?? Loss()
        loss.add(entries, lsn: lsn)
        self.loss = loss
    }

    /// The operator could not be told of a loss.
    mutating func putBack(_ earlier: Loss) {
        var both = earlier
        if let loss {
            both.count += loss.count
            for lsn in [loss.lsns?.lowerBound, loss.lsns?.upperBound] { both.add(0, lsn: lsn) }
        }
        loss = both
    }
}

extension OperatorLog.Note {
    /// The memory that it holds, in objects.
    fileprivate var weight: Int {
        switch self {
        case .entry: 1
        case .change(let change): max(1, change.consequences.events.count)
        }
    }

    fileprivate var entryCount: Int {
        switch self {
        case .entry: 1
        case .change(let change): change.entryCount
        }
    }

    /// Who caused it.
    fileprivate var uid: UInt32? {
        switch self {
        case .entry(let entry, _): entry.caller?.uid
        case .change(let change): change.asker?.caller.uid
        }
    }

    fileprivate var lsn: UInt64? {
        switch self {
        case .entry: nil
        case .change(let change): change.lsn
        }
    }
}
