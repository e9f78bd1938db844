import Glibc

/// Why the store stopped. Nothing is retried: what to do next is the operator's to decide, or
/// that of the next start, which writes new files.
package enum StoreError: Error, Sendable, Hashable {
    /// Another daemon serves the directory; 0 if its process is not known.
    case locked(pid: Int32)
    /// Bytes that were once durable are wrong, and no second copy makes up for them.
    case damaged(file: String, offset: UInt64, sentence: String)
    /// A file of another machine, another daemon's life or a newer format.
    case foreign(file: String, sentence: String)
    case disk(DiskError)
    /// An earlier call failed, and this file is not written again.
    case poisoned(file: String)
    /// One record that no segment has room for.
    case oversized(bytes: Int)

    /// Whether the disk is full, rather than broken.
    package var isNoSpace: Bool {
        if case .disk(let error) = self { error.isNoSpace } else { false }
    }

    /// Whether a background task's error ends the process too: after a failed sync of the
    /// directory, a later one may succeed without having made the lost names durable.
    package var isFatal: Bool {
        if case .disk(let error) = self { error.operation == .syncDirectory } else { false }
    }
}

extension DiskError {
    package var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }
}

extension DiskError: CustomStringConvertible {
    package var description: String {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return "cannot \(operation.rawValue) \(file): \(reason)"
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .locked(let pid):
            let holder = pid == 0 ? "another process" : "process \(pid)"
            return "the state directory is in use by \(holder)"
        case .damaged(let file, let offset, let sentence):
            return "\(file) is damaged at offset \(offset): \(sentence)"
        case .foreign(let file, let sentence): return "\(file) does not belong here: \(sentence)"
        case .disk(let error): return error.description
        case .poisoned(let file):
            return "\(file) is not written again, since an earlier write or sync of it failed"
        case .oversized(let bytes):
            return "a record of \(bytes) bytes is larger than a journal segment"
        }
    }
}
