import IPAM
import IPAMEngine
import Testing

@testable import IPAMStore
@testable import ipamsim

@Suite struct LedgerTests {
    private let now = Instant(milliseconds: 1)
    private let caller = Workload.administrator

    /// A ledger with a root of 65,536 addresses and so much room.
    private func ledger(_ room: JournalRoom, recordBytesMax: Int = 8192) throws -> Ledger {
        var state = State(incarnation: 7)
        _ = try state.execute(Workload.root("root", "10.0.0.0/16"), by: caller, at: now)
        return Ledger(state, room: room, recordBytesMax: recordBytesMax)
    }

    private let wide = JournalRoom(lsn: 1, currentBytes: 1 << 20, next: .preparing)

    @Test func `nothing that changed nothing makes a batch`() throws {
        var ledger = try ledger(wide)
        #expect(throws: Refusal.self) {
            try ledger.execute(
                .release(.init(names: ["none"])), by: caller, at: now)
        }
        #expect(!ledger.hasOpenBatch)
        #expect(try ledger.sealBatch() == nil)
    }

    @Test func `what is decided while a batch is in flight is the next one`() throws {
        var ledger = try ledger(wide)
        _ = try ledger.execute(Workload.request("a", 26), by: caller, at: now)
        _ = try ledger.execute(Workload.request("b", 26), by: caller, at: now)
        let batch = try #require(try ledger.sealBatch())
        #expect((batch.first, batch.last, batch.count) == (2, 3, 2))
        _ = try ledger.execute(Workload.request("c", 26), by: caller, at: now)
        #expect(ledger.durableLSN == 1)
        ledger.committed(
            Commit(durableLSN: 3, room: wide, needsSpare: false, checkpointIsDue: false))
        #expect(ledger.durableLSN == 3)
        #expect(try ledger.sealBatch()?.first == 4)
    }

    private func code(
        _ ledger: inout Ledger, _ command: Command
    ) -> RefusalCode? {
        do throws(Refusal) {
            _ = try ledger.execute(command, by: caller, at: now)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `without room nothing is decided, and a coming segment is worth a new try`() throws {
        var ledger = try ledger(JournalRoom(lsn: 1, currentBytes: 4096, next: .preparing))
        #expect(code(&ledger, Workload.request("a", 26)) == .busy)
        #expect(ledger.lsn == 1)
        ledger.spareFailed(.disk(DiskError(.write, "spare", code: 28)))
        #expect(code(&ledger, Workload.request("a", 26)) == .storageFull)
        ledger.update(JournalRoom(lsn: 1, currentBytes: 4096, next: .ready(bytes: 65_536)))
        #expect(code(&ledger, Workload.request("a", 26)) == nil)
    }

    @Test func `a room report without a spare does not hide why there is none`() throws {
        var ledger = try ledger(JournalRoom(lsn: 1, currentBytes: 4096, next: .preparing))
        ledger.spareFailed(.disk(DiskError(.write, "spare", code: 28)))
        ledger.update(JournalRoom(lsn: 1, currentBytes: 4096, next: .preparing))
        #expect(code(&ledger, Workload.request("a", 26)) == .storageFull)
    }

    @Test func `releases have a reserve that other commands leave alone`() throws {
        var ledger = try ledger(wide)
        _ = try ledger.execute(Workload.request("a", 26), by: caller, at: now)
        _ = try ledger.sealBatch()
        ledger.committed(
            Commit(
                durableLSN: 2, room: JournalRoom(lsn: 2, currentBytes: 12_288, next: .preparing),
                needsSpare: true, checkpointIsDue: false))
        #expect(code(&ledger, Workload.root("other", "11.0.0.0/16")) == .busy)
        #expect(code(&ledger, .release(.init(names: ["a"]))) == nil)
    }

    @Test func `a dry run needs no room`() throws {
        var ledger = try ledger(.none)
        let preview = Command.request(
            .init(name: "a", prefixLength: 26, parent: "root", isDryRun: true))
        #expect(code(&ledger, preview) == nil)
    }

    @Test func `a batch in flight takes its part of the room that was reported before it`() {
        var room = JournalRoom(lsn: 1, currentBytes: 8192, next: .ready(bytes: 65_536))
        room.take(payload: 5000)
        #expect(room.currentBytes == 0)
        room.take(payload: 5000)
        #expect(room.currentBytes == 65_536 - 8192)
        #expect(room.next == .preparing)
    }

    @Test func `a closed ledger answers queries and says why it takes no commands`() throws {
        var ledger = try ledger(wide)
        ledger.close(.damaged(file: "journal", offset: 4096, sentence: "it is bad"))
        #expect(code(&ledger, Workload.request("a", 26)) == .stateDamaged)
        let list = Query.list(.init(kind: .prefix))
        #expect(throws: Never.self) { try ledger.answer(list, by: caller) }
    }
}
