import Glibc

/// What strace(1) does to the daemon's system calls.
struct Fault: CustomStringConvertible {
    /// The call, as strace names it.
    let call: String
    let effect: Effect
    /// From the n-th call of a thread on, and not the n-th alone.
    var isLasting = false
    /// Calls of other parts of the process are left alone.
    var isOfStateDirectory = false

    enum Effect {
        case error(String)
        /// The call does nothing, and says that it has taken no byte.
        case nothingTaken
        case kill

        var words: String {
            switch self {
            case .error(let name): "error=\(name)"
            case .nothingTaken: "retval=0"
            case .kill: "signal=KILL"
            }
        }

        var isKill: Bool { if case .kill = self { true } else { false } }
    }

    init(_ call: String, _ effect: Effect, isLasting: Bool = false) {
        self.call = call
        self.effect = effect
        self.isLasting = isLasting
        isOfStateDirectory = call == "openat"
    }

    var description: String { "\(call) \(effect.words)\(isLasting ? " for ever" : "")" }

    /// The program that becomes the daemon, with the tracer as its grandchild: so the process id is
    /// the daemon's own, and its end is seen as it is.
    func tracer(at index: Int, state: String, log: String) -> [String] {
        var words = ["strace", "-D", "-f", "-q", "-o", log, "-e", "trace=\(call)"]
        words += ["-e", "inject=\(call):\(effect.words):when=\(index)\(isLasting ? "+" : "")"]
        if isOfStateDirectory { words += ["-P", state] }
        return words
    }

    /// Whether the tracer did it, by what it wrote.
    static func wasInjected(log: String) -> Bool {
        let file = open(log, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count <= 0 { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self).contains("INJECTED")
    }

    /// Every call by which the store reads and changes its directory, and how each can fail.
    static let all: [Fault] = {
        let disk: [Effect] = [.error("EIO"), .error("ENOSPC"), .kill]
        let once: [(String, [Effect])] = [
            ("fdatasync", disk),
            ("fsync", disk),
            ("pwrite64", disk + [.nothingTaken]),
            ("renameat", disk),
            ("openat", [.error("EIO"), .error("EMFILE"), .error("ENOSPC"), .kill]),
            ("unlinkat", [.error("EIO"), .kill]),
            ("getdents64", [.error("EIO"), .kill]),
            ("pread64", [.kill]),
            ("ftruncate", [.error("EIO"), .kill]),
            ("flock", [.error("ENOLCK"), .kill]),
        ]
        let lasting: [(String, Effect)] = [
            ("fdatasync", .error("EIO")), ("fsync", .error("EIO")), ("pwrite64", .error("ENOSPC")),
            ("pwrite64", .error("EIO")), ("renameat", .error("EIO")), ("openat", .error("EMFILE")),
            ("unlinkat", .error("EIO")), ("getdents64", .error("EIO")),
        ]
        return once.flatMap { call, effects in effects.map { Fault(call, $0) } }
            + lasting.map { Fault($0.0, $0.1, isLasting: true) }
    }()
}
