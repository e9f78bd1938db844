import Glibc
import Synchronization

/// A second thread that does one kind of work, piece after piece, such as decoding: it depends on
/// nothing but what it is given and touches no disk, so what comes of it is the same as without
/// the thread, only sooner.
struct Worker<Piece: Sendable, Outcome: Sendable>: ~Copyable {
    private struct Desk: Sendable {
        var pieces: [Piece] = []
        var outcomes: [Outcome] = []
    }

    /// What both threads know.
    private final class Room: Sendable {
        // A lock, because two threads put here and take from here; none of them works meanwhile.
        let desk = Mutex(Desk())
        /// Counts what lies there to be done; one more than there is says that nothing will follow.
        let given = Semaphore()
        let done = Semaphore()
        let work: @Sendable (Piece) -> Outcome

        init(_ work: @escaping @Sendable (Piece) -> Outcome) { self.work = work }

        /// Does what lies there first; false if there is nothing.
        func step() -> Bool {
            let piece = desk.withLock { $0.pieces.isEmpty ? nil : $0.pieces.removeFirst() }
            guard let piece else { return false }
            let outcome = work(piece)
            desk.withLock { $0.outcomes.append(outcome) }
            done.signal()
            return true
        }
    }

    private let room: Room
    /// None where no thread can be had: then the work is done by whoever gives it.
    private let thread: pthread_t?

    init(_ work: @escaping @Sendable (Piece) -> Outcome) {
        let room = Room(work)
        self.room = room
        thread = Task {
            repeat { room.given.wait() } while room.step()
        }.start()
    }

    deinit {
        guard let thread else { return }
        room.given.signal()
        pthread_join(thread, nil)
    }

    func give(_ piece: Piece) {
        room.desk.withLock { $0.pieces.append(piece) }
        if thread == nil { _ = room.step() } else { room.given.signal() }
    }

    /// The outcome of the first piece that was given and has not been asked for; waits for it.
    func outcome() -> Outcome {
        room.done.wait()
        return room.desk.withLock { $0.outcomes.removeFirst() }
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

/// A number that whoever waits takes one from, once it is there.
// `@unchecked`, since the compiler does not know that sem_t is made for several threads.
private final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    /// A signal to the process may interrupt it.
    func wait() { while sem_wait(semaphore) != 0 {} }
}
