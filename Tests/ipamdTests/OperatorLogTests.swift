import IPAM
import IPAMEngine
import NIOCore
import Systemd
import Testing

@testable import ipamd

@Suite struct `The operator's log` {
    private let journal: FakeJournal
    private let log: OperatorLog

    init() throws {
        journal = try FakeJournal()
        let writer = try #require(JournalLog(path: journal.path))
        log = OperatorLog(level: .info, journal: writer, writesStandardError: false)
    }

    private func entry(_ text: String, uid: UInt32? = nil) -> LogEntry {
        let entry = LogEntry(.noticed, .info, text)
        return uid.map { entry.with(Caller(uid: $0, gid: 0, pid: 1, role: .agent)) } ?? entry
    }

    @Test func `keeps the order, and leaves out what is below its level`() throws {
        for number in 0..<5 { log.write(entry("\(number)")) }
        log.write(LogEntry(.noticed, .debug, "too much"))
        log.write(entry("last"))
        let texts = try (0..<6).map { _ in try journal.next()?["MESSAGE"] }
        #expect(texts == ["0", "1", "2", "3", "4", "last"])
    }

    @Test func `takes entries while journald reads nothing, and tells how many it lost`() throws {
        let count = LogQueue.weightMax + 5000
        for number in 0..<count { log.write(entry("\(number)")) }
        let dropped = log.droppedCount
        #expect(dropped > 0)
        var told: [String] = []
        while let text = try journal.next(), text["IPAM_DROPPED"] == nil {
            told.append(text["MESSAGE"] ?? "")
            if told.count + Int(dropped) == count { break }
        }
        let gap = try journal.next("MESSAGE_ID", Message.entriesDropped.rawValue)
        #expect(gap["IPAM_DROPPED"] == String(dropped))
        #expect(told == (0..<told.count).map(String.init))
    }

    @Test func `ends though journald reads nothing`() {
        for number in 0..<1000 { log.write(entry("\(number)")) }
        log.finish()
        #expect(log.droppedCount > 0)
    }

    @Test func `tells what it lost when journald is there again`() throws {
        journal.stop()
        for number in 0..<3 { log.write(entry("\(number)")) }
        log.finish()
        #expect(log.droppedCount == 3)
        try journal.listen()
        log.write(entry("again"))
        // The log's own thread may come to the loss before this entry is there.
        let entries = [try #require(try journal.next()), try #require(try journal.next())]
        let again = entries.first { $0["MESSAGE"] == "again" }
        #expect(again?["MESSAGE_ID"] == Message.noticed.rawValue)
        let loss = entries.first { $0["IPAM_DROPPED"] == "3" }
        #expect(loss?["PRIORITY"] == "4")
    }

    @Test func `tells what was left out of a flood before it ends`() throws {
        let caller = Caller(uid: 1000, gid: 0, pid: 1, role: .agent)
        var admitted: UInt64 = 0
        for _ in 0..<100 where log.admits(caller) { admitted += 1 }
        log.finish()
        let told = try journal.next("MESSAGE_ID", Message.entriesSuppressed.rawValue)
        #expect(told["IPAM_PEER_UID"] == "1000")
        #expect(told["IPAM_SUPPRESSED"] == String(100 - admitted))
    }
}

@Suite struct `The queue of the log` {
    private func note(uid: UInt32?) -> OperatorLog.Note {
        let entry = LogEntry(.noticed, .info, "")
        guard let uid else { return .entry(entry, since: nil) }
        return .entry(entry.with(Caller(uid: uid, gid: 0, pid: 1, role: .agent)), since: nil)
    }

    private func change(lsn: UInt64, uid: UInt32, objects: Int) -> OperatorLog.Note {
        let caller = Caller(uid: uid, gid: 0, pid: 1, role: .agent)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "pods")
        let events = [Event](repeating: .remove(key), count: objects)
        return .change(
            Change(
                operation: "release", asker: Asker(caller: caller, arrival: .now()), lsn: lsn,
                consequences: Consequences(events: events, inverses: events)))
    }

    @Test func `has room for others however much one user writes`() {
        var queue = LogQueue()
        for _ in 0..<LogQueue.weightMax { queue.append(note(uid: 1), answeredAt: .now()) }
        #expect(queue.weight == LogQueue.weightMax / 2)
        for _ in 0..<LogQueue.weightMax { queue.append(note(uid: 2), answeredAt: .now()) }
        let dropped = queue.droppedEver
        queue.append(note(uid: 3), answeredAt: .now())
        queue.append(note(uid: nil), answeredAt: .now())
        #expect(queue.droppedEver == dropped)
    }

    @Test func `counts objects, and gives their room back when they are written`() {
        var queue = LogQueue()
        queue.append(change(lsn: 1, uid: 1, objects: 20_000), answeredAt: .now())
        #expect(queue.weight == 20_000)
        queue.append(note(uid: 1), answeredAt: .now())
        #expect(queue.droppedEver == 1)
        let taken = queue.take()
        #expect(queue.weight == 20_000)
        queue.written(taken.notes[...])
        #expect(queue.weight == 0)
        queue.append(note(uid: 1), answeredAt: .now())
        #expect(queue.droppedEver == 1)
    }

    @Test func `says which changes it lost`() {
        var queue = LogQueue()
        queue.lost(1, lsn: 7)
        queue.lost(2, lsn: 5)
        queue.lost(1, lsn: nil)
        let loss = queue.take().loss
        #expect(loss == LogQueue.Loss(count: 4, lsns: 5...7))
        queue.lost(1, lsn: 9)
        if let loss { queue.putBack(loss) }
        #expect(queue.take().loss == LogQueue.Loss(count: 5, lsns: 5...9))
        #expect(queue.droppedEver == 5)
    }
}
