internal import Glibc

/// A connected Unix stream socket, closed when it goes out of scope. Nothing here waits longer
/// than a deadline.
struct StreamSocket: ~Copyable {
    /// Why bytes do not come or go.
    enum Fault: Error {
        case timedOut
        /// The other side has closed, or a call to the system failed: why, in words.
        case broken(String)
    }

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects, waiting for room in the listener's queue until the deadline.
    static func connected(to path: String, by deadline: Deadline) throws(Fault) -> StreamSocket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard (1...room).contains(path.utf8.count), !path.utf8.contains(0) else {
            throw .broken("the path of a socket has 1 to \(room) bytes")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw fault() }
        let connection = StreamSocket(descriptor: descriptor)
        try connection.connect(to: &address, by: deadline)
        return connection
    }

    /// connect(2) waits for room in the listener's queue for as long as a send may take (unix(7),
    /// socket(7)).
    private borrowing func connect(
        to address: inout sockaddr_un, by deadline: Deadline
    ) throws(Fault) {
        var timeout = deadline.timeValue
        let timeoutSize = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, timeoutSize)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        var result: Int32
        repeat {
            result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, size)
                }
            }
        } while result != 0 && errno == EINTR && !deadline.hasPassed
        guard result == 0 else { throw errno == EAGAIN ? .timedOut : Self.fault() }
    }

    /// Hands all bytes to the system.
    borrowing func send(_ bytes: [UInt8], by deadline: Deadline) throws(Fault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, by: deadline)
            } else if errno != EINTR {
                throw Self.fault()
            }
        }
    }

    /// Waits for bytes and takes what is there; empty when the other side has closed.
    borrowing func receive(
        into buffer: inout [UInt8], by deadline: Deadline
    ) throws(Fault) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
            }
            if count >= 0 { return count }
            if errno == EAGAIN {
                try wait(for: POLLIN, by: deadline)
            } else if errno != EINTR {
                throw Self.fault()
            }
        }
    }

    private borrowing func wait(for events: Int32, by deadline: Deadline) throws(Fault) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let count = poll(&entry, 1, deadline.pollMilliseconds)
        if count == 0, deadline.hasPassed { throw .timedOut }
        if count < 0, errno != EINTR { throw Self.fault() }
    }

    /// What `errno` says.
    private static func fault() -> Fault { .broken(String(cString: strerror(errno))) }
}
