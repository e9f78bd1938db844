internal import Glibc

/// A moment of the monotonic clock until which something may take.
struct Deadline {
    private let moment: ContinuousClock.Instant

    init(after timeout: Duration) { moment = .now + timeout }

    /// What is left, rounded up to milliseconds, as `poll` takes it; 0 if nothing is.
    var pollMilliseconds: Int32 {
        let left = ContinuousClock.now.duration(to: moment)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        let rest = (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond
        return Int32(clamping: seconds * 1000 + rest)
    }

    var hasPassed: Bool { pollMilliseconds == 0 }

    /// What is left, as socket options take it; at least a microsecond, for zero means for ever.
    var timeValue: timeval {
        let milliseconds = Int(pollMilliseconds)
        return timeval(
            tv_sec: milliseconds / 1000, tv_usec: max(1, milliseconds % 1000 * 1000))
    }
}
