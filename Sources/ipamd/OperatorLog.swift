import Glibc
import IPAM
import NIOPosix
import Synchronization
import Systemd

/// What the daemon tells its operator: structured entries in the system's journal, readable
/// lines on standard error where there is no journald or where a person looks at a terminal.
///
/// The event loop only appends to a bounded queue; a thread of the log's own makes text of it
/// and waits for journald. What finds the queue full is dropped and counted.
final class OperatorLog: Sendable {
    /// Something to be told, as cheap to make as can be.
    enum Note: Sendable {
        case entry(LogEntry)
        case change(Change)
    }

    /// About a second of what journald takes (39,000 entries a second were measured).
    static let queueMax = 32_768

    private struct Queue {
        var notes: [Note] = []
        var isDraining = false
        var droppedSinceSaid: UInt64 = 0
        var droppedEver: UInt64 = 0
    }

    private let level: JournalLog.Priority
    private let writesJournal: Bool
    private let writesStandardError: Bool
    private let queue = Mutex(Queue())
    private let writing = Mutex(())
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// - Parameter level: The least severe priority that is written.
    init(level: JournalLog.Priority) {
        self.level = level
        writesJournal = JournalLog.isAvailable
        writesStandardError = !writesJournal || isatty(STDERR_FILENO) == 1
        thread.start()
    }

    /// How many entries found the queue full since the start.
    var droppedCount: UInt64 { queue.withLock { $0.droppedEver } }

    /// Whether a person who looks at standard error sees nothing.
    var isSilentOnStandardError: Bool { !writesStandardError }

    /// Whether entries of this priority are written at all.
    func isEnabled(_ priority: JournalLog.Priority) -> Bool { priority <= level }

    func write(_ entry: LogEntry) {
        if isEnabled(entry.priority) { append(.entry(entry)) }
    }

    /// Writes what was judged to be worth it when it was made.
    func write(_ note: Note) { append(note) }

    /// Everything that was written before has gone out on return.
    func finish() { drain() }

    private func append(_ note: Note) {
        let isFirst = queue.withLock { queue in
            guard queue.notes.count < Self.queueMax else {
                queue.droppedSinceSaid += 1
                queue.droppedEver += 1
                return false
            }
            queue.notes.append(note)
            defer { queue.isDraining = true }
            return !queue.isDraining
        }
        if isFirst { submitDrain() }
    }

    private func submitDrain() {
        thread.submit { _ in self.drain() }
    }

    /// Runs on the log's thread until the queue is empty; one caller at a time, so that entries
    /// keep their order and the last caller knows that all are out.
    private func drain() { writing.withLock { _ in writeAll() } }

    private func writeAll() {
        while true {
            let (notes, dropped) = queue.withLock { queue in
                let taken = (queue.notes, queue.droppedSinceSaid)
                queue.notes = []
                queue.droppedSinceSaid = 0
                queue.isDraining = !taken.0.isEmpty
                return taken
            }
            if dropped > 0 { put(Self.gap(dropped)) }
            if notes.isEmpty { return }
            for note in notes {
                switch note {
                case .entry(let entry): put(entry)
                case .change(let change): change.entries.forEach(put)
                }
            }
        }
    }

    private static func gap(_ dropped: UInt64) -> LogEntry {
        LogEntry(
            .entriesDropped, .warning,
            "\(dropped) log entries were dropped here, for they came faster than the log takes them"
        ).with(.dropped, dropped)
    }

    private func put(_ entry: LogEntry) {
        if writesJournal { _ = JournalLog.send(entry.journalFields) }
        if writesStandardError { StandardError.write(entry.line(at: .now)) }
    }
}

/// The stream for people, written without a buffer and without minding who reads it.
enum StandardError {
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // A closed standard error is no reason to fail: who closed it does not listen.
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}

extension Instant {
    /// The wall clock.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(
            milliseconds: UInt64(max(0, time.tv_sec)) * 1000 + UInt64(time.tv_nsec / 1_000_000))
    }
}
