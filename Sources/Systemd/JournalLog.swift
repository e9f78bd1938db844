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

    /// One entry as journald wants it, made field by field in one buffer.
    ///
    /// | a value | is written as |
    /// |---|---|
    /// | without a line break | name, `=`, value, line break |
    /// | any | name, line break, length (64 bits, little-endian), value, line break |
    package struct Entry: Sendable, Hashable {
        package private(set) var bytes: [UInt8] = []

        package init() {
            // Most entries have less, and to grow is to copy.
            bytes.reserveCapacity(640)
        }

        /// Names are capital letters, digits and underscores, and begin with a letter: journald
        /// drops any other. Values may hold any bytes: one that has a line break is written with
        /// its length, so no value can forge another field.
        package mutating func append(_ name: String, _ value: String) {
            append(name)
            let start = bytes.count
            bytes.append(UInt8(ascii: "="))
            append(value)
            if bytes[start...].contains(UInt8(ascii: "\n")) {
                let count = UInt64(bytes.count - start - 1).littleEndian
                bytes[start] = UInt8(ascii: "\n")
                withUnsafeBytes(of: count) { bytes.insert(contentsOf: $0, at: start + 1) }
            }
            bytes.append(UInt8(ascii: "\n"))
        }

        private mutating func append(_ text: String) {
            var text = text
            text.withUTF8 { bytes.append(contentsOf: $0) }
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
    package static let patienceMilliseconds: UInt32 = 200
    /// How long journald is let alone when it has as much to read as the kernel keeps for it,
    /// which may be ten entries; twice as long each time that this was too short. To wait for
    /// room for one entry would wake this thread for each that journald takes, and both would
    /// be busy with changing places.
    private static let pauseMicrosecondsFirst: UInt32 = 100
    private static let pauseMicrosecondsMax: UInt32 = 1600

    private let descriptor: Int32
    private let address: sockaddr_un

    /// A way to whoever listens at `path`, if somebody does. It stays good when journald starts
    /// anew.
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
    }

    deinit { close(descriptor) }

    /// Writes one entry. If it `waits`, then for at most its patience while journald is busy.
    package func send(_ entry: Entry, waits: Bool = true) -> Outcome {
        var pause = Self.pauseMicrosecondsFirst
        var left = waits ? Self.patienceMilliseconds * 1000 : 0
        while true {
            let outcome = put(entry.bytes)
            guard outcome == .busy, left > 0 else { return outcome }
            usleep(pause)
            left -= min(left, pause)
            pause = min(2 * pause, Self.pauseMicrosecondsMax)
        }
    }

    private func put(_ bytes: [UInt8]) -> Outcome {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        var hasConnected = false
        while true {
            if Glibc.send(descriptor, bytes, bytes.count, flags) >= 0 { return .sent }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .busy
            // The first entry, or journald listens anew: to look the path up for each entry
            // would take a third of the time that an entry takes.
            case ENOTCONN, ECONNREFUSED:
                guard !hasConnected, connect() else { return .failed(errno: errno) }
                hasConnected = true
            // The numbers are the system's and not an enum of ours.
            default: return .failed(errno: errno)
            }
        }
    }

    private func connect() -> Bool {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
