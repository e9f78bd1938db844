import Glibc
import IPAM
import Systemd

/// A Unix stream socket on which clients arrive, and whether it is ours to remove.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    /// For people.
    let name: String
    /// Where we made it; absent if the service manager did.
    private let ownPath: String?
    private let identity: FileIdentity?

    /// A socket that the service manager made: it stays when we go.
    init(_ socket: Activation.Socket) {
        descriptor = socket.descriptor
        name = "\(socket.name) of the service manager"
        ownPath = nil
        identity = nil
    }

    /// Makes a socket at a path and listens there.
    ///
    /// A socket that a dead process left at the path is replaced; a living one, and anything
    /// that is no socket, is left alone. `mode` says who may connect, as of chmod(2); `group`
    /// shall own the socket, if it is not to be the process's own.
    init(path: String, mode: mode_t, group: gid_t?) throws(SocketError) {
        guard var address = UnixAddress(path) else { throw .pathTooLong(path) }
        try Self.removeStale(path, &address)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .call("socket", path, errno: errno) }
        do throws(SocketError) {
            // Nobody may connect before the mode is the wanted one.
            let mask = umask(0o777)
            let isBound = address.withPointer { bind(descriptor, $0, $1) } == 0
            let error = errno
            umask(mask)
            guard isBound else { throw .call("bind", path, errno: error) }
            if let group, chown(path, uid_t.max, group) != 0 {
                throw .call("chown", path, errno: errno)
            }
            guard chmod(path, mode) == 0 else { throw .call("chmod", path, errno: errno) }
            guard listen(descriptor, DaemonLimits.backlog) == 0 else {
                throw .call("listen", path, errno: errno)
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        name = path
        ownPath = path
        identity = FileIdentity(path)
    }

    /// Removes a socket of ours, unless another process has put its own in the place.
    func removeFile() {
        guard let ownPath, let identity, FileIdentity(ownPath) == identity else { return }
        unlink(ownPath)
    }

    private static func removeStale(
        _ path: String, _ address: inout UnixAddress
    ) throws(SocketError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let probe = socket(
            AF_UNIX,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
                | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw .call("socket", path, errno: errno) }
        defer { close(probe) }
        let answers = address.withPointer { connect(probe, $0, $1) } == 0
        // EAGAIN: somebody listens and is too busy to accept.
        guard !answers, errno == ECONNREFUSED else { throw .inUse(path) }
        guard unlink(path) == 0 else { throw .call("unlink", path, errno: errno) }
    }
}

/// Which file a path leads to, whatever it is called.
private struct FileIdentity: Sendable, Hashable {
    let device: dev_t
    let inode: ino_t

    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
    }
}

/// A path as the socket calls want it.
private struct UnixAddress {
    private var address = sockaddr_un()

    /// Nothing if the path does not fit (unix(7): 107 bytes and a zero).
    init?(_ path: String) {
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !bytes.isEmpty, bytes.count < room else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    }

    mutating func withPointer<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Why no clients can arrive.
enum SocketError: Error, Hashable, CustomStringConvertible {
    case pathTooLong(String)
    case notASocket(String)
    case inUse(String)
    case unknownGroup(String)
    case none
    case activation(ActivationError)
    case call(String, String, errno: Int32)

    var description: String {
        switch self {
        case .pathTooLong(let path):
            "the path of a Unix socket has 1 to 107 bytes, and \(path.quotedForMessage) has not"
        case .notASocket(let path):
            "\(path) exists and is no socket; remove it or name another path"
        case .inUse(let path):
            "another process answers on \(path); stop it or name another path"
        case .unknownGroup(let name):
            "there is no group \(name.quotedForMessage) on this machine"
        case .none:
            """
            the service manager passed no socket, and there is no --socket PATH; start \
            ipamd.socket, or name a path
            """
        case .activation(let error): error.description
        case .call(let call, let path, let errno):
            "cannot make the socket \(path): \(call): \(String(cString: strerror(errno)))"
        }
    }
}
