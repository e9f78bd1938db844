import Glibc
import Synchronization

/// A process that a trial has started.
final class Program {
    let pid: pid_t
    private var status: Int32?
    /// Whether it has to be ended if the trial is: the daemon. The others see for themselves.
    private let isGuarded: Bool

    /// How a process has ended.
    enum End: Equatable, CustomStringConvertible {
        case exit(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .exit(let status): "exit status \(status)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    /// Starts a program. `socket` becomes its descriptor 3, and what it prints goes to a file.
    init(
        _ words: [String], environment: [String: String] = [:], socket: Int32? = nil,
        output: String = "/dev/null", isGuarded: Bool = true
    ) throws(TrialError) {
        self.isGuarded = isGuarded
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        if let socket { posix_spawn_file_actions_adddup2(&actions, socket, 3) }
        var variables = environment.map { "\($0.key)=\($0.value)" }
        var next = environ
        while let variable = next.pointee {
            let text = String(cString: variable)
            if !environment.keys.contains(where: { text.hasPrefix("\($0)=") }) {
                variables.append(text)
            }
            next += 1
        }
        let arguments = words.map { strdup($0) } + [nil]
        let settings = variables.map { strdup($0) } + [nil]
        defer { for text in arguments + settings { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, words[0], &actions, nil, arguments, settings)
        guard result == 0 else { throw .call("start \(words[0])", errno: result) }
        self.pid = pid
        guarded(pid)
    }

    private func guarded(_ pid: pid_t) {
        if isGuarded { Interruption.running.store(pid, ordering: .sequentiallyConsistent) }
    }

    deinit { if status == nil { _ = kill() } }

    func signal(_ signal: Int32) { if status == nil { Glibc.kill(pid, signal) } }

    /// Ends it at once, and says how it ended: by this, or by itself before.
    func kill() -> End {
        signal(SIGKILL)
        return wait()
    }

    /// Waits for the end.
    func wait() -> End {
        if status == nil {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            self.status = status
            guarded(0)
        }
        return end
    }

    /// Waits for the end, but not for ever.
    func wait(seconds: Double) -> End? {
        let deadline = Clock.now + UInt64(seconds * 1e9)
        while isRunning {
            guard Clock.now < deadline else { return nil }
            usleep(500)
        }
        return end
    }

    var isRunning: Bool {
        guard self.status == nil else { return false }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return true }
        self.status = status
        guarded(0)
        return false
    }

    private var end: End {
        let status = status ?? 0
        return status & 0x7f == 0 ? .exit(status >> 8 & 0xff) : .signal(status & 0x7f)
    }

    /// Runs a program to its end, and throws if it fails.
    static func run(_ words: [String], output: String = "/dev/null") throws(TrialError) {
        let end = try Program(words, output: output).wait()
        guard end == .exit(0) else {
            throw .failed("\(words.joined(separator: " ")): \(end)")
        }
    }

    /// Where a program is that the path names; nothing if there is none.
    static func exists(_ name: String) -> Bool {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return folders.contains { access("\($0)/\(name)", X_OK) == 0 }
    }
}

/// Who ends the trial leaves no daemon behind.
enum Interruption {
    /// The daemon that runs now; 0 if none does.
    static let running = Atomic<Int32>(0)

    static func endsDaemon() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                let pid = Interruption.running.load(ordering: .relaxed)
                if pid > 0 { Glibc.kill(pid, SIGKILL) }
                _exit(128 + number)
            }
        }
    }
}
