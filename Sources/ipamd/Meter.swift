import IPAM
import NIOCore

/// What is counted for monitoring. Lives on the event loop.
final class Meter {
    private var requests = [UInt64](repeating: 0, count: 256)
    private var refusals: [UInt16: UInt64] = [:]
    private var commits = Histogram(bounds: [
        100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
        1_000_000, 2_500_000,
    ])
    private var batches = Histogram(bounds: (0...12).map { 1 << $0 })
    private var checkpointMicroseconds: UInt64?
    private var checkpointFailureCount: UInt64 = 0

    /// A whole request has come in.
    func request(_ opcode: UInt8) { requests[Int(opcode)] &+= 1 }

    func refused(_ code: RefusalCode) { refusals[code.rawValue, default: 0] &+= 1 }

    /// A batch has become durable that was handed over then.
    func committed(_ changeCount: UInt32, since start: NIODeadline) {
        commits.add(start.microsecondsSince)
        batches.add(UInt64(changeCount))
    }

    func checkpointed(within duration: TimeAmount) {
        checkpointMicroseconds = UInt64(duration.nanoseconds / 1000)
    }

    func checkpointFailed() { checkpointFailureCount &+= 1 }

    func reading(watchCount: Int) -> DaemonMetrics {
        DaemonMetrics(
            requests: requests.enumerated().filter { $0.element > 0 }.map {
                DaemonMetrics.Count(number: UInt16($0.offset), count: $0.element)
            },
            refusals: refusals.sorted { $0.key < $1.key }.map {
                DaemonMetrics.Count(number: $0.key, count: $0.value)
            },
            commitMicroseconds: commits, batchChanges: batches,
            checkpointMicroseconds: checkpointMicroseconds,
            checkpointFailureCount: checkpointFailureCount, watchCount: UInt64(watchCount))
    }
}

extension NIODeadline {
    /// The time from then until now.
    fileprivate var microsecondsSince: UInt64 {
        UInt64(max(0, (NIODeadline.now() - self).nanoseconds) / 1000)
    }
}
