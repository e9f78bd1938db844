internal import Glibc

/// Says where a watch was when a person ends it: the place to go on from.
///
/// SIGINT and SIGTERM are blocked everywhere and awaited by a thread of its own, so that there is
/// no handler with its narrow rules, and a watch that waits in a system call needs no waking.
/// After the last word the signal does what it always does, so that a shell sees why we ended.
///
/// Unchecked, because the compiler does not see that the lock guards the position.
final class WatchEnd: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var lastPosition: WatchPosition?

    /// What has been reported whole; nothing before there was anything.
    var position: WatchPosition? {
        get {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return lastPosition
        }
        set {
            pthread_mutex_lock(lock)
            lastPosition = newValue
            pthread_mutex_unlock(lock)
        }
    }

    init() {
        lock = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// Takes the signals over, until the process ends.
    func takeSignals() {
        var signals = Self.signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let result = pthread_create(&thread, nil, awaitSignal, context.toOpaque())
        if result == 0 { return }
        // Without a thread the signals end the process as they always did.
        context.release()
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    fileprivate static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }

    /// Tells the position on standard error.
    func sayPosition() {
        guard let position else { return }
        StandardStreams.writeError(
            "ipamc: the watch was at \(position); to go on from there: --since \(position)\n")
    }
}

/// The body of the thread: waits for one signal, says the last word, and lets it do its work.
///
/// Now and then it looks whether anybody reads: `ipamc get -w | head -1` shall end with its
/// reader, and not with the next change, which may be tomorrow.
private func awaitSignal(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let end = Unmanaged<WatchEnd>.fromOpaque(context).takeRetainedValue()
    var signals = WatchEnd.signals
    var interval = timespec(tv_sec: 1, tv_nsec: 0)
    while true {
        let number = sigtimedwait(&signals, nil, &interval)
        if number > 0 {
            end.sayPosition()
            signal(number, SIG_DFL)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            raise(number)
            return nil
        }
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        if poll(&output, 1, 0) > 0, output.revents & Int16(POLLERR) != 0 { raise(SIGPIPE) }
    }
}
