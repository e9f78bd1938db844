internal import Glibc

/// Standard output and standard error, written whole.
enum StandardStreams {
    /// Writes all of a text. A reader that went away, or a full disk, ends the process: there is
    /// nobody left to tell.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { exit(ExitStatus.ourMistake.rawValue) }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension StandardStreams {
    static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }
}
