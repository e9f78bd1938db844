import IPAM
import IPAMStore

/// Lives of a daemon, one after the other, on one disk.
struct History {
    private var world: World
    private var disk = SimulatedDisk()
    private let explorer: Explorer?
    private var chance: Choices
    /// The steps that nobody looks at, for others have.
    private var quietSteps = 0
    private(set) var crashCount = 0
    private(set) var faults: [String] = []

    init(_ world: World, explorer: Explorer?, seed: UInt64) {
        self.world = world
        self.explorer = explorer
        chance = Choices(seed: seed)
    }

    private enum Ending {
        case finished
        /// In order or not, the process is gone and the system goes on.
        case processEnded
        case powerOff
        case failed
    }

    /// Runs a workload to its end, and only then begins to look.
    mutating func run(_ quiet: [Workload.Step], then workload: [Workload.Step]) {
        quietSteps = quiet.count
        run(quiet + workload, powerCutPart: nil)
    }

    /// Runs a workload to its end. Of `powerCutPart` lives, one ends by a power cut on the way.
    mutating func run(_ workload: [Workload.Step], powerCutPart: Int?) {
        var steps = workload[...]
        while true {
            if let powerCutPart, chance.choose(powerCutPart) == 0 {
                disk.replacePlan(FaultPlan(powerCutAt: chance.choose(120)))
            }
            let ending = live(&steps)
            faults += disk.violations
            world.daemonEnded()
            switch ending {
            case .finished:
                explorer?.explore(disk.now, world)
                return
            case .failed: return
            case .processEnded: disk = disk.afterKill()
            case .powerOff: disk = disk.afterPowerCut(seed: UInt64(chance.choose(1 << 62)))
            }
            crashCount += 1
        }
    }

    /// One life: from recovery to where the workload ends it, or the power.
    private mutating func live(_ steps: inout ArraySlice<Workload.Step>) -> Ending {
        if quietSteps == 0 { look(at: world) }
        defer { disk.observer = nil }
        let host: Host
        switch Host.start(on: disk, world) {
        case .serving(let started): host = started
        case .readOnly(_, let error), .refused(let error):
            if disk.isDead { return .powerOff }
            faults.append("no start: \(error)")
            return .failed
        }
        faults += host.world.faults(of: host.ledger.state)
        if quietSteps == 0 { look(at: host) }
        defer {
            world = host.world
            faults += host.takeFaults()
        }
        do throws(StoreError) {
            try host.begin()
            host.askAgain()
            while true {
                if quietSteps == 0 { look(at: host) }
                guard let step = steps.popFirst() else { break }
                quietSteps = max(0, quietSteps - 1)
                switch step {
                case .restart:
                    try host.stop()
                    return .processEnded
                case .kill: return .processEnded
                case .ask, .commit, .quiet, .checkpoint, .meanwhile, .roomBytes:
                    try host.perform(step)
                }
            }
            try host.stop()
            return .finished
        } catch {
            if disk.isDead { return .powerOff }
            faults.append("ended by \(error)")
            return .failed
        }
    }

    /// Shows the explorer every call of a start, in which the world stands still.
    private func look(at world: World) {
        guard let explorer else { return }
        disk.observer = { contents in explorer.explore(contents, world) }
    }

    private func look(at host: Host) {
        guard let explorer else { return }
        disk.observer = { [unowned host] contents in explorer.explore(contents, host.world) }
    }
}
