internal import Glibc

/// A line on standard error that lives while something takes its time: what it is, and for how
/// long already. Only where standard error is a terminal; gone when it is over.
///
/// A thread of its own writes it, for whoever waits for an answer waits in a system call.
///
/// Unchecked, because the compiler does not see that the lock guards the text.
final class LiveLine: @unchecked Sendable {
    /// Nobody wants to be told of what is over at once.
    private static let quietMilliseconds = 300
    private static let stepMilliseconds = 100

    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let width: Int?
    private let most: TimeSpan?
    private let began = ContinuousClock.now
    private var what: String
    private var isOver = false
    private var isShown = false
    private var thread: pthread_t?

    /// - Parameters:
    ///   - what: what is waited for, `applying 5000 documents`.
    ///   - most: how long it may take, if that is known.
    init(_ what: String, atMost most: TimeSpan? = nil) {
        self.what = what
        self.most = most
        width = Terminal.errorWidth
        lock = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        guard width != nil else { return }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        if pthread_create(&thread, nil, showUntilOver, context.toOpaque()) == 0 {
            self.thread = thread
        } else {
            // Without a thread there is no line, and nothing else is missing.
            context.release()
        }
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// Says something else from now on.
    func say(_ what: String) {
        pthread_mutex_lock(lock)
        self.what = what
        pthread_mutex_unlock(lock)
    }

    /// Clears the line; what is written after that has the terminal for itself.
    func end() {
        guard let thread else { return }
        self.thread = nil
        pthread_mutex_lock(lock)
        isOver = true
        pthread_mutex_unlock(lock)
        pthread_join(thread, nil)
        if isShown { StandardStreams.writeError("\r\u{1b}[K") }
    }

    /// Writes the line once; false when it is over.
    fileprivate func step(_ milliseconds: Int) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        guard !isOver, let width else { return false }
        guard milliseconds >= Self.quietMilliseconds else { return true }
        let seconds = Int((ContinuousClock.now - began) / .seconds(1))
        let line = Self.line(what, seconds: seconds, most: most, width: width)
        StandardStreams.writeError("\r\(line)\u{1b}[K")
        isShown = true
        return true
    }

    /// `waiting for a /26: 12s of 30s`; the time is what is always there.
    static func line(_ what: String, seconds: Int, most: TimeSpan?, width: Int) -> String {
        let time = ": \(seconds)s" + (most.map { " of \($0.text)" } ?? "")
        let room = max(0, width - 1 - time.count)
        let short = what.count <= room ? what : String(what.prefix(max(0, room - 1))) + "…"
        return String((short + time).prefix(max(0, width - 1)))
    }

    fileprivate static var step: (milliseconds: Int, microseconds: UInt32) {
        (stepMilliseconds, UInt32(stepMilliseconds) * 1000)
    }
}

/// The body of the thread.
private func showUntilOver(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let line = Unmanaged<LiveLine>.fromOpaque(context).takeRetainedValue()
    var milliseconds = 0
    while line.step(milliseconds) {
        usleep(LiveLine.step.microseconds)
        milliseconds += LiveLine.step.milliseconds
    }
    return nil
}
