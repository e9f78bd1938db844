import Foundation
import Glibc
import IPAM
import IPAMWire
import Synchronization

/// A daemon that follows a script: what it does on its first connection, on its second, and so
/// on. Built of the real `ServerSession`, so that only what it decides is made up.
final class FakeDaemon: Sendable {
    typealias Script = @Sendable (inout FakeConnection) -> Void

    let path: String
    private let directory: URL
    private let listener: Int32
    private let accepted = Atomic<Int>(0)
    fileprivate let received = Atomic<Int>(0)

    /// How many connections there were so far.
    var connectionCount: Int { accepted.load(ordering: .acquiring) }

    /// Has a script for each connection; the last one serves all that come after.
    init(_ scripts: Script...) throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("ipam-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appendingPathComponent("s").path
        listener = try Self.listen(path)
        let listener = listener
        Thread.detachNewThread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                let index = accepted.add(1, ordering: .acquiringAndReleasing).oldValue
                let script = scripts[min(index, scripts.count - 1)]
                Thread.detachNewThread {
                    var connection = FakeConnection(descriptor, self)
                    script(&connection)
                    connection.close()
                }
            }
        }
    }

    /// Returns once that many requests have arrived; false if they do not.
    func hasReceived(_ count: Int) async throws -> Bool {
        for _ in 0..<2000 {
            if received.load(ordering: .acquiring) >= count { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// Nobody listens any more; a daemon may be started again at the same path.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        unlink(path)
    }

    private static func listen(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard result == 0, Glibc.listen(descriptor, 16) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL)
        }
        return descriptor
    }
}

/// One connection to a fake daemon.
struct FakeConnection {
    private let descriptor: Int32
    fileprivate let daemon: FakeDaemon
    var session = ServerSession(role: .administrator, incarnation: 7, software: "fake 1")
    private var decoder = FrameDecoder()
    private var isClosed = false
    /// Bytes that one write hands over; small ones show that answers may come in pieces.
    var pieceBytes = Int.max

    fileprivate init(_ descriptor: Int32, _ daemon: FakeDaemon) {
        self.descriptor = descriptor
        self.daemon = daemon
        // A test that went wrong must not leave a thread behind for ever.
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
    }

    /// The next request, after the hello was answered; nothing when the client has closed.
    mutating func next() -> (request: IPAMWire.Request, id: CorrelationID)? {
        while let frame = nextFrame() {
            switch session.receive(frame, durableLSN: FakeConnection.durableLSN) {
            case .execute(let command, let id):
                daemon.received.add(1, ordering: .releasing)
                return (.command(command), id)
            case .answer(let query, let id):
                daemon.received.add(1, ordering: .releasing)
                return (.query(query), id)
            case .watch(let watch, let id):
                daemon.received.add(1, ordering: .releasing)
                return (.watch(watch), id)
            case .cancel(let meant, let id):
                daemon.received.add(1, ordering: .releasing)
                return (.cancel(meant), id)
            case .send(let bytes), .close(let bytes): write(bytes)
            case .wait: continue
            }
        }
        return nil
    }

    private mutating func nextFrame() -> Frame? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            do {
                if let frame = try decoder.next() { return frame }
            } catch {
                return nil
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            decoder.append(buffer[..<count])
        }
    }

    mutating func answer(_ answer: Answer, _ id: CorrelationID, lsn: UInt64 = 41) {
        write(session.reply(Reply(lsn: lsn, answer: answer), to: id))
    }

    mutating func refuse(_ code: RefusalCode, _ id: CorrelationID) {
        write(session.refuse(Refusal(code, "no"), lsn: 41, to: id))
    }

    mutating func event(_ changes: [Watch.Change], _ id: CorrelationID, lsn: UInt64) {
        write(session.event(Watch.Event(lsn: lsn, changes: changes), to: id))
    }

    /// Waits until a watch is cancelled, and ends it at a position.
    mutating func endWatch(_ id: CorrelationID, lsn: UInt64) {
        guard case (.cancel(id), let cancel)? = next() else { return }
        write(session.watchEnded(lsn: lsn, to: id))
        write(session.cancelled(found: true, lsn: lsn, to: cancel))
    }

    mutating func goodbye(_ code: ProtocolError.Code) {
        write(session.goodbye(ProtocolError(code, "so long")))
    }

    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieceBytes))
            guard send(descriptor, piece, piece.count, Int32(MSG_NOSIGNAL)) > 0 else { return }
            rest = rest.dropFirst(piece.count)
        }
    }

    mutating func close() {
        guard !isClosed else { return }
        isClosed = true
        Glibc.close(descriptor)
    }
}

extension FakeConnection {
    /// Answers every request as an empty daemon might.
    mutating func serve() {
        while let (request, id) = next() { answerPlainly(request, id) }
    }

    mutating func answerPlainly(_ request: IPAMWire.Request, _ id: CorrelationID) {
        if let answer = Self.plainAnswer(request) {
            self.answer(answer, id)
        } else if case .cancel = request {
            write(session.cancelled(found: false, lsn: 41, to: id))
        }
    }
}

extension FakeConnection {
    /// Answers the hello and says goodbye at once, with nothing in flight.
    mutating func greetAndSayGoodbye() {
        guard let frame = nextFrame(),
            case .send(let bytes) = session.receive(frame, durableLSN: FakeConnection.durableLSN)
        else { return }
        write(bytes)
        goodbye(.shuttingDown)
        waitForClose()
    }

    /// Nobody listens any more.
    func stopDaemon() { daemon.stop() }

    /// Takes its time.
    func pause(_ duration: Duration) { usleep(useconds_t(duration / .microseconds(1))) }

    /// Reads until the client has closed, and says nothing.
    mutating func waitForClose() {
        while nextFrame() != nil {}
    }
}
