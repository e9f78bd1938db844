import CSystemd
import Glibc

/// Structured entries for the system's journal (sd_journal_sendv(3)).
package enum JournalLog {
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
    /// a letter: journald drops any other. Values may hold any bytes: each is written with its
    /// length, so no value can forge another field.
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Where journald listens.
    private static let socketPath = "/run/systemd/journal/socket"

    /// Whether there is a journald to write to. `sd_journal_sendv` reports success without one,
    /// so whoever wants its lines seen must ask.
    package static var isAvailable: Bool { access(socketPath, W_OK) == 0 }

    /// Writes one entry. May wait while journald is busy: not for an event loop.
    /// - Returns: Whether the entry was handed over.
    package static func send(_ fields: [Field]) -> Bool {
        let lines = fields.map { Array("\($0.name)=\($0.value)".utf8) }
        return withVectors(lines) { vectors in
            sd_journal_sendv(vectors.baseAddress, Int32(vectors.count)) == 0
        }
    }

    /// Lends the lines as the vectors of writev(2), valid within the closure alone.
    private static func withVectors<Result>(
        _ lines: [[UInt8]], _ body: (UnsafeBufferPointer<iovec>) -> Result
    ) -> Result {
        var bytes = Array(lines.joined())
        return bytes.withUnsafeMutableBytes { buffer in
            var offset = 0
            let vectors = lines.map { line in
                defer { offset += line.count }
                return iovec(
                    iov_base: buffer.baseAddress.map { $0 + offset }, iov_len: line.count)
            }
            return vectors.withUnsafeBufferPointer(body)
        }
    }
}
