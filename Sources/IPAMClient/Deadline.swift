internal import Glibc

/// A moment of the monotonic clock until which something may take.
struct Deadline {
    /// Absent: it never comes.
    private let moment: ContinuousClock.Instant?

    static let never = Deadline(moment: nil)

    init(after timeout: Duration) { self.init(moment: .now + timeout) }

    private init(moment: ContinuousClock.Instant?) { self.moment = moment }

    /// What is left, rounded up to milliseconds, as `poll` takes it; 0 if nothing is, -1 if it
    /// never comes.
    var pollMilliseconds: Int32 {
        guard let moment else { return -1 }
        let left = ContinuousClock.now.duration(to: moment)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        let rest = (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond
        return Int32(clamping: seconds * 1000 + rest)
    }

    var hasPassed: Bool { pollMilliseconds == 0 }

    /// What is left, as socket options take it; at least a microsecond, for zero means for
    /// ever.
    var timeValue: timeval {
        guard moment != nil else { return timeval(tv_sec: 0, tv_usec: 0) }
        let milliseconds = Int(pollMilliseconds)
        return timeval(
            tv_sec: milliseconds / 1000, tv_usec: max(1, milliseconds % 1000 * 1000))
    }
}
