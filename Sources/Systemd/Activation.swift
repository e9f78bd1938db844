import CSystemd
import Glibc

/// Sockets that the service manager opened before it started this process (sd_listen_fds(3)).
package enum Activation {
    /// A listening socket and the name that the socket unit gives it (`FileDescriptorName=`).
    package struct Socket: Sendable, Hashable {
        package let name: String
        package let descriptor: Int32

        package init(name: String, descriptor: Int32) {
            self.name = name
            self.descriptor = descriptor
        }
    }

    /// Takes what was passed, and removes the variables that announce it, so that no child
    /// process takes the descriptors for its own.
    ///
    /// Call it once, before any thread starts: it changes the environment.
    /// - Returns: The sockets in the order in which they were passed; none if the process was
    ///   not started by a service manager with sockets.
    /// - Throws: If the announcement cannot be read, or a descriptor is anything but a
    ///   listening Unix stream socket.
    package static func takeSockets() throws(ActivationError) -> [Socket] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count >= 0 else { throw .unreadable(errno: -count) }
        defer {
            for index in 0..<Int(count) { free(names?[index]) }
            free(names)
        }
        var sockets: [Socket] = []
        for index in 0..<count {
            let name = names?[Int(index)].map { String(cString: $0) } ?? ""
            let socket = Socket(name: name, descriptor: SD_LISTEN_FDS_START + index)
            try check(socket)
            sockets.append(socket)
        }
        return sockets
    }

    /// Refuses what nobody can accept a connection from, so that a wrong unit file is found at
    /// start and not at the first client.
    static func check(_ socket: Socket) throws(ActivationError) {
        let result = sd_is_socket_unix(socket.descriptor, Int32(SOCK_STREAM.rawValue), 1, nil, 0)
        guard result > 0 else { throw .notAListeningUnixSocket(socket) }
    }
}

/// Why no listening socket could be taken from the service manager.
package enum ActivationError: Error, Hashable, CustomStringConvertible {
    case unreadable(errno: Int32)
    case notAListeningUnixSocket(Activation.Socket)

    package var description: String {
        switch self {
        case .unreadable(let errno):
            """
            the service manager announces sockets (LISTEN_FDS, LISTEN_FDNAMES) in a way that \
            cannot be read: \(String(cString: strerror(errno)))
            """
        case .notAListeningUnixSocket(let socket):
            """
            descriptor \(socket.descriptor) ("\(socket.name)") from the service manager is no \
            listening Unix stream socket; its socket unit needs ListenStream= with a path
            """
        }
    }
}
