import Glibc
import Synchronization

/// Work on a second thread, such as decoding: it depends on nothing but what it is given and
/// touches no disk, so what comes of it is the same as without the thread, only sooner.
struct Beside<Outcome: Sendable>: ~Copyable {
    private final class Place: Sendable {
        // The thread writes before it ends, and is awaited before anybody reads, so the lock is
        // always free: it shows the compiler what the end of a thread guarantees.
        let outcome = Mutex<Outcome?>(nil)
    }

    private let place = Place()
    /// The thread, until it was awaited.
    private var thread: pthread_t?

    /// Begins the work. Where no thread can be had, it is done here and now.
    init(_ work: @escaping @Sendable () -> Outcome) {
        let place = place
        let task = Task { place.outcome.withLock { $0 = work() } }
        thread = task.start()
        if thread == nil { task.work() }
    }

    /// Waits for the end of the work; ask once.
    mutating func outcome() -> Outcome {
        join()
        guard let outcome = place.outcome.withLock({ $0.take() }) else {
            preconditionFailure("Work has one outcome, which is asked for once.")
        }
        return outcome
    }

    private mutating func join() {
        if let thread = thread.take() { pthread_join(thread, nil) }
    }

    deinit {
        if let thread { pthread_join(thread, nil) }
    }
}

/// What a thread is to do, as one word that C can pass on.
private final class Task: Sendable {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }

    /// Starts a thread that does it; nothing if there is none to be had.
    func start() -> pthread_t? {
        var thread = pthread_t()
        let word = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { word in
                // Given back before the thread ends: what it was given is nobody's any more then.
                word.map { Unmanaged<Task>.fromOpaque($0).takeRetainedValue().work() }
                return nil
            }, word.toOpaque())
        guard code == 0 else {
            word.release()
            return nil
        }
        return thread
    }
}
