import CSystemd
import Glibc

/// Structured entries for the system's journal, in journald's native protocol: one datagram is
/// one entry (systemd.io/JOURNAL_NATIVE_PROTOCOL).
///
/// libsystemd's own call waits for as long as journald takes nothing, and reports success where
/// there is no journald. Who wants to count what was lost needs to know both.
package final class JournalLog: Sendable {
    /// The severities of syslog(3), as `PRIORITY` wants them.
    package enum Priority: Int, Sendable, Hashable, Comparable, CaseIterable {
        case emergency = 0
        case alert, critical, error, warning, notice, info, debug

        /// The more severe comes first.
        package static func < (left: Self, right: Self) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// One field of an entry. Names are capital letters, digits and underscores, and begin with
    /// a letter: journald drops any other. Values may hold any bytes: one that has a line break
    /// is written with its length, so no value can forge another field.
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What became of an entry.
    package enum Outcome: Sendable, Hashable {
        case sent
        /// journald has more to read than it takes, and this entry is not among it.
        case busy
        /// Nobody listens, or the entry is too large.
        case failed(errno: Int32)
    }

    /// Where journald listens.
    package static let systemPath = "/run/systemd/journal/socket"

    /// How long one call waits for journald at most.
    package static let patienceMilliseconds = 200

    private let descriptor: Int32
    private let address: sockaddr_un

    /// A way to whoever listens at `path`, if somebody does. It stays good when journald starts
    /// anew: each entry is sent to the path.
    package init?(path: String = JournalLog.systemPath) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard !bytes.isEmpty, bytes.count <= room, access(path, W_OK) == 0 else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        self.address = address
        var patience = timeval(tv_sec: 0, tv_usec: Self.patienceMilliseconds * 1000)
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Writes one entry. If it `waits`, then for at most its patience while journald is busy.
    package func send(_ fields: [Field], waits: Bool = true) -> Outcome {
        let bytes = Self.datagram(fields)
        let flags = Int32(MSG_NOSIGNAL) | (waits ? 0 : Int32(MSG_DONTWAIT))
        while true {
            let count = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(
                        descriptor, bytes, bytes.count, flags, $0,
                        socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if count >= 0 { return .sent }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .busy
            // The numbers are the system's and not an enum of ours.
            default: return .failed(errno: errno)
            }
        }
    }

    /// | a value | is written as |
    /// |---|---|
    /// | without a line break | name, `=`, value, line break |
    /// | any | name, line break, length (64 bits, little-endian), value, line break |
    static func datagram(_ fields: [Field]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        for field in fields {
            bytes += field.name.utf8
            if field.value.utf8.contains(UInt8(ascii: "\n")) {
                bytes.append(UInt8(ascii: "\n"))
                withUnsafeBytes(of: UInt64(field.value.utf8.count).littleEndian) { bytes += $0 }
            } else {
                bytes.append(UInt8(ascii: "="))
            }
            bytes += field.value.utf8
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
