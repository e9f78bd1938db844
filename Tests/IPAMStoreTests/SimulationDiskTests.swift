import IPAMStore
import Testing

@testable import ipamsim

/// The simulated disk and its order spy are only worth something if they do what they say.
@Suite struct SimulationDiskTests {
    /// A directory with one durable file of a sector of ones.
    private func disk(_ plan: FaultPlan = FaultPlan()) throws -> (SimulatedDisk, DiskFile) {
        let disk = SimulatedDisk(plan)
        let file = try disk.create("journal-0000000000000001.tmp")
        try disk.write(file, at: 0, ones)
        try disk.sync(file)
        try disk.syncDirectory()
        return (disk, file)
    }

    private let name = "journal-0000000000000001.tmp"
    private let ones = [UInt8](repeating: 1, count: 512)
    private let twos = [UInt8](repeating: 2, count: 512)

    @Test func `listed choices take every way once`() {
        var choices = Choices()
        var ways: [[Int]] = []
        repeat {
            let first = choices.choose(3)
            // A choice that comes up in one way alone.
            ways.append(first == 1 ? [first, choices.choose(2)] : [first])
        } while choices.advance()
        #expect(ways == [[0], [1, 0], [1, 1], [2]])
    }

    @Test func `what is not synced is old, new or torn after a power cut, and a kill keeps it`()
        throws
    {
        let (disk, file) = try disk()
        try disk.write(file, at: 0, twos)
        #expect(disk.afterKill().bytes(of: name) == twos)
        var ends: Set<[UInt8]> = []
        var choices = Choices()
        repeat {
            ends.insert(
                SimulatedDisk(disk.now.afterPowerCut(&choices, FaultPlan())).bytes(of: name))
        } while choices.advance()
        #expect(ends.count == 3)
        #expect(ends.isSuperset(of: [ones, twos]))
        try disk.sync(file)
        for seed in 1..<20 {
            #expect(disk.afterPowerCut(seed: UInt64(seed)).bytes(of: name) == twos)
        }
    }

    @Test func `names are old or new until the directory is synced`() throws {
        let (disk, _) = try disk()
        try disk.rename(name, to: "journal-0000000000000001")
        let ends = (1..<20).map { disk.afterPowerCut(seed: UInt64($0)).fileNames }
        #expect(Set(ends) == [[name], ["journal-0000000000000001"]])
        try disk.syncDirectory()
        #expect(disk.afterPowerCut(seed: 1).fileNames == ["journal-0000000000000001"])
    }

    @Test func `after a failed sync a second one succeeds, and writes nothing`() throws {
        let lost = try (1..<20).filter { seed in
            let (disk, file) = try disk()
            // What a failed sync leaves depends on the number of the call.
            for _ in 0..<seed { try disk.syncDirectory() }
            try disk.write(file, at: 0, twos)
            disk.replacePlan(FaultPlan(failureAt: disk.callCount))
            #expect(throws: DiskError.self) { try disk.sync(file) }
            try disk.sync(file)
            #expect(disk.violations == ["\(name) is synced after a call on it had failed"])
            #expect(disk.afterKill().bytes(of: name) == twos)
            return disk.afterPowerCut(seed: UInt64(seed)).bytes(of: name) == ones
        }
        #expect(!lost.isEmpty)
    }

    @Test(arguments: FaultPlan.Part.allCases)
    func `a write that fails may be done in part`(part: FaultPlan.Part) throws {
        let (disk, file) = try disk()
        disk.replacePlan(FaultPlan(failureAt: disk.callCount, errorCode: 28, part: part))
        #expect(throws: DiskError.self) { try disk.write(file, at: 0, twos) }
        let count = disk.bytes(of: name).count { $0 == 2 }
        switch part {
        case .nothing: #expect(count == 0)
        case .half: #expect(count == 256)
        case .odd: #expect(count == 348)
        case .everything: #expect(count == 512)
        }
        #expect(disk.violations == [])
        disk.replacePlan(FaultPlan())
        try disk.write(file, at: 0, twos)
        #expect(disk.violations == ["\(name) is written after a call on it had failed"])
    }

    @Test func `a full disk takes what overwrites, and nothing that grows`() throws {
        let (disk, file) = try disk()
        disk.limit(to: 512)
        try disk.write(file, at: 0, twos)
        #expect(throws: DiskError(.write, name, code: 28)) {
            try disk.write(file, at: 512, twos)
        }
        disk.limit(to: nil)
        let other = try disk.create("spare")
        try disk.write(other, at: 0, twos)
    }

    @Test func `the spy sees a file that goes before its successor is certain`() throws {
        let (disk, _) = try disk()
        try disk.rename(name, to: "checkpoint-0000000000000001")
        try disk.syncDirectory()
        let file = try disk.create("checkpoint-0000000000000002.tmp")
        try disk.write(file, at: 0, ones)
        try disk.rename("checkpoint-0000000000000002.tmp", to: "checkpoint-0000000000000002")
        try disk.remove("checkpoint-0000000000000001")
        #expect(
            disk.violations == [
                "checkpoint-0000000000000002.tmp gets its name checkpoint-0000000000000002 before "
                    + "it is synced",
                "checkpoint-0000000000000001 goes before the name of checkpoint-0000000000000002 "
                    + "is durable",
                "checkpoint-0000000000000001 goes, and no checkpoint of this process is durable",
            ])
    }

    @Test
    func `the spy sees that an earlier file is appended to, and what was never finished read`()
        throws
    {
        let (disk, file) = try disk()
        let next = disk.afterKill()
        _ = try next.open(name)
        try next.write(file, at: 512, twos)
        try next.sync(file)
        #expect(
            next.violations == [
                "\(name) is read, which an earlier process never finished",
                "\(name) is written, a file of an earlier process",
                "\(name) is synced, a file of an earlier process",
            ])
    }

    @Test func `the spy sees a second sync of the directory, and a name that is used twice`() throws
    {
        let (disk, _) = try disk()
        try disk.rename(name, to: "journal-0000000000000001")
        disk.replacePlan(FaultPlan(failureAt: disk.callCount))
        #expect(throws: DiskError.self) { try disk.syncDirectory() }
        try disk.syncDirectory()
        #expect(disk.violations == ["the directory is synced after that had failed"])
        let second = try self.disk().0
        try second.rename(name, to: "journal-0000000000000001")
        try second.syncDirectory()
        _ = try second.create(name)
        try second.rename(name, to: "journal-0000000000000001")
        #expect(second.violations.last == "journal-0000000000000001 is the name of a second file")
    }

    @Test func `the spy sees bytes of a journal that are written over`() throws {
        let (disk, file) = try disk()
        try disk.rename(name, to: "journal-0000000000000001")
        let journal = DiskFile(number: file.number, name: "journal-0000000000000001")
        try disk.write(journal, at: 100, twos)
        #expect(
            disk.violations == [
                "journal-0000000000000001 is written at 100, in the middle of a block",
                "journal-0000000000000001 is written at 100, where it has bytes already",
            ])
    }
}
