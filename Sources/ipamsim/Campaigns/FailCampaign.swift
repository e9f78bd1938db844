import IPAM
import IPAMStore

/// Errors of the disk: every call of every scenario fails, once and for ever, of a broken disk and
/// of a full one, with any part of a write done all the same. Then the daemon starts again.
struct FailCampaign: Sendable {
    private(set) var tally = Tally()

    /// What a scenario begins on.
    private struct Stage {
        let contents: SimulatedDisk.Contents
        let world: World
    }

    /// Runs a scenario into every error, or into each `part`th alone; the seed says which those
    /// are, and what a failed sync and a power cut leave.
    mutating func run(_ scenario: Scenario, seed: UInt64, part: Int = 1) {
        let world = World(clientCount: 1, isAttentive: true, seed: seed)
        var history = History(world, seed: seed)
        history.prepare(scenario.before)
        scenario.damage(history.disk)
        tally.note(history.faults, "scenario \(scenario.name), before it, seed \(seed)")
        let stage = Stage(contents: history.disk.now, world: history.world)
        let whole = runUndisturbed(scenario, stage, seed)
        var plans = whole.operations.enumerated().flatMap { Self.plans($0, $1) }
        plans += (0..<whole.lookCount).flatMap { look in
            [false, true].map { FaultPlan(lookFailureAt: look, isForEver: $0) }
        }
        for number in stride(from: Int(seed % UInt64(part)), to: plans.count, by: part) {
            run(scenario, stage, plans[number], seed)
        }
    }

    private static func plans(_ call: Int, _ operation: DiskError.Operation) -> [FaultPlan] {
        // Only a write can be done in part; what a failed sync leaves is drawn.
        let parts = operation == .write ? FaultPlan.Part.allCases : [.nothing]
        return FaultPlan.errorCodes.flatMap { code in
            parts.flatMap { part in
                [false, true].map { isForEver in
                    FaultPlan(
                        failureAt: call, errorCode: code, isForEver: isForEver, part: part)
                }
            }
        }
    }

    private mutating func runUndisturbed(
        _ scenario: Scenario, _ stage: Stage, _ seed: UInt64
    ) -> (operations: [DiskError.Operation], lookCount: Int) {
        let disk = SimulatedDisk(stage.contents)
        var history = History(stage.world, on: disk, seed: seed)
        let recorder = Recorder()
        history.recorder = { recorder.operations.append($0) }
        var steps = scenario.steps[...]
        let ending = history.live(&steps)
        let replay = "scenario \(scenario.name), seed \(seed)"
        tally.note(history.faults, replay)
        guard case .finished = ending else {
            tally.note(["ended by \(ending)"], replay)
            return (recorder.operations, disk.lookCount)
        }
        let held = Set(history.world.clients[0].heldNames)
        if held != scenario.held {
            tally.note(["holds \(held.sorted()) at its end"], replay)
        }
        let isFull = history.world.clients[0].refusalCodes.contains(.storageFull)
        if isFull != scenario.isFull { tally.note(["room is refused: \(isFull)"], replay) }
        return (recorder.operations, disk.lookCount)
    }

    /// What an undisturbed run calls, in order.
    private final class Recorder {
        var operations: [DiskError.Operation] = []
    }

    private mutating func run(
        _ scenario: Scenario, _ stage: Stage, _ plan: FaultPlan, _ seed: UInt64
    ) {
        tally.errorCount += 1
        var contents = stage.contents
        contents.plan = plan
        var history = History(stage.world, on: SimulatedDisk(contents), seed: seed)
        var steps = scenario.steps[...]
        let ending = history.live(&steps)
        var faults = history.faults
        switch ending {
        case .finished, .failed, .readOnly: break
        // Not to be able to write is no reason to refuse; not to be able to read may be one.
        case .refused(let error):
            if plan.failureAt != nil { faults.append("no start at all: \(error)") }
        case .processEnded, .powerOff: faults.append("ended without a reason")
        }
        let replay = "scenario \(scenario.name), \(plan), seed \(seed)"
        tally.note(faults, replay)
        if plan.isForEver { startOnWhatFails(history, plan, replay) }
        if history.disk.now.capacityBytes != nil {
            startOnFullDisk(history, replay)
            history.disk.limit(to: nil)
        }
        startAgain(history, replay, seed)
    }

    /// While the disk still fails, whatever can be read is served, and is right.
    private mutating func startOnWhatFails(
        _ history: History, _ plan: FaultPlan, _ replay: String
    ) {
        var still = plan
        still.failureAt = plan.failureAt.map { _ in 0 }
        still.lookFailureAt = plan.lookFailureAt.map { _ in 0 }
        switch Host.start(on: history.disk.afterKill(still), history.world) {
        case .serving: tally.note(["it serves, though nothing can be written"], replay)
        case .readOnly(let state, _): tally.note(history.world.faults(of: state), replay)
        case .refused(let error):
            if plan.failureAt != nil { tally.note(["no start at all: \(error)"], replay) }
        }
    }

    /// The error is gone, and there is still no room: what can be read is served.
    private mutating func startOnFullDisk(_ history: History, _ replay: String) {
        let disk = history.disk.afterKill()
        switch Host.start(on: disk, history.world) {
        case .serving(let host):
            tally.note(host.world.faults(of: host.ledger.state) + disk.violations, replay)
        case .readOnly(let state, let error):
            tally.note(history.world.faults(of: state) + disk.violations, replay)
            if !error.isNoSpace { tally.note(["not for lack of room: \(error)"], replay) }
        case .refused(let error): tally.note(["no start at all: \(error)"], replay)
        }
    }

    /// The fault is gone, and the daemon starts: with the system's cache as it is, and without.
    /// What it answers from the cache is still there when the power goes later.
    private mutating func startAgain(_ history: History, _ replay: String, _ seed: UInt64) {
        let killed = history.disk.afterKill()
        if let world = start(on: killed, history.world, replay + ", then a kill") {
            let later = killed.afterPowerCut(seed: seed)
            _ = start(on: later, world, replay + ", then a kill, then a power cut")
        }
        let cut = history.disk.afterPowerCut(seed: seed)
        _ = start(on: cut, history.world, replay + ", then a power cut")
    }

    /// Judges a start; what clients are told after it goes into the world that comes back.
    private mutating func start(
        on disk: SimulatedDisk, _ world: World, _ replay: String
    ) -> World? {
        switch Host.start(on: disk, world) {
        case .readOnly(_, let error), .refused(let error):
            tally.note(["no start: \(error)"], replay)
            return nil
        case .serving(let host):
            var faults = host.world.faults(of: host.ledger.state)
            let expected = host.doubtsAndFacts
            do throws(StoreError) {
                try host.begin()
                host.askAgain()
                try host.perform(.commit)
                faults += host.contradictions(of: expected)
            } catch {
                faults.append("after the start: \(error)")
            }
            faults += host.takeFaults() + disk.violations
            tally.note(faults, replay)
            var after = host.world
            after.daemonEnded()
            return after
        }
    }
}
