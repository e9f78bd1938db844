import Glibc
import Testing

@testable import Systemd

@Suite struct `The journal` {
    @Test func `severities are those of syslog, the worst first`() {
        #expect(JournalLog.Priority.allCases.map(\.rawValue) == Array(0...7))
        #expect(JournalLog.Priority.error < .info)
    }

    @Test func `a value with a line break has its length, so that it cannot forge a field`() {
        let entry = JournalLog.Entry(
            ("MESSAGE", "one\nPRIORITY=0"), ("PRIORITY", "6"), ("IPAM_NAME", "ä"))
        let length: [UInt8] = [14, 0, 0, 0, 0, 0, 0, 0]
        #expect(
            entry.bytes
                == Array("MESSAGE\n".utf8) + length
                + Array("one\nPRIORITY=0\nPRIORITY=6\nIPAM_NAME=ä\n".utf8))
    }

    @Test func `an entry is one datagram`() throws {
        let socket = try TestJournal()
        let journal = try #require(JournalLog(path: socket.path))
        #expect(journal.send(.init(("MESSAGE", "first"), ("PRIORITY", "7"))) == .sent)
        #expect(journal.send(.init(("MESSAGE", "second"))) == .sent)
        #expect(socket.receive() == "MESSAGE=first\nPRIORITY=7\n")
        #expect(socket.receive() == "MESSAGE=second\n")
    }

    @Test func `a journald that reads nothing is busy, and takes more when it reads again`() throws
    {
        let socket = try TestJournal()
        let journal = try #require(JournalLog(path: socket.path))
        let entry = JournalLog.Entry(("MESSAGE", String(repeating: "x", count: 3000)))
        var sent = 0
        while journal.send(entry, waits: false) == .sent { sent += 1 }
        #expect(sent > 0)
        #expect(journal.send(entry) == .busy)
        for _ in 0..<sent { #expect(socket.receive() != nil) }
        #expect(journal.send(entry) == .sent)
    }

    @Test func `nobody who listens, and too much, are told from success`() throws {
        var socket: TestJournal? = try TestJournal()
        let path = try #require(socket?.path)
        let journal = try #require(JournalLog(path: path))
        let large = JournalLog.Entry(("MESSAGE", String(repeating: "x", count: 1 << 20)))
        #expect(journal.send(large) == .failed(errno: EMSGSIZE))
        socket = nil
        #expect(journal.send(.init(("MESSAGE", "lost"))) == .failed(errno: ENOENT))
        #expect(JournalLog(path: path) == nil)
    }

    @Test func `a journald that listens anew gets the next entry`() throws {
        let socket = try TestJournal()
        let journal = try #require(JournalLog(path: socket.path))
        #expect(journal.send(.init(("MESSAGE", "one"))) == .sent)
        #expect(socket.receive() == "MESSAGE=one\n")
        try socket.listenAnew()
        #expect(journal.send(.init(("MESSAGE", "two"))) == .sent)
        #expect(socket.receive() == "MESSAGE=two\n")
    }
}

extension JournalLog.Entry {
    fileprivate init(_ fields: (name: String, value: String)...) {
        self.init()
        for field in fields { append(field.name, field.value) }
    }
}

/// A journald of a test: a socket in a folder of its own.
private final class TestJournal {
    private let folder: String
    private var socket: TestSocket
    let path: String

    init() throws {
        var template = Array("/tmp/ipamd-journal.XXXXXX".utf8CString)
        folder = try String(cString: #require(mkdtemp(&template)))
        path = folder + "/socket"
        socket = try #require(TestSocket(boundTo: path, type: SOCK_DGRAM))
    }

    deinit {
        unlink(path)
        rmdir(folder)
    }

    func listenAnew() throws {
        unlink(path)
        socket = try #require(TestSocket(boundTo: path, type: SOCK_DGRAM))
    }

    func receive() -> String? { socket.receive() }
}
