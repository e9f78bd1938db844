internal import Glibc
internal import IPAM

extension Instant {
    /// The wall clock.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let seconds = UInt64(max(0, time.tv_sec))
        return Instant(milliseconds: seconds * 1000 + UInt64(max(0, time.tv_nsec)) / 1_000_000)
    }

    /// How long ago it was, as kubectl says it: `45s`, `3m20s`, `2h5m`, `3d`. A clock that went
    /// back gives `0s`.
    func age(at now: Instant) -> String {
        let milliseconds =
            now.milliseconds > self.milliseconds ? now.milliseconds - self.milliseconds : 0
        return ipamc.age(milliseconds: milliseconds)
    }
}

/// A span of time in its largest unit, and the next one while that says much.
func age(milliseconds: UInt64) -> String {
    let seconds = milliseconds / 1000
    let minutes = seconds / 60
    let hours = minutes / 60
    let days = hours / 24
    func two(_ high: UInt64, _ highUnit: String, _ low: UInt64, _ lowUnit: String) -> String {
        low == 0 ? "\(high)\(highUnit)" : "\(high)\(highUnit)\(low)\(lowUnit)"
    }
    return switch seconds {
    case ..<120: "\(seconds)s"
    case ..<600: two(minutes, "m", seconds % 60, "s")
    case ..<10_800: "\(minutes)m"
    case ..<28_800: two(hours, "h", minutes % 60, "m")
    case ..<172_800: "\(hours)h"
    case ..<691_200: two(days, "d", hours % 24, "h")
    default: "\(days)d"
    }
}
