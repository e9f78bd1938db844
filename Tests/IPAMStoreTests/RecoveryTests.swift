import IPAM
import IPAMEngine
import Seeded
import Testing

@testable import IPAMStore
@testable import ipamsim

@Suite struct RecoveryTests {
    @Test func `a start finds what was acknowledged, and numbers go on`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.run(Workload.request("a", 26))
        let (next, recovery) = try Life.start(on: disk.afterPowerCut(seed: 1))
        #expect(next.resources == life.resources)
        #expect(recovery.recordsReplayed == 2)
        #expect(recovery.lsn == 2)
        #expect(recovery.incarnation == 7)
        #expect(!recovery.isAfterCleanStop)
    }

    @Test func `a stop in order leaves a checkpoint and nothing to replay`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.stop()
        let (next, recovery) = try Life.start(on: disk.afterPowerCut(seed: 1))
        #expect(next.resources == life.resources)
        #expect(recovery.recordsReplayed == 0)
        #expect(recovery.isAfterCleanStop)
        #expect(Store.check(disk).isEmpty)
    }

    @Test func `a torn end is dropped, and a copy of it kept`() throws {
        let disk = SimulatedDisk()
        let life = try Life.withRoot(on: disk)
        let journal = disk.newest("journal-")
        // What a batch looks like of which only the last sector came to be.
        disk.overwrite(journal) { $0[5 * 4096 - 1] = 7 }
        let (next, recovery) = try Life.start(on: disk.afterPowerCut(seed: 1))
        #expect(next.resources == life.resources)
        #expect(recovery.tornBytes == 2 * 4096)
        #expect(recovery.tornFile == "torn-0000000000000001")
        #expect(recovery.notes.count == 1)
    }

    /// A name or a header whose number leaves no room for the next one trapped the start.
    @Test func `numbers beyond all that can be counted are strangers or damage`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.stop()
        for name in ["journal-ffffffffffffffff", "checkpoint-0000800000000000"] {
            disk.close(try disk.create(name))
            try disk.syncDirectory()
            #expect(try Life.start(on: disk.afterPowerCut(seed: 1)).life.resources.count == 1)
        }
        var header = FileHeader(
            machineID: 0, incarnation: 7, generation: 9,
            position: JournalPosition(lsn: 1 << 48, chain: 0), salt: 1, segmentBytes: 0,
            made: Instant(milliseconds: 0), kind: .checkpoint)
        #expect(throws: StoreError.self) {
            try FileHeader(header.bytes, kind: .checkpoint, generation: 9, file: "a")
        }
        header.position.lsn = 5
        #expect(
            try FileHeader(header.bytes, kind: .checkpoint, generation: 9, file: "a") == header)
    }

    @Test func `damage before the end is refused with file and offset`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.run(Workload.request("a", 26))
        let journal = disk.newest("journal-")
        disk.flipBit(of: journal, at: 8 * (4096 + 60))
        let error = startError(disk.afterPowerCut(seed: 1))
        guard case .damaged(journal, 4096, let sentence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(sentence.contains("check value"))
        #expect(Store.check(disk).map(\.offset) == [4096])
        #expect(Store.check(disk).allSatisfy { $0.severity == .damage })
    }

    @Test func `damage to the last batch is seen once the seal stands behind it`() throws {
        let disk = SimulatedDisk()
        _ = try Life.withRoot(on: disk)
        let journal = disk.newest("journal-")
        disk.flipBit(of: journal, at: 8 * (4096 + 60))
        #expect(startError(disk)?.description.contains("a whole frame follows") ?? false)
    }

    @Test func `a bad checkpoint is made up for by the older one and its journals`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.run(Workload.request("a", 26))
        try life.checkpoint()
        try life.run(Workload.request("b", 26))
        disk.flipBit(of: disk.newest("checkpoint-"), at: 8 * 4200)
        #expect(Store.check(disk).contains { $0.severity == .damage })
        let (next, recovery) = try Life.start(on: disk.afterPowerCut(seed: 1))
        #expect(next.resources == life.resources)
        #expect(recovery.notes.contains { $0.contains("made up for it") })
    }

    @Test func `two bad checkpoints are refused`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.checkpoint()
        for name in disk.fileNames where name.hasPrefix("checkpoint-") {
            disk.flipBit(of: name, at: 8 * 4100)
        }
        guard case .damaged = startError(disk) else {
            Issue.record("A start believed a bad checkpoint.")
            return
        }
    }

    @Test(arguments: ["checkpoint-", "journal-"])
    func `a file that is missing is noticed`(prefix: String) throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.checkpoint()
        try life.run(Workload.request("a", 26))
        let isOlderThere = prefix == "checkpoint-"
        disk.lose(disk.newest(prefix))
        let error = startError(disk.afterPowerCut(seed: 1))
        // The older checkpoint and all journals are as good; a lost journal is not.
        #expect((error == nil) == isOlderThere)
    }

    @Test func `a journal without any checkpoint is refused`() throws {
        let disk = SimulatedDisk()
        _ = try Life.withRoot(on: disk)
        for name in disk.fileNames where name.hasPrefix("checkpoint-") { disk.lose(name) }
        #expect(startError(disk)?.description.contains("no checkpoint") ?? false)
    }

    @Test func `blocks of a former file at the end are a torn end, and not believed`() throws {
        let former = SimulatedDisk()
        var old = try Life.withRoot(on: former)
        try old.run(Workload.request("ghost", 26))
        let disk = SimulatedDisk()
        let life = try Life.start(on: disk, seed: 2).life
        let journal = disk.newest("journal-")
        // The first batch of another life, where the first batch of this one would be.
        disk.overwrite(journal) { bytes in
            let stale = former.bytes(of: journal)[4096..<16_384]
            bytes.replaceSubrange(4096..<16_384, with: stale)
        }
        let (next, recovery) = try Life.start(on: disk.afterPowerCut(seed: 1))
        #expect(next.resources == life.resources)
        #expect(recovery.tornBytes == 12_288)
    }

    @Test func `a journal of another history is noticed by the position it begins in`() throws {
        var disks: [SimulatedDisk] = []
        for (seed, name) in [(UInt64(1), "a"), (2, "b")] {
            let disk = SimulatedDisk()
            var life = try Life.start(on: disk, seed: seed).life
            try life.prepareSpare()
            try life.run(Workload.root(name, "10.0.0.0/24"))
            try life.checkpoint()
            try life.run(Workload.root(name + name, "11.0.0.0/24"))
            disks.append(disk)
        }
        let journal = disks[0].newest("journal-")
        let foreign = disks[1].bytes(of: journal)
        #expect(!foreign.isEmpty)
        disks[0].overwrite(journal) { $0 = foreign }
        #expect(startError(disks[0])?.description.contains("missing or foreign") ?? false)
    }

    @Test func `a frame that does not follow the one before it is damage`() throws {
        let disk = SimulatedDisk()
        _ = try Life.withRoot(on: disk)
        let journal = disk.newest("journal-")
        let block = Array(disk.bytes(of: journal).prefix(4096))
        let header = try FileHeader(block, kind: .journal, generation: 1, file: journal)
        var frame = [UInt8](repeating: 0, count: Frame.headerBytes)
        _ = Frame.finish(
            &frame, .seal, count: 0, first: 2, durableLSN: 1, previous: 0, seed: header.seed)
        disk.overwrite(journal) { $0.replaceSubrange(8192..<12_288, with: frame) }
        #expect(startError(disk)?.description.contains("does not follow") ?? false)
    }

    @Test func `claims that wait are tried again by the first command after a start`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        for name in ["a", "b"] { try life.run(Workload.request(name, 25)) }
        try life.run(Workload.claim("waits", 25))
        #expect(!life.ledger.hasBacklog)
        var next = try Life.start(on: disk).life
        #expect(next.ledger.hasBacklog)
        try next.run(Workload.root("other", "11.0.0.0/24"))
        #expect(!next.ledger.hasBacklog)
    }

    @Test func `the state directory of another machine is refused`() throws {
        let disk = SimulatedDisk()
        _ = try Life.start(on: disk, machineID: 5)
        guard case .foreign = startError(disk, machineID: 6) else {
            Issue.record("A copy was served.")
            return
        }
        #expect(startError(disk, machineID: 5) == nil)
        #expect(startError(disk, machineID: 0) == nil)
    }

    @Test func `a newer format is refused with what to do`() throws {
        let disk = SimulatedDisk()
        _ = try Life.start(on: disk)
        disk.overwrite(disk.newest("checkpoint-")) { bytes in
            bytes.replace(at: 8, with: UInt16(2))
            let check = CRC32C.checksum(bytes.span.extracting(first: 4092).bytes)
            bytes.replace(at: 4092, with: check)
        }
        #expect(startError(disk)?.description.contains("newer version of ipamd") ?? false)
    }

    @Test func `a record with a right check value and no sense is damage, not a trap`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        let record = JournalRecord(
            lsn: 2, time: Instant(milliseconds: 1),
            events: [.remove(ResourceKey(kind: .prefix, namespace: "default", name: "none"))])
        _ = try life.writeUnchecked(record)
        guard case .damaged(_, let offset, let sentence) = startError(disk) else {
            Issue.record("A senseless record was replayed.")
            return
        }
        #expect(offset == 3 * 4096)
        #expect(sentence.contains("makes no sense"))
    }

    @Test func `a block that is given twice is damage, with its place, its change and both owners`()
        throws
    {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.run(Workload.request("a", 26))
        let first = try #require(life.resources.first { $0.key.name == "a" })
        let twin = Resource(
            key: ResourceKey(kind: .prefixAllocation, namespace: first.key.namespace, name: "b"),
            uid: first.uid, version: 3, created: first.created, owner: 1000, spec: first.spec,
            status: first.status, phaseSince: first.phaseSince)
        let record = JournalRecord(lsn: 3, time: Instant(milliseconds: 1), events: [.put(twin)])
        _ = try life.writeUnchecked(record)
        let offset = 5 * 4096
        #expect(
            Store.check(disk).map(\.description) == [
                """
                damage: journal-0000000000000001 at offset \(offset): change 3 makes no sense: \
                10.0.0.0/26 of b (uid 1000) is held in root: 10.0.0.0/26 of a (uid 0)
                """
            ])
        #expect(startError(disk) != nil)
    }

    @Test func `what only the second look refuses gets no name and keeps no room`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        let spec = Spec(family: .ipv4, prefixLength: 26, parent: "root")
        let child = Resource(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "child"),
            uid: ResourceUID(number: 9), version: 2, created: Instant(milliseconds: 1),
            owner: 0, spec: try #require(spec), phaseSince: Instant(milliseconds: 1))
        let record = JournalRecord(lsn: 2, time: Instant(milliseconds: 1), events: [.put(child)])
        _ = try life.writeUnchecked(record)
        let names = disk.fileNames.filter { $0 != "spare" }
        guard case .damaged(_, _, let sentence) = startError(disk) else {
            Issue.record("What is unsound was served.")
            return
        }
        #expect(sentence.hasSuffix("the child child controls no allocation"))
        #expect(disk.fileNames == names)
    }

    @Test func `a flipped bit is harmless, made up for, or refused, and never believed`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        try life.run(Workload.request("a", 26))
        try life.checkpoint()
        try life.run(Workload.request("b", 27))
        var generator = SeededGenerator(seed: 3)
        let files = disk.fileNames.filter { $0.contains("-") }
        for _ in 0..<150 {
            let name = files.randomElement(using: &generator) ?? ""
            let hurt = disk.afterPowerCut(seed: 1)
            // Most of a segment is zeros: look at its beginning.
            let bits = min(hurt.bytes(of: name).count, 5 * 4096) * 8
            hurt.flipBit(of: name, at: Int.random(in: 0..<bits, using: &generator))
            do throws(StoreError) {
                let next = try Life.start(on: hurt).life
                #expect(next.resources == life.resources)
            } catch {
                #expect(!Store.check(hurt).isEmpty)
            }
        }
    }
}

extension Life {
    /// Makes a record durable that the engine never decided.
    fileprivate mutating func writeUnchecked(_ record: JournalRecord) throws -> Commit {
        let encoded = record.encoded
        var bytes = [UInt8](repeating: 0, count: Frame.headerBytes + 4)
        bytes.replace(at: Frame.headerBytes, with: UInt32(encoded.count))
        var journal = journal
        return try journal.commit(
            SealedBatch(first: record.lsn, count: 1, bytes: bytes + encoded))
    }
}
