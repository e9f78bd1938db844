import IPAM
import IPAMStore

/// Lives of a daemon, one after the other, on one disk.
struct History {
    private(set) var world: World
    private(set) var disk: SimulatedDisk
    private let explorer: Explorer?
    private var chance: Choices
    /// The steps that nobody looks at, for others have.
    private var quietSteps = 0
    /// Whether a life that was to be cut off is only killed.
    private var isKill = false
    /// Is told every call that changes something, if nobody explores it.
    var recorder: ((DiskError.Operation) -> Void)?
    /// Is shown what every start finds.
    var visitor: ((SimulatedDisk.Contents, World) -> Void)?
    private(set) var crashCount = 0
    private(set) var faults: [String] = []

    init(
        _ world: World, on disk: SimulatedDisk = SimulatedDisk(), explorer: Explorer? = nil,
        seed: UInt64
    ) {
        self.world = world
        self.disk = disk
        self.explorer = explorer
        chance = Choices(seed: seed)
    }

    /// How a life ends.
    enum Ending {
        /// It did all it was asked, and stopped in order.
        case finished
        /// In order or not, the process is gone and the system goes on.
        case processEnded
        case powerOff
        /// It gave up.
        case failed(StoreError)
        /// It never began: nothing can be written, but what is there is shown.
        case readOnly(StoreError)
        case refused(StoreError)
    }

    /// Runs a workload to its end, and only then begins to look.
    mutating func run(_ quiet: [Workload.Step], then workload: [Workload.Step]) {
        quietSteps = quiet.count
        run(quiet + workload, powerCutPart: nil)
    }

    /// Runs a workload to its end. Of `powerCutPart` lives, one ends on the way in the middle of a
    /// call, by a power cut or by a kill.
    mutating func run(_ workload: [Workload.Step], powerCutPart: Int?) {
        var steps = workload[...]
        while true {
            if let powerCutPart, chance.choose(powerCutPart) == 0 {
                plan(crashAfter: chance.choose(120), chance.choose(3) == 0)
            }
            switch live(&steps) {
            case .finished:
                explorer?.explore(disk.now, world)
                return
            case .processEnded, .powerOff: crashCount += 1
            case .failed(let error), .readOnly(let error), .refused(let error):
                faults.append("ended by \(error)")
                return
            }
            leaveDisk()
        }
    }

    /// Runs a workload up to its last step; whatever that one leaves is the next one's beginning.
    mutating func prepare(_ workload: [Workload.Step]) {
        var steps = workload[...]
        while !steps.isEmpty {
            let ending = live(&steps)
            switch ending {
            case .finished, .processEnded, .powerOff: leaveDisk()
            case .failed(let error), .readOnly(let error), .refused(let error):
                faults.append("the preparation ended by \(error)")
                return
            }
        }
    }

    /// The disk as the next process finds it.
    private mutating func leaveDisk() {
        if disk.isDead, !isKill {
            disk = disk.afterPowerCut(seed: UInt64(chance.choose(1 << 62)))
        } else {
            disk = disk.afterKill()
        }
        isKill = false
        visitor?(disk.now, world)
    }

    /// One life: from recovery to where the workload ends it, or the disk.
    mutating func live(_ steps: inout ArraySlice<Workload.Step>) -> Ending {
        if case .crash(let calls, let isKill) = steps.first {
            plan(crashAfter: calls, isKill)
            steps = steps.dropFirst()
        }
        if quietSteps == 0 { look(at: world) }
        defer {
            disk.observer = nil
            faults += disk.violations
            world.daemonEnded()
        }
        let host: Host
        switch Host.start(on: disk, world) {
        case .serving(let started): host = started
        case .readOnly(let state, let error):
            if disk.isDead { return .powerOff }
            faults += world.faults(of: state)
            return .readOnly(error)
        case .refused(let error): return disk.isDead ? .powerOff : .refused(error)
        }
        faults += host.world.faults(of: host.ledger.state)
        defer {
            faults += host.takeFaults()
            world = host.world
        }
        do throws(StoreError) {
            return try go(host, &steps)
        } catch {
            if disk.isDead { return .powerOff }
            host.doWhatWasHandedOver()
            return .failed(error)
        }
    }

    private mutating func go(
        _ host: Host, _ steps: inout ArraySlice<Workload.Step>
    ) throws(StoreError) -> Ending {
        if quietSteps == 0 { look(at: host) }
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
            case .crash(let calls, let isKill): plan(crashAfter: calls, isKill)
            case .ask, .commit, .quiet, .checkpoint, .meanwhile, .roomBytes:
                try host.perform(step)
            }
        }
        try host.stop()
        return .finished
    }

    private mutating func plan(crashAfter calls: Int, _ isKill: Bool) {
        self.isKill = isKill
        disk.replacePlan(FaultPlan(powerCutAt: disk.callCount + calls))
    }

    /// Shows the explorer every call of a start, in which the world stands still.
    private func look(at world: World) {
        if let recorder { disk.observer = { contents in recorder(contents.last.operation) } }
        guard let explorer else { return }
        disk.observer = { contents in explorer.explore(contents, world) }
    }

    private func look(at host: Host) {
        guard let explorer else { return }
        disk.observer = { [unowned host] contents in explorer.explore(contents, host.world) }
    }
}
