/// What goes wrong, and at which call. Calls that change something are counted from 0, and those
/// that only look, for themselves, likewise.
struct FaultPlan: Sendable, Hashable {
    /// How much of a write that fails has come to be all the same: a short write, to whoever
    /// looks afterwards.
    enum Part: Sendable, Hashable, CaseIterable {
        case nothing
        case half
        /// Up to the middle of a sector.
        case odd
        case everything
    }

    /// The power goes off in the middle of this call.
    var powerCutAt: Int?
    /// This call fails with the error, and so do all later ones if `isForEver`.
    var failureAt: Int?
    /// This look fails, and so do all later ones if `isForEver`.
    var lookFailureAt: Int?
    var errorCode: Int32 = 5
    var isForEver = false
    var part = Part.half

    /// EIO and ENOSPC of errno(3).
    static let errorCodes: [Int32] = [5, 28]

    func failsChange(_ index: Int) -> Bool { fails(index, failureAt) }

    func failsLook(_ index: Int) -> Bool { fails(index, lookFailureAt) }

    private func fails(_ index: Int, _ at: Int?) -> Bool {
        guard let at else { return false }
        return index == at || (isForEver && index > at)
    }
}

extension FaultPlan: CustomStringConvertible {
    /// As findings show it.
    var description: String {
        if let powerCutAt { return "power cut at call \(powerCutAt)" }
        let times = isForEver ? "for ever" : "once"
        if let failureAt { return "error \(errorCode) at call \(failureAt) \(times), \(part)" }
        if let lookFailureAt { return "error \(errorCode) at look \(lookFailureAt) \(times)" }
        return "no fault"
    }
}
