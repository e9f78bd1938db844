import IPAM
import IPAMEngine

/// Knows what every log sequence number stands for. It judges a recovered state: it must be one
/// of those that were decided; and no two allocations of one parent may overlap, whatever any
/// index says.
struct Oracle: Sendable {
    /// All that is stored.
    private struct Picture: Sendable, Equatable {
        var resources: [Resource] = []
        var rules: [AccessChange] = []
    }

    /// What was there after each change, by its number.
    private var picturesByLSN: [UInt64: Picture] = [0: Picture()]
    private(set) var decidedLSN: UInt64 = 0

    /// Notes what a change made of the state. What was decided and lost may be decided anew.
    mutating func decided(_ state: State) {
        guard state.lsn > decidedLSN else { return }
        decidedLSN = state.lsn
        picturesByLSN[state.lsn] = Self.picture(of: state)
    }

    /// What is wrong with a state that recovery built, a sentence each.
    func faults(of state: State) -> [String] {
        let picture = Self.picture(of: state)
        var faults = state.violations()
        if let expected = picturesByLSN[state.lsn] {
            if expected != picture {
                faults.append("the state of \(state.lsn) is not what it was when it was decided")
            }
        } else {
            faults.append("recovered \(state.lsn), which was never decided")
        }
        return faults + Self.overlaps(in: picture.resources)
    }

    private static func picture(of state: State) -> Picture {
        var picture = Picture(resources: state.allResources)
        state.visitAccess { picture.rules.append(AccessChange(namespace: $0, access: $1)) }
        return picture
    }

    /// The recovered state is what counts from now on: later numbers are given anew.
    mutating func recovered(_ state: State) {
        for lsn in picturesByLSN.keys where lsn > state.lsn { picturesByLSN[lsn] = nil }
        decidedLSN = state.lsn
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
                    one.block.overlaps(other.block), one.parent == other.parent,
                    left.key.namespace == right.key.namespace
                else { continue }
                faults.append("\(left.key) and \(right.key) both hold \(one.block)")
            }
        }
        return faults
    }
}

extension State {
    var allResources: [Resource] {
        var resources: [Resource] = []
        visitResources { resources.append($0) }
        return resources
    }
}
