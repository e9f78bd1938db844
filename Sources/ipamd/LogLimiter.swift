import IPAM

/// Keeps one user from filling the log: of what somebody does wrong, a burst and then one entry
/// a second is told. What is left out is counted, and told with the next entry or by itself.
struct LogLimiter {
    /// Whose entries share one allowance.
    enum Source: Hashable {
        case user(UInt32)
        /// All who are in none of our groups: there may be thousands of them.
        case strangers
        /// Those of whom the kernel does not say who they are.
        case unknown

        init(_ caller: Caller?) {
            switch caller?.role {
            case .administrator, .agent, .observer: self = caller.map { .user($0.uid) } ?? .unknown
            case .stranger: self = .strangers
            case nil: self = .unknown
            }
        }
    }

    /// Entries that a source may cause at once.
    static let burst: UInt32 = 20
    /// Sources that are remembered; beyond them all are forgotten, which at worst allows bursts.
    static let sourcesMax = 1024

    private struct Allowance {
        var tokens = LogLimiter.burst
        var second: UInt64
        var suppressed: UInt64 = 0
    }

    private var allowances: [Source: Allowance] = [:]
    /// What was left out of those that were forgotten.
    private var forgotten: UInt64 = 0

    /// Whether an entry about this source may be written now, which is given in whole seconds of
    /// a clock that never goes back: how many entries were left out before it, or nothing if
    /// it is to be left out itself.
    mutating func admit(_ source: Source, at second: UInt64) -> UInt64? {
        if allowances[source] == nil, allowances.count >= Self.sourcesMax {
            forgotten += allowances.values.reduce(0) { $0 + $1.suppressed }
            allowances = [:]
        }
        var allowance = allowances[source] ?? Allowance(second: second)
        let earned = UInt32(clamping: second - min(second, allowance.second))
        allowance.tokens = min(Self.burst, allowance.tokens + min(earned, Self.burst))
        allowance.second = second
        defer { allowances[source] = allowance }
        guard allowance.tokens > 0 else {
            allowance.suppressed += 1
            return nil
        }
        allowance.tokens -= 1
        defer { allowance.suppressed = 0 }
        return allowance.suppressed
    }

    /// Takes what was left out and not told: a flood may end without a next entry.
    mutating func takeUntold() -> [(source: Source, count: UInt64)] {
        var untold: [(source: Source, count: UInt64)] = []
        for (source, allowance) in allowances where allowance.suppressed > 0 {
            untold.append((source, allowance.suppressed))
            allowances[source]?.suppressed = 0
        }
        if forgotten > 0 { untold.append((.unknown, forgotten)) }
        forgotten = 0
        return untold
    }
}

extension LogLimiter.Source: CustomStringConvertible {
    var description: String {
        switch self {
        case .user(let uid): "uid \(uid)"
        case .strangers: "users in none of our groups"
        case .unknown: "several users"
        }
    }

    /// The user, if it is one.
    var uid: UInt32? {
        switch self {
        case .user(let uid): uid
        case .strangers, .unknown: nil
        }
    }
}
