import Glibc

/// A process of the bench. It ends with the bench, however that ends.
final class Program {
    let pid: pid_t
    private let words: [String]
    private var status: Int32?

    /// `output` is the file that what it prints is appended to.
    init(_ words: [String], output: String = "/dev/null") throws(BenchError) {
        // The kernel ends it when the bench has ended: setpriv becomes the program.
        let guarded = ["setpriv", "--pdeathsig=KILL"] + words
        self.words = words
        pid = try Self.spawn(guarded, output: output, errors: output)
    }

    deinit { if status == nil { kill() } }

    private static func spawn(
        _ words: [String], output: String, errors: String
    ) throws(BenchError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        let arguments = words.map { strdup($0) } + [nil]
        defer { for text in arguments { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, words[0], &actions, nil, arguments, environ)
        guard result == 0 else { throw .call("start \(words[0])", errno: result) }
        return pid
    }

    func kill() {
        guard status == nil else { return }
        Glibc.kill(pid, SIGKILL)
        wait()
    }

    /// Ends it in order.
    func stop() throws(BenchError) {
        guard status == nil else { return }
        Glibc.kill(pid, SIGTERM)
        try waitForSuccess()
    }

    var isRunning: Bool {
        guard self.status == nil else { return false }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return true }
        self.status = status
        return false
    }

    private func wait() {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        self.status = status
    }

    func waitForSuccess() throws(BenchError) {
        if status == nil { wait() }
        guard status == 0 else {
            throw .ended(Self.end(of: words, status ?? -1))
        }
    }

    /// How a program has ended that should have ended with 0, from what waitpid(2) says.
    private static func end(of words: [String], _ status: Int32) -> String {
        let how =
            status & 0x7f == 0 ? "exit status \(status >> 8 & 0xff)" : "signal \(status & 0x7f)"
        return "`\(words.joined(separator: " "))` ended with \(how)"
    }

    /// Runs a program to its end, and returns how many nanoseconds that took, from before its start
    /// to after its end.
    static func time(_ words: [String]) throws(BenchError) -> UInt64 {
        let start = Clock.now
        let pid = try spawn(words, output: "/dev/null", errors: "/dev/null")
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let end = Clock.now
        guard status == 0 else {
            throw .ended(Self.end(of: words, status))
        }
        return end - start
    }

    /// Runs a program to its end, and returns what it printed.
    static func output(of words: [String], in folder: BenchFolder) throws(BenchError) -> String {
        let path = "\(folder.path)/output"
        unlink(path)
        let program = try Program(words, output: path)
        do throws(BenchError) {
            try program.waitForSuccess()
        } catch {
            let said = BenchFolder.text(of: path) ?? ""
            throw .ended("\(error): \(said.suffix(500))")
        }
        return BenchFolder.text(of: path) ?? ""
    }

    /// Where the programs are that the bench was built with.
    static func ownFolder() throws(BenchError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { throw .last("find this program") }
        let own = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
    }

    /// Whether a program of that name is installed.
    static func exists(_ name: String) -> Bool {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return folders.contains { access("\($0)/\(name)", X_OK) == 0 }
    }

    /// Memory of the process that is in use, in bytes.
    var residentBytes: Int {
        let text = BenchFolder.text(of: "/proc/\(pid)/smaps_rollup") ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("Rss:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (kibibytes ?? 0) << 10
    }

    /// Time that the process has spent on a processor.
    var processorSeconds: Double {
        // Behind the name in parentheses, fields 14 and 15 of proc(5) are the 12th and 13th.
        let text = BenchFolder.text(of: "/proc/\(pid)/stat") ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
