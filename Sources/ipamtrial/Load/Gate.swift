import Glibc
import Synchronization

/// Where clients stop while the daemon's state is read, and where they learn that it is over.
final class Gate: Sendable {
    private let isClosed = Atomic(false)
    private let isOver = Atomic(false)
    private let waitingCount = Atomic(0)

    /// How often who waits looks again, in microseconds.
    private static let pauseMicroseconds: UInt32 = 200

    static func pause() { usleep(pauseMicroseconds) }

    static func sleep(for pause: Duration) async {
        do {
            try await Task.sleep(for: pause)
        } catch {
            // Nobody cancels these tasks; they would just go on earlier.
        }
    }

    func close() { isClosed.store(true, ordering: .sequentiallyConsistent) }

    func open() { isClosed.store(false, ordering: .sequentiallyConsistent) }

    /// Lets everybody through for the last time.
    func end() {
        isOver.store(true, ordering: .sequentiallyConsistent)
        open()
    }

    /// Waits while the gate is closed. False when it is over.
    func pass() -> Bool {
        if isClosed.load(ordering: .sequentiallyConsistent) {
            waitingCount.add(1, ordering: .sequentiallyConsistent)
            while isClosed.load(ordering: .sequentiallyConsistent) { Self.pause() }
            waitingCount.subtract(1, ordering: .sequentiallyConsistent)
        }
        return !isOver.load(ordering: .sequentiallyConsistent)
    }

    /// The same for a task, which must not keep a thread waiting.
    func passAsync() async -> Bool {
        if isClosed.load(ordering: .sequentiallyConsistent) {
            waitingCount.add(1, ordering: .sequentiallyConsistent)
            while isClosed.load(ordering: .sequentiallyConsistent) {
                await Self.sleep(for: .milliseconds(2))
            }
            waitingCount.subtract(1, ordering: .sequentiallyConsistent)
        }
        return !isOver.load(ordering: .sequentiallyConsistent)
    }

    /// Waits until so many stand here; false if they do not come in time.
    func awaitWaiting(_ count: Int, seconds: Double) -> Bool {
        let end = Clock.now + UInt64(seconds * 1e9)
        while waitingCount.load(ordering: .sequentiallyConsistent) < count {
            guard Clock.now < end else { return false }
            Self.pause()
        }
        return true
    }
}

enum Clock {
    /// Nanoseconds of the monotonic clock.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
