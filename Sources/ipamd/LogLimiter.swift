/// Keeps one user from filling the log: of what a uid does wrong, a burst and then one entry
/// a second is told; the next entry says how many were left out.
struct LogLimiter {
    /// Entries that a uid may cause at once.
    static let burst: UInt32 = 20
    /// Uids that are remembered; beyond them all are forgotten, which at worst allows bursts.
    static let uidsMax = 1024

    private struct Allowance {
        var tokens = LogLimiter.burst
        var second: UInt64
        var suppressed: UInt64 = 0
    }

    private var allowances: [UInt32: Allowance] = [:]

    /// Whether an entry about this uid may be written now, which is given in whole seconds of
    /// a clock that never goes back: how many entries were left out before it, or nothing if
    /// it is to be left out itself.
    mutating func admit(uid: UInt32, at second: UInt64) -> UInt64? {
        if allowances[uid] == nil, allowances.count >= Self.uidsMax { allowances = [:] }
        var allowance = allowances[uid] ?? Allowance(second: second)
        let earned = UInt32(clamping: second - min(second, allowance.second))
        allowance.tokens = min(Self.burst, allowance.tokens + min(earned, Self.burst))
        allowance.second = second
        defer { allowances[uid] = allowance }
        guard allowance.tokens > 0 else {
            allowance.suppressed += 1
            return nil
        }
        allowance.tokens -= 1
        defer { allowance.suppressed = 0 }
        return allowance.suppressed
    }
}
