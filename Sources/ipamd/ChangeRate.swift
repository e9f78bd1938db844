import IPAM

/// How fast one user may ask for changes: an allowance that fills up evenly, up to twice what a
/// second gives. Administrators are not limited.
struct ChangeRate {
    /// Users that are remembered; those who have asked for nothing of late are forgotten first.
    static let usersMax = 1024

    /// Changes a second; 0: as fast as they like.
    private let perSecond: UInt64
    private var allowances: [UInt32: Allowance] = [:]

    /// In billionths of a change, so that nothing is lost to rounding.
    private struct Allowance {
        var left: UInt64
        var at: UInt64
    }

    private static let unit: UInt64 = 1_000_000_000

    init(perSecond: UInt32) { self.perSecond = UInt64(perSecond) }

    private var most: UInt64 { 2 * perSecond * Self.unit }

    /// Takes `count` changes of a user's allowance. `now` is in nanoseconds of a clock that never
    /// goes back. If too little is left, nothing is taken, and after so many milliseconds there
    /// is enough. More than a full allowance counts as a full one.
    mutating func admit(uid: UInt32, _ count: Int, at now: UInt64) -> UInt32? {
        guard perSecond > 0 else { return nil }
        if allowances[uid] == nil, allowances.count >= Self.usersMax { forgetIdle(now) }
        let cost = min(UInt64(count), 2 * perSecond) * Self.unit
        let left = left(of: allowances[uid], at: now)
        let isEnough = left >= cost
        allowances[uid] = Allowance(left: isEnough ? left - cost : left, at: now)
        guard !isEnough else { return nil }
        let perMillisecond = perSecond * (Self.unit / 1000)
        return UInt32(clamping: (cost - left + perMillisecond - 1) / perMillisecond)
    }

    private func left(of allowance: Allowance?, at now: UInt64) -> UInt64 {
        guard let allowance else { return most }
        // In two seconds it is full, so the product stays far from overflow.
        let elapsed = min(now - min(now, allowance.at), 2 * Self.unit)
        return min(most, allowance.left + elapsed * perSecond)
    }

    /// A full allowance is as good as none. If nobody's is full, all are: a moment of grace is
    /// cheaper than a list without end.
    private mutating func forgetIdle(_ now: UInt64) {
        allowances = allowances.filter { left(of: $0.value, at: now) < most }
        if allowances.count >= Self.usersMax { allowances = [:] }
    }
}

extension Command {
    /// How many changes of objects are asked for, for the rate; at least one.
    var changeCount: Int {
        switch self {
        case .apply(let apply): max(1, apply.manifests.count)
        case .release(let release): max(1, release.names.count + release.blocks.count)
        case .delete(let delete): max(1, delete.keys.count)
        case .batch(let batch): max(1, batch.parts.count)
        case .request, .reconcile, .access: 1
        }
    }
}
