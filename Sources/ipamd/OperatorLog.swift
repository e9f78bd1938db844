import Glibc
import IPAM
import NIOCore
import NIOPosix
import Synchronization
import Systemd

/// What the daemon tells its operator: structured entries in the system's journal, readable
/// lines on standard error where there is no journald or where a person looks at a terminal.
///
/// The event loop only appends to a bounded queue; a thread of the log's own makes text of it
/// and waits for journald, for as long as that takes. What finds the queue full is dropped and
/// counted, and so is what journald does not take; the next entry that is taken says how many.
final class OperatorLog: Sendable {
    /// Something to be told, as cheap to make and to hand on as can be.
    enum Note: Sendable {
        /// `since` is when the request arrived that it tells of.
        indirect case entry(LogEntry, since: NIODeadline?)
        case change(Change)
    }

    /// How long the end of the daemon waits for a journald that takes nothing.
    static let farewellTime = TimeAmount.seconds(3)
    /// Notes that are written before room in the queue is given back.
    private static let notesPerStep = 256
    /// How long notes are let come together: to wake the thread for each would cost the event
    /// loop more than all else that it does for the log.
    private static let pauseMicroseconds: UInt32 = 1000

    private let level: JournalLog.Priority
    private let journal: JournalLog?
    private let writesStandardError: Bool
    private let queue = Mutex(LogQueue())
    private let limiter = Mutex(LogLimiter())
    private let writing = Mutex(())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    /// When nobody waits for journald any more, in nanoseconds of the clock of `NIODeadline`.
    private let patienceEnd = Atomic<UInt64>(.max)

    /// - Parameter level: The least severe priority that is written.
    convenience init(level: JournalLog.Priority) {
        let journal = JournalLog()
        self.init(
            level: level, journal: journal,
            writesStandardError: journal == nil || isatty(STDERR_FILENO) == 1)
    }

    init(level: JournalLog.Priority, journal: JournalLog?, writesStandardError: Bool) {
        self.level = level
        self.journal = journal
        self.writesStandardError = writesStandardError
        thread.start()
    }

    /// How many entries were dropped since the start.
    var droppedCount: UInt64 { queue.withLock { $0.droppedEver } }

    /// Whether a person who looks at standard error sees nothing.
    var isSilentOnStandardError: Bool { !writesStandardError }

    /// Whether entries of this priority are written at all.
    func isEnabled(_ priority: JournalLog.Priority) -> Bool { priority <= level }

    func write(_ entry: LogEntry) {
        if isEnabled(entry.priority) { write([.entry(entry, since: nil)], answeredAt: .now()) }
    }

    /// Writes what was judged to be worth it when it was made. `now` is when the answers of the
    /// requests that it tells of were on their way.
    func write(_ notes: [Note], answeredAt now: NIODeadline) {
        let isFirst = queue.withLock { queue in
            for note in notes { queue.append(note, answeredAt: now) }
            defer { queue.isDraining = true }
            return !queue.isDraining
        }
        if isFirst { thread.submit { _ in self.drain() } }
    }

    /// Whether another entry may be written that somebody caused who did something wrong. If
    /// some were left out before it, that is told now.
    func admits(_ caller: Caller?) -> Bool {
        let source = LogLimiter.Source(caller)
        let second = NIODeadline.now().uptimeNanoseconds / 1_000_000_000
        guard let suppressed = limiter.withLock({ $0.admit(source, at: second) }) else {
            return false
        }
        if suppressed > 0 { tell(suppressed, of: source) }
        return true
    }

    /// Tells what was left out of floods that have ended.
    func tellSuppressed() {
        for (source, count) in limiter.withLock({ $0.takeUntold() }) { tell(count, of: source) }
    }

    private func tell(_ suppressed: UInt64, of source: LogLimiter.Source) {
        let text = "\(suppressed) entries about \(source) were left out, for they were too many"
        write(
            LogEntry(.entriesSuppressed, .notice, text)
                .with(.suppressed, suppressed).with(.peerUID, source.uid))
    }

    /// Everything that was written before has gone out on return, unless journald takes nothing
    /// for the time of the farewell.
    func finish() {
        tellSuppressed()
        let end = (NIODeadline.now() + Self.farewellTime).uptimeNanoseconds
        patienceEnd.store(end, ordering: .relaxed)
        drain()
    }

    /// Runs on the log's thread until the queue is empty; one caller at a time, so that entries
    /// keep their order and the last caller knows that all are out.
    private func drain() { writing.withLock { _ in writeAll() } }

    private func writeAll() {
        while true {
            let (notes, loss) = queue.withLock { $0.take() }
            var rest = notes[...]
            while !rest.isEmpty {
                let step = rest.prefix(Self.notesPerStep)
                for (note, now) in step { put(note, now) }
                queue.withLock { $0.written(step) }
                rest = rest.dropFirst(step.count)
            }
            // The queue was full of these notes when others were lost, so that comes behind.
            if let loss, !deliver(loss.entry) { queue.withLock { $0.putBack(loss) } }
            if notes.isEmpty { return }
            usleep(Self.pauseMicroseconds)
        }
    }

    private func put(_ note: Note, _ now: NIODeadline) {
        switch note {
        case .entry(let entry, let arrival):
            put(arrival.map { entry.with(since: $0, to: now) } ?? entry, lsn: nil)
        case .change(let change):
            for entry in change.entries(answeredAt: now) { put(entry, lsn: change.lsn) }
        }
    }

    private func put(_ entry: LogEntry, lsn: UInt64?) {
        if !deliver(entry) { queue.withLock { $0.lost(1, lsn: lsn) } }
    }

    /// Returns whether the operator can read the entry.
    private func deliver(_ entry: LogEntry) -> Bool {
        let isSent = journal.map { send(entry, to: $0) }
        guard writesStandardError else { return isSent ?? false }
        let isWritten = StandardError.write(entry.line(at: .now)) { self.hasPatience }
        return isSent ?? isWritten
    }

    private func send(_ entry: LogEntry, to journal: JournalLog) -> Bool {
        while true {
            let waits = hasPatience
            switch journal.send(entry.journalEntry, waits: waits) {
            case .sent: return true
            case .busy: if !waits { return false }
            case .failed: return false
            }
        }
    }

    private var hasPatience: Bool {
        NIODeadline.now().uptimeNanoseconds < patienceEnd.load(ordering: .relaxed)
    }
}

/// The stream for people, written without a buffer and without minding who reads it.
enum StandardError {
    /// Writes a text, and waits for a reader that is slow as long as the caller has patience.
    @discardableResult
    static func write(_ text: String, while hasPatience: () -> Bool = { true }) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            var stream = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            if poll(&stream, 1, 200) == 0 {
                if hasPatience() { continue }
                return false
            }
            // A pipe that is ready takes so many bytes without blocking.
            let part = rest.prefix(Int(PIPE_BUF))
            let count = part.withUnsafeBytes {
                Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
            }
            // A closed standard error is no reason to fail: who closed it does not listen.
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
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
