import Glibc

/// A connection of an attacker. Nothing here ever waits.
final class HostileSocket {
    let descriptor: Int32

    enum Outcome {
        case moved(Int)
        case later
        case ended
    }

    /// Connects at once, or not at all: the daemon's queue may be full.
    init?(path: String) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        if result != 0 { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Sends the bytes, with copies of a descriptor beside the first of them.
    func send(_ bytes: ArraySlice<UInt8>, descriptors: [Int32] = []) -> Outcome {
        let count = bytes.withUnsafeBytes { buffer in
            if descriptors.isEmpty {
                return Glibc.send(
                    descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            var part = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: buffer.baseAddress),
                iov_len: buffer.count)
            var control = Self.control(descriptors)
            return withUnsafeMutablePointer(to: &part) { part in
                control.withUnsafeMutableBytes { control in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                }
            }
        }
        return outcome(count)
    }

    /// Room for what comes; the caller keeps it.
    func receive(into buffer: inout [UInt8]) -> Outcome {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count == 0 ? .ended : outcome(count)
    }

    private func outcome(_ count: Int) -> Outcome {
        if count >= 0 { return .moved(count) }
        return errno == EAGAIN || errno == EINTR || errno == ETOOMANYREFS ? .later : .ended
    }

    /// The control message that passes descriptors on (cmsg(3)): a header of length, level and
    /// type, then the numbers, padded to whole words.
    private static func control(_ descriptors: [Int32]) -> [UInt8] {
        let headerBytes = MemoryLayout<cmsghdr>.size
        let length = headerBytes + descriptors.count * MemoryLayout<Int32>.size
        let word = MemoryLayout<Int>.size
        var header = cmsghdr()
        header.cmsg_len = length
        header.cmsg_level = SOL_SOCKET
        header.cmsg_type = Int32(SCM_RIGHTS)
        var bytes = withUnsafeBytes(of: header) { Array($0) }
        for descriptor in descriptors {
            withUnsafeBytes(of: descriptor) { bytes.append(contentsOf: $0) }
        }
        bytes += [UInt8](repeating: 0, count: (word - length % word) % word)
        return bytes
    }
}
