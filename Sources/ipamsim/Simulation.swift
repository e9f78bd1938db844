import IPAM
import IPAMEngine
import IPAMStore

/// The production store and engine on a disk that is cut off, again and again.
struct Simulation {
    private let workload: [Workload.Step]
    private let salts: SaltSource
    private var oracle = Oracle()
    /// What went wrong, with the words that replay it.
    private(set) var findings: [String] = []
    private(set) var powerCutCount = 0
    /// Whether a life may end by an error of the disk.
    private var isErrorExpected = false

    init(_ workload: [Workload.Step], seed: UInt64) {
        self.workload = workload
        self.salts = SaltSource(seed: seed)
    }

    /// Runs the workload to its end, with the power cut off at a call, and again while the
    /// store recovers, at the calls that `cuts` names, one for each life of the daemon but the
    /// last; then checks what is there.
    mutating func run(cuts: [Int], seed: UInt64) {
        let replay = "cuts \(cuts), seed \(seed)"
        var disk = SimulatedDisk(FaultPlan(powerCutAt: cuts.first))
        var position = 0
        for life in 0...cuts.count {
            live(on: disk, from: &position, replay)
            findings += disk.violations.map { "\(replay): \($0)" }
            guard disk.isDead else { break }
            powerCutCount += 1
            let next = life + 1
            let plan = FaultPlan(powerCutAt: next < cuts.count ? cuts[next] : nil)
            // Every third end is that of the process alone: what it wrote and did not sync looks
            // right to the next one, and is lost when the power goes later.
            let lifeSeed = seed &+ UInt64(life)
            disk =
                lifeSeed % 3 == 0
                ? disk.afterKill(plan) : disk.afterPowerCut(seed: lifeSeed, plan)
        }
        recoverTwice(disk, seed, replay)
    }

    /// Runs the workload until an error ends it, as the daemon would end; then the power goes, and
    /// what is left must hold what was acknowledged.
    mutating func run(into plan: FaultPlan, seed: UInt64) {
        let replay = "\(plan), seed \(seed)"
        let disk = SimulatedDisk(plan)
        var position = 0
        isErrorExpected = true
        live(on: disk, from: &position, replay)
        isErrorExpected = false
        findings += disk.violations.map { "\(replay): \($0)" }
        recoverTwice(disk, seed, replay)
    }

    /// The number of calls of a run that nothing disturbs.
    mutating func callCountOfWholeRun() -> Int {
        let disk = SimulatedDisk()
        var position = 0
        live(on: disk, from: &position, "whole run")
        findings += disk.violations
        return disk.callCount
    }

    /// Recovers what is left without a disturbance, twice: the second time must find the same.
    private mutating func recoverTwice(_ disk: SimulatedDisk, _ seed: UInt64, _ replay: String) {
        let again = disk.afterPowerCut(seed: seed)
        guard let first = recoveredState(again, replay) else { return }
        let second = again.afterPowerCut(seed: seed &+ 1)
        guard let state = recoveredState(second, replay) else { return }
        if state.lsn != first.lsn {
            findings.append("\(replay): recovered \(first.lsn), then \(state.lsn)")
        }
    }

    private mutating func recoveredState(_ disk: SimulatedDisk, _ replay: String) -> State? {
        guard let life = open(disk, replay) else { return nil }
        findings += disk.violations.map { "\(replay): \($0)" }
        return life.ledger.state
    }

    /// One life of the daemon: from recovery to the end of the workload, or to the power cut.
    private mutating func live(
        on disk: SimulatedDisk, from position: inout Int, _ replay: String
    ) {
        guard var life = open(disk, replay) else { return }
        do throws(StoreError) {
            try life.prepareSpare()
            while position < workload.count {
                let step = workload[position]
                position += 1
                if case .restart = step {
                    try commit(&life, disk, replay)
                    try life.stop()
                    guard let next = open(disk, replay) else { return }
                    life = next
                    try life.prepareSpare()
                } else {
                    try perform(step, &life, disk, replay)
                }
            }
            try life.stop()
        } catch {
            if !disk.isDead, !isErrorExpected { findings.append("\(replay): \(error)") }
        }
    }

    private mutating func perform(
        _ step: Workload.Step, _ life: inout Life, _ disk: SimulatedDisk, _ replay: String
    ) throws(StoreError) {
        switch step {
        case .command(let command):
            do throws(Refusal) {
                _ = try life.ledger.execute(
                    command, by: Workload.administrator, at: life.now())
                let state = life.ledger.state
                if state.lsn > oracle.decidedLSN { oracle.decided(state) }
            } catch {
                // A refusal is an answer like any other: it changes nothing. One of a document
                // means that the workload is wrong.
                if error.code == .invalid { findings.append("\(replay): \(error)") }
            }
        case .commit: try commit(&life, disk, replay)
        case .checkpoint:
            try commit(&life, disk, replay)
            try life.checkpoint()
        case .restart: preconditionFailure("A restart makes another life.")
        }
    }

    private mutating func commit(
        _ life: inout Life, _ disk: SimulatedDisk, _ replay: String
    ) throws(StoreError) {
        guard try life.commit() else { return }
        oracle.acknowledged(life.ledger.durableLSN)
        if !disk.isJournalDurable, !disk.isDead {
            findings.append("\(replay): acknowledged before everything was synced")
        }
    }

    /// Opens the store and judges what it recovered. Nothing if the power went off meanwhile.
    private mutating func open(_ disk: SimulatedDisk, _ replay: String) -> Life? {
        do throws(StoreError) {
            let life = try Life.start(on: disk, salts: salts).life
            let state = life.ledger.state
            findings += oracle.faults(of: state).map { "\(replay): \($0)" }
            oracle.recovered(state)
            return life
        } catch {
            if !disk.isDead, !isErrorExpected { findings.append("\(replay): start: \(error)") }
            return nil
        }
    }
}
