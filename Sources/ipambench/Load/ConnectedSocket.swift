import Glibc
import IPAMWire

/// A connection whose calls wait, and whose hello was answered unless it is none of the daemon's.
struct ConnectedSocket: ~Copyable {
    let descriptor: Int32

    init(to path: String) throws(BenchError) { descriptor = try Self.connected(to: path) }

    private static func connected(to path: String) throws(BenchError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .wrong("\(path) is too long for a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .last("make a socket") }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, size)
            }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            throw .call("connect to \(path)", errno: number)
        }
        return descriptor
    }

    deinit { close(descriptor) }

    /// Gives the descriptor away.
    consuming func release() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    /// Says hello, and waits for the answer.
    borrowing func greet(_ session: inout ClientSession) throws(BenchError) {
        try send(session.hello())
        guard case .hello = try nextEvent(&session) else {
            throw .wrong("the daemon does not say hello")
        }
    }

    borrowing func send(_ bytes: [UInt8]) throws(BenchError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 || errno == EINTR else { throw .last("send") }
            sent += max(0, count)
        }
    }

    /// The next thing that the daemon says.
    borrowing func nextEvent(
        _ session: inout ClientSession
    ) throws(BenchError) -> ClientSession.Event {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            do throws(ProtocolError) {
                if let event = try session.next() { return event }
            } catch {
                throw .wrong("the daemon does not speak the protocol: \(error)")
            }
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count != 0 else { throw .ended("the daemon has closed a connection") }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .last("recv")
            }
            session.append(piece[..<count])
        }
    }
}

extension ConnectedSocket {
    /// Says hello, asks, and returns the size of the body that comes back.
    borrowing func bodyBytes(ofAnswerTo step: LoadStep) throws(BenchError) -> Int {
        var session = ClientSession(software: "ipambench")
        try greet(&session)
        try send(step.frame)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { throw .last("recv") }
            bytes += piece[..<count]
            guard bytes.count >= FrameHeader.byteCount else { continue }
            do throws(ProtocolError) {
                return try FrameHeader.parse(bytes.span.bytes).bodyBytes
            } catch {
                throw .wrong("the daemon does not speak the protocol: \(error)")
            }
        }
    }
}
