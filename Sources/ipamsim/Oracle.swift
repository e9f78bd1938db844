import IPAM
import IPAMEngine

/// Knows what every log sequence number stands for, and what was acknowledged. It judges a
/// recovered state: it must be one of those that were decided, none older than what was
/// acknowledged; and no two allocations of one parent may overlap, whatever any index says.
struct Oracle: Sendable {
    /// All objects after each change, by its number.
    private var statesByLSN: [UInt64: [Resource]] = [0: []]
    private(set) var acknowledgedLSN: UInt64 = 0
    private(set) var decidedLSN: UInt64 = 0

    /// Notes what a change made of the state. What was decided and lost may be decided anew.
    mutating func decided(_ state: State) {
        decidedLSN = state.lsn
        statesByLSN[state.lsn] = Self.resources(of: state)
    }

    mutating func acknowledged(_ lsn: UInt64) { acknowledgedLSN = max(acknowledgedLSN, lsn) }

    /// What is wrong with a state that recovery built, a sentence each.
    func faults(of state: State) -> [String] {
        var faults = state.violations()
        if state.lsn < acknowledgedLSN {
            faults.append("recovered \(state.lsn), but \(acknowledgedLSN) was acknowledged")
        }
        if let expected = statesByLSN[state.lsn] {
            if expected != Self.resources(of: state) {
                faults.append("the state of \(state.lsn) is not what it was when it was decided")
            }
        } else {
            faults.append("recovered \(state.lsn), which was never decided")
        }
        return faults + Self.overlaps(in: Self.resources(of: state))
    }

    /// The recovered state is what counts from now on: later numbers are given anew.
    mutating func recovered(_ state: State) {
        statesByLSN = statesByLSN.filter { $0.key <= state.lsn }
        decidedLSN = state.lsn
        acknowledgedLSN = state.lsn
    }

    private static func resources(of state: State) -> [Resource] {
        var resources: [Resource] = []
        state.visitResources { resources.append($0) }
        return resources
    }

    /// Every pair, the slow and plain way.
    private static func overlaps(in resources: [Resource]) -> [String] {
        let holders = resources.filter {
            $0.key.kind == .prefixAllocation && $0.placement != nil
        }
        var faults: [String] = []
        for (index, left) in holders.enumerated() {
            for right in holders[(index + 1)...] {
                guard let one = left.placement, let other = right.placement,
                    left.key.namespace == right.key.namespace, one.parent == other.parent,
                    one.block.overlaps(other.block)
                else { continue }
                faults.append("\(left.key) and \(right.key) both hold \(one.block)")
            }
        }
        return faults
    }
}
