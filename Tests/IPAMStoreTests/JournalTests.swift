import IPAM
import IPAMEngine
import Testing

@testable import IPAMStore
@testable import ipamsim

@Suite struct JournalTests {
    @Test func `a full segment is followed by the spare one, and all of both is replayed`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        for number in 0..<20 { try life.run(Workload.request("n\(number)", 30)) }
        let journals = disk.fileNames.filter { $0.hasPrefix("journal-") }
        #expect(journals.count > 3)
        let (next, recovery) = try Life.start(on: disk.afterPowerCut(seed: 1))
        #expect(next.resources == life.resources)
        #expect(recovery.recordsReplayed == 21)
    }

    @Test func `a checkpoint made of files equals the state in memory`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        for number in 0..<8 { try life.run(Workload.request("n\(number)", 29)) }
        try life.run(.release(.init(names: ["n3", "n0"])))
        try life.checkpoint()
        try life.run(Workload.request("later", 29))
        try life.run(.release(.init(names: ["n7"])))
        try life.checkpoint()
        let newest = try #require(StoreFile(name: disk.newest("checkpoint-"))?.generation)
        let outcome = try Replay(disk, machineID: 0).load(newest)
        #expect(outcome.state.resources == life.resources)
        #expect(outcome.position.lsn == life.ledger.durableLSN)
    }

    @Test func `two checkpoints are kept, and every journal since the older one`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        for number in 0..<5 {
            try life.run(Workload.request("n\(number)", 29))
            try life.checkpoint()
        }
        let checkpoints = disk.fileNames.filter { $0.hasPrefix("checkpoint-") }
        let journals = disk.fileNames.filter { $0.hasPrefix("journal-") }
        #expect(checkpoints == ["checkpoint-0000000000000005", "checkpoint-0000000000000006"])
        #expect(journals == ["journal-0000000000000005", "journal-0000000000000006"])
    }

    @Test func `nothing new makes no checkpoint`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.checkpoint()
        let calls = disk.callCount
        try life.checkpoint()
        #expect(disk.callCount == calls)
    }

    @Test(arguments: [DiskError.Operation.write, .sync])
    func `after an error nothing is written any more`(operation: DiskError.Operation) throws {
        let calls = try callsBeforeSecondCommit()
        let plan = FaultPlan(failureAt: operation == .write ? calls : calls + 1)
        let disk = SimulatedDisk(plan)
        var life = try Life.withRoot(on: disk)
        let error = #expect(throws: StoreError.self) {
            try life.run(Workload.request("a", 26))
        }
        guard case .disk(let fault) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(fault.operation == operation)
        let count = disk.callCount
        var journal = life.journal
        guard case .poisoned = #expect(throws: StoreError.self, performing: { try journal.stop() })
        else {
            Issue.record("The journal goes on after an error.")
            return
        }
        #expect(disk.callCount == count)
        #expect(disk.violations == [])
    }

    @Test func `a batch for which there is no room is refused before it is written`() throws {
        let disk = SimulatedDisk()
        var journal = try Life.start(on: disk).life.journal
        let bytes = [UInt8](repeating: 0, count: Frame.headerBytes + journal.room.currentBytes)
        let batch = SealedBatch(first: 1, count: 1, bytes: bytes)
        let calls = disk.callCount
        let error = #expect(throws: StoreError.self) { try journal.commit(batch) }
        #expect(error == .oversized(bytes: batch.payloadBytes))
        #expect(throws: StoreError.self) { try journal.stop() }
        #expect(disk.callCount == calls)
    }

    /// Lets the disk store something else than it is given: once, in a checkpoint in progress.
    private func betray(_ disk: SimulatedDisk) {
        disk.interlude = { [unowned disk] in
            let name = disk.fileNames.first {
                $0.hasPrefix("checkpoint-") && $0.hasSuffix(".tmp")
            }
            guard let name, disk.bytes(of: name).count > 4200 else { return }
            disk.interlude = nil
            disk.flipBit(of: name, at: 8 * 4200)
        }
    }

    @Test func `a checkpoint that reads back otherwise than written gets no name`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.run(Workload.request("a", 26))
        let before = disk.newest("checkpoint-")
        betray(disk)
        try life.checkpoint()
        #expect(disk.interlude == nil)
        #expect(disk.newest("checkpoint-") == before)
        #expect(try Life.start(on: disk.afterPowerCut(seed: 1)).life.resources == life.resources)
        try life.checkpoint()
        #expect(disk.newest("checkpoint-") > before)
    }

    @Test func `a start whose checkpoint reads back otherwise than written serves reads`() throws {
        let first = SimulatedDisk()
        let life = try Life.withRoot(on: first)
        let disk = first.afterPowerCut(seed: 1)
        let before = disk.newest("checkpoint-")
        betray(disk)
        let settings = StoreSettings(segmentBytes: 32 << 10, newIncarnation: 1, salt: { 1 })
        let opened = try Store.open(disk, settings, at: Instant(milliseconds: 1))
        guard case .readOnly(let ledger, _, .damaged) = opened else {
            Issue.record("A checkpoint is believed without having been read back.")
            return
        }
        #expect(ledger.state.resources == life.resources)
        #expect(disk.newest("checkpoint-") == before)
        #expect(try Life.start(on: disk.afterPowerCut(seed: 2)).life.resources == life.resources)
    }

    private func callsBeforeSecondCommit() throws -> Int {
        let disk = SimulatedDisk()
        _ = try Life.withRoot(on: disk)
        return disk.callCount
    }

    @Test func `no room for a spare costs nothing until the segment is full`() throws {
        let whole = SimulatedDisk()
        var started = try Life.start(on: whole).life
        let calls = whole.callCount
        try started.prepareSpare()
        let disk = SimulatedDisk(FaultPlan(failureAt: calls + 2, errorCode: 28))
        var life = try Life.start(on: disk).life
        try life.prepareSpare()
        let refusal = #expect(throws: Refusal.self) {
            for number in 0..<200 {
                _ = try life.ledger.execute(
                    Workload.root("r\(number)", "10.\(number).0.0/16"),
                    by: Workload.administrator, at: life.now())
            }
        }
        #expect(refusal?.code == .storageFull)
        #expect(life.ledger.lsn > 10)
        #expect(try life.commit())
    }

    @Test func `a start that cannot write serves what it reads`() throws {
        let first = SimulatedDisk()
        let life = try Life.withRoot(on: first)
        let full = first.afterPowerCut(
            seed: 1, FaultPlan(failureAt: 0, errorCode: 28, isForEver: true))
        let settings = StoreSettings(segmentBytes: 32 << 10, newIncarnation: 1, salt: { 1 })
        let opened = try Store.open(full, settings, at: Instant(milliseconds: 1))
        guard case .readOnly(var ledger, let recovery, let error) = opened else {
            Issue.record("A full disk was written.")
            return
        }
        #expect(error.isNoSpace)
        #expect(recovery.lsn == 1)
        #expect(ledger.state.resources == life.resources)
        let refusal = #expect(throws: Refusal.self) {
            try ledger.execute(
                Workload.request("a", 26), by: Workload.administrator, at: Instant(milliseconds: 1))
        }
        #expect(refusal?.code == .storageFull)
    }
}
