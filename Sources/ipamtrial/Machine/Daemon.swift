import Glibc

/// The shipped daemon as a service manager runs it: the socket is the trial's, stays open from
/// life to life, and is passed on; clients that come while nobody serves wait in it.
final class Daemon {
    /// How its journal is cut: small, so that segments change and checkpoints are made all the
    /// time.
    struct Settings {
        var segmentMebibytes = 1
        var checkpointMilliseconds = 40
        var logLevel = "warning"
    }

    let socketPath: String
    let statePath: String
    let logPath: String
    private let binary: String
    private let settings: Settings
    private let listener: Int32
    private(set) var program: Program?
    private(set) var startCount = 0

    /// How long a start may take on a busy machine.
    static let startSeconds = 20.0
    private static let logLinesShown = 6

    init(
        binary: String, folder: String, state: String? = nil, settings: Settings = Settings()
    ) throws(TrialError) {
        self.binary = binary
        self.settings = settings
        socketPath = "\(folder)/s"
        statePath = state ?? "\(folder)/state"
        logPath = "\(folder)/daemon.log"
        listener = try Self.listen(at: socketPath)
    }

    deinit {
        program = nil
        close(listener)
        unlink(socketPath)
    }

    /// Beside the program that runs.
    static func path(of program: String) throws(TrialError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { throw .call("find this program", errno: errno) }
        let own = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let path = (folder + [Substring(program)]).joined(separator: "/")
        guard access(path, X_OK) == 0 else { throw .missing("\(path); build it, or name it") }
        return path
    }

    private static func listen(at path: String) throws(TrialError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .failed("\(path) is too long for a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let listener = socket(AF_UNIX, type, 0)
        guard listener >= 0 else { throw .call("make a socket", errno: errno) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        guard result == 0, Glibc.listen(listener, 4096) == 0 else {
            throw .call("listen at \(path)", errno: errno)
        }
        return listener
    }

    /// Starts it, `tracer` before it if there is one: a program that becomes its argument and keeps
    /// the process id, as the announcement of the socket asks for.
    func start(tracer: [String] = []) throws(TrialError) {
        precondition(program == nil, "One daemon serves at a time.")
        startCount += 1
        let announce = "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=ipamd.sock exec \"$@\""
        program = try Program(
            ["/bin/sh", "-c", announce, "sh"] + tracer + [
                binary, "--state", statePath,
                "--segment-size", "\(settings.segmentMebibytes)",
                "--checkpoint-interval", "\(settings.checkpointMilliseconds)ms",
                "--log-level", settings.logLevel,
            ],
            environment: ["SWIFT_BACKTRACE": "enable=no"], socket: listener, output: logPath)
    }

    /// Ends it as a crash would. Says how it ended if it was not this.
    func kill() -> Finding? {
        defer { program = nil }
        guard let end = program?.kill(), end != .signal(SIGKILL) else { return nil }
        return Finding("the daemon ended by itself: \(end)\n\(log)")
    }

    /// Ends it in order. Says how it ended if that was otherwise.
    func stop() -> Finding? {
        program?.signal(SIGTERM)
        let end = program?.wait(seconds: Self.startSeconds)
        if end == nil, program != nil {
            _ = kill()
            return Finding("the daemon did not end in time after SIGTERM\n\(log)")
        }
        program = nil
        if end == .exit(0) || end == nil { return nil }
        return Finding("the daemon was to stop in order: \(end.map(\.description) ?? "")\n\(log)")
    }

    /// Waits for it to end by itself.
    func awaitEnd(seconds: Double) -> Program.End? {
        guard let end = program?.wait(seconds: seconds) else { return nil }
        program = nil
        return end
    }

    var isRunning: Bool { program?.isRunning ?? false }

    /// What it wrote last, each line once but for the time at its beginning, and without the
    /// addresses of a stack.
    var log: String {
        var texts: Set<Substring> = []
        let lines = TrialFolder.tail(of: logPath).split(separator: "\n").reversed().filter {
            !$0.contains("0x") && texts.insert($0.drop { $0 != " " }).inserted
        }
        return lines.prefix(Self.logLinesShown).reversed().joined(separator: "\n")
    }

    /// The highest generation in the state directory: each start and each checkpoint makes one.
    var generation: UInt64 {
        TrialFolder.names(in: statePath).compactMap { name in
            name.split(separator: "-").last.flatMap { UInt64($0, radix: 16) }
        }.max() ?? 0
    }
}
