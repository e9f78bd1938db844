internal import Glibc

/// Standard output and standard error, written whole.
enum StandardStreams {
    /// Writes all of a text. When that fails the process ends: a script that did not get the
    /// answer does not know it, so it is told "outcome unknown".
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let why = String(cString: strerror(errno))
                if descriptor == STDOUT_FILENO {
                    writeError("ipamc: output: standard output cannot be written: \(why)\n")
                }
                exit(ExitStatus.outcomeUnknown.rawValue)
            }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension StandardStreams {
    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }
}
