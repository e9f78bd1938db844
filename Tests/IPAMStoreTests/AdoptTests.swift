import IPAM
import IPAMEngine
import Testing

@testable import IPAMStore
@testable import ipamsim

/// States that begin another life: restored from a backup, or adopted from another machine.
@Suite struct AdoptTests {
    private func settings(_ machineID: UInt128 = 0) -> StoreSettings {
        StoreSettings(
            segmentBytes: 64 << 10, machineID: machineID, newIncarnation: 99, salt: { 5 })
    }

    private let now = Instant(milliseconds: 1)

    /// A disk with a state of two changes, and the life that made it.
    private func source() throws -> (disk: SimulatedDisk, life: Life) {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.run(Workload.request("a", 26))
        return (disk, life)
    }

    @Test func `a backup is a checkpoint, and makes the same objects in another life`() throws {
        var (disk, life) = try source()
        try life.stop()
        let backup = disk.newest("checkpoint-")
        #expect(try Store.check(backup: (disk, backup)).resourceCount == 2)
        let target = SimulatedDisk()
        let restored = try Store.restore((disk, backup), to: target, settings(), at: now)
        #expect(restored.lsn == 2)
        #expect(restored.incarnation == 99)
        #expect(Store.check(target).filter { $0.severity == .damage }.isEmpty)
        let (next, recovery) = try Life.start(on: target.afterPowerCut(seed: 3))
        #expect(next.resources == life.resources)
        #expect(recovery.incarnation == 99)
        #expect(next.ledger.state.isQuarantined)
    }

    /// Behind a frame there are zeros to the end of its block, which mean nothing.
    @Test func `a backup with a flipped bit is refused and leaves no state, or means the same`()
        throws
    {
        var (disk, life) = try source()
        try life.stop()
        let backup = disk.newest("checkpoint-")
        var refusedCount = 0
        for bit in stride(from: 0, to: 3 * 4096 * 8, by: 61) {
            let copy = disk.afterPowerCut(seed: 1)
            copy.flipBit(of: backup, at: bit)
            let target = SimulatedDisk()
            do throws(StoreError) {
                _ = try Store.restore((copy, backup), to: target, settings(), at: now)
                #expect(try Life.start(on: target).life.resources == life.resources)
            } catch {
                refusedCount += 1
                #expect(!target.fileNames.contains { $0.hasPrefix("checkpoint-") }, "bit \(bit)")
            }
        }
        #expect(refusedCount > 4096 * 8 / 61)
    }

    @Test func `a directory that holds a state is not restored over`() throws {
        var (disk, life) = try source()
        try life.stop()
        let backup = disk.newest("checkpoint-")
        let target = try source().disk
        #expect(throws: StoreError.self) {
            try Store.restore((disk, backup), to: target, settings(), at: now)
        }
        #expect(try Life.start(on: target).recovery.incarnation == 7)
    }

    @Test func `a directory of another machine is refused until it is adopted`() throws {
        let disk = SimulatedDisk()
        var life = try Life.start(on: disk, machineID: 1).life
        try life.prepareSpare()
        try life.run(Workload.root("root", "10.0.0.0/24"))
        let copy = disk.afterPowerCut(seed: 1)
        guard case .foreign = startError(copy, machineID: 2) else {
            Issue.record("a state of another machine was taken")
            return
        }
        let adopted = try Store.adopt(copy.afterPowerCut(seed: 2), settings(2), at: now)
        #expect(adopted.incarnation == 99)
        let target = copy.afterPowerCut(seed: 2)
        _ = try Store.adopt(target, settings(2), at: now)
        let (next, recovery) = try Life.start(
            on: target.afterPowerCut(seed: 3), machineID: 2)
        #expect(next.resources == life.resources)
        #expect(recovery.incarnation == 99)
        #expect(next.ledger.state.isQuarantined)
    }

    @Test func `a quarantine lasts over starts and checkpoints, and so does its end`() throws {
        let (disk, _) = try source()
        _ = try Store.adopt(disk.afterPowerCut(seed: 1), settings(), at: now)
        var target = disk.afterPowerCut(seed: 1)
        _ = try Store.adopt(target, settings(), at: now)
        for round in UInt64(0)..<3 {
            var life = try Life.start(on: target).life
            try life.prepareSpare()
            #expect(life.ledger.state.isQuarantined)
            #expect(throws: Refusal.self) { try life.run(Workload.request("b", 26)) }
            try life.run(Workload.note("10.0.0.0/24", "\(round)"))
            if round == 1 { try life.checkpoint() }
            target = target.afterPowerCut(seed: round)
        }
        var life = try Life.start(on: target).life
        try life.prepareSpare()
        try life.run(.reconcile(.init()))
        try life.run(Workload.request("b", 26))
        for round in UInt64(0)..<4 {
            target = target.afterPowerCut(seed: round)
            life = try Life.start(on: target).life
            #expect(!life.ledger.state.isQuarantined, "start \(round)")
            try life.prepareSpare()
            try life.run(Workload.note("10.0.0.0/24", "\(round)"))
            if round == 1 { try life.checkpoint() }
            if round == 2 { try life.stop() }
        }
    }
}
