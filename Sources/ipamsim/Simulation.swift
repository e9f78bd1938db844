import IPAM
import IPAMEngine
import IPAMStore
import Synchronization

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
    /// store recovers, at the calls that `cuts` names; then checks what is there.
    ///
    /// - Parameter cuts: for each life of the daemon the call at which it ends; the last life is
    ///   not cut off.
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
            disk = disk.afterPowerCut(seed: seed &+ UInt64(life), plan)
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
                let reply = try life.ledger.execute(
                    command, by: Workload.administrator, at: life.now())
                if reply.lsn > oracle.decidedLSN { oracle.decided(life.ledger.state) }
            } catch {
                // A refusal is an answer like any other: it changes nothing.
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
        if !disk.areJournalsDurable, !disk.isDead {
            findings.append("\(replay): acknowledged before everything was synced")
        }
    }

    /// Opens the store and judges what it recovered. Nothing if the power went off meanwhile.
    private mutating func open(_ disk: SimulatedDisk, _ replay: String) -> Life? {
        let settings = StoreSettings(
            segmentBytes: 64 << 10, newIncarnation: 7, salt: { [salts] in salts.next() })
        let opened: Opened
        do throws(StoreError) {
            opened = try Store.open(disk, settings, at: Instant(milliseconds: 1))
        } catch {
            if !disk.isDead, !isErrorExpected { findings.append("\(replay): recovery: \(error)") }
            return nil
        }
        switch opened {
        case .ready(let ready):
            let state = ready.ledger.state
            findings += oracle.faults(of: state).map { "\(replay): \($0)" }
            oracle.recovered(state)
            return Life(ready)
        case .readOnly(_, _, let error):
            if !disk.isDead, !isErrorExpected { findings.append("\(replay): read only: \(error)") }
            return nil
        }
    }
}

/// A daemon between two starts, in one thread.
private struct Life {
    var ledger: Ledger
    private var journal: Journal
    private let checkpointer: Checkpointer
    private var clock: UInt64 = 1

    init(_ ready: Opened.Ready) {
        ledger = ready.ledger
        journal = ready.journal
        checkpointer = ready.checkpointer
    }

    mutating func now() -> Instant {
        clock += 1
        return Instant(milliseconds: clock)
    }

    mutating func prepareSpare() throws(StoreError) {
        ledger.update(journal.adopt(try checkpointer.prepareSpare()))
    }

    /// Makes the open batch durable; says whether there was one.
    mutating func commit() throws(StoreError) -> Bool {
        guard let batch = try ledger.sealBatch() else { return false }
        let commit = try journal.commit(batch)
        ledger.committed(commit)
        if commit.needsSpare { try prepareSpare() }
        try journal.seal()
        return true
    }

    mutating func checkpoint() throws(StoreError) {
        guard let job = try journal.beginCheckpoint() else { return }
        journal.finishCheckpoint(try checkpointer.run(job, at: now()))
        try prepareSpare()
    }

    mutating func stop() throws(StoreError) {
        if let job = try journal.stop() { _ = try checkpointer.run(job, at: now()) }
    }
}

/// Salts that differ and can be had again by the seed.
final class SaltSource: Sendable {
    private let generator: Mutex<SeededGenerator>

    init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

    func next() -> UInt64 { generator.withLock { $0.next() } }
}
