import Foundation
import Glibc
import Testing

/// A real daemon of one test: a process of its own, in a directory of its own, which the end of
/// the test ends and removes.
final class DaemonProcess {
    /// How a test lets clients arrive.
    enum Start {
        /// The daemon makes its socket.
        case socket
        /// systemd-socket-activate makes it, and starts the daemon with the first client.
        case activated
        /// The daemon makes its socket, and may have so many descriptors.
        case limited(descriptors: Int)
        /// The daemon makes its socket, and no file grows beyond so many bytes: the write that
        /// would comes back short, and the one after it fails (setrlimit(2), RLIMIT_FSIZE).
        case limitedFiles(bytes: Int)
        /// The daemon makes its socket, and strace(1) injects faults into its system calls.
        case traced(inject: String)
        /// The daemon makes its socket, and finds in this folder what is journald's on the machine.
        case journalled(folder: String)
    }

    /// Longer than anything here takes on a busy machine; a test that gets there has failed.
    static let deadline = 30.0

    static let strace = "/usr/bin/strace"

    let folder: String
    private(set) var process: Process
    private let start: Start
    private let extraArguments: [String]
    /// A start is quicker with small segments; large commands need larger ones.
    private let segmentMebibytes: String
    private let environment: [String: String]

    var socketPath: String { folder + "/s" }
    var statePath: String { folder + "/state" }
    private var logPath: String { folder + "/log" }

    init(
        _ start: Start = .socket, arguments: [String] = [], environment: [String: String] = [:],
        segmentMebibytes: Int = 1, folder: String? = nil
    ) throws {
        var template = Array("/tmp/ipamd-test.XXXXXX".utf8CString)
        self.folder = try folder ?? String(cString: #require(mkdtemp(&template)))
        self.start = start
        self.extraArguments = arguments
        self.segmentMebibytes = String(segmentMebibytes)
        self.environment = environment
        process = Process()
        try launch()
        if folder == nil { try waitForSocket() }
    }

    deinit {
        if process.isRunning {
            kill(daemonProcess, SIGKILL)
            process.waitUntilExit()
        }
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            // Another daemon of the same test had the same folder.
        }
    }

    /// The daemon itself, where strace stands between it and the test: without a tracer it would
    /// go on, and hold on to what the test waits for. It writes its number into its lock.
    private var daemonProcess: pid_t {
        guard case .traced = start else { return process.processIdentifier }
        do {
            let text = try String(contentsOfFile: statePath + "/lock", encoding: .utf8)
            return pid_t(text.prefix { $0.isNumber }) ?? process.processIdentifier
        } catch {
            return process.processIdentifier
        }
    }

    /// The programs of this package, beside the test bundle.
    static func path(of program: String) throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        return folder.appendingPathComponent(program).path
    }

    private func launch() throws {
        let daemon = try Self.path(of: "ipamd")
        let arguments = ["--state", statePath, "--segment-size", segmentMebibytes] + extraArguments
        process = Process()
        switch start {
        case .socket:
            process.executableURL = URL(fileURLWithPath: daemon)
            process.arguments = ["--socket", socketPath] + arguments
        case .activated:
            process.executableURL = URL(fileURLWithPath: "/usr/bin/systemd-socket-activate")
            process.arguments =
                [
                    "--listen=" + socketPath, "--fdname=ipamd.sock", "-E",
                    "SWIFT_BACKTRACE=enable=no", daemon,
                ] + arguments
        case .limited(let descriptors):
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments =
                ["-c", "ulimit -n \(descriptors); exec \"$0\" \"$@\"", daemon]
                + ["--socket", socketPath] + arguments
        case .limitedFiles(let bytes):
            // The unit is 512 bytes; the signal that goes with it would end the daemon.
            let limits = "trap '' XFSZ; ulimit -f \(bytes / 512)"
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments =
                ["-c", limits + "; exec \"$0\" \"$@\"", daemon]
                + ["--socket", socketPath] + arguments
        case .traced(let fault):
            process.executableURL = URL(fileURLWithPath: Self.strace)
            process.arguments =
                [
                    "-f", "-q", "-o", "/dev/null", "-e", "inject=" + fault, daemon, "--socket",
                    socketPath,
                ]
                + arguments
        case .journalled(let journal):
            // In a namespace of mounts of its own, which ends with it.
            let script = """
                mount -t tmpfs run /run && mkdir /run/systemd && \
                ln -s "$0" /run/systemd/journal && exec "$@"
                """
            process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
            process.arguments =
                Self.unshareArguments + ["/bin/sh", "-c", script, journal, daemon]
                + ["--socket", socketPath] + arguments
        }
        process.environment = environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        _ = FileManager.default.createFile(atPath: logPath, contents: nil)
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: logPath))
        process.standardOutput = process.standardError
        try process.run()
    }

    /// Whether this user may have a namespace of mounts.
    static var canUnshare: Bool {
        do {
            return try run("/usr/bin/unshare", unshareArguments + ["/bin/true"]).status == 0
        } catch {
            return false
        }
    }

    private static var unshareArguments: [String] {
        geteuid() == 0 ? ["--mount"] : ["--map-root-user", "--mount"]
    }

    /// What the daemon wrote; with a journald on the machine, that may be nothing.
    var log: String {
        get throws { try String(contentsOfFile: logPath, encoding: .utf8) }
    }

    private func waitForSocket() throws {
        let end = Date().addingTimeInterval(Self.deadline)
        while Date() < end {
            // Connecting would start a daemon that is to be activated.
            if isActivated ? hasSocketFile : isListening { return }
            guard process.isRunning else { break }
            usleep(5000)
        }
        Issue.record("the daemon does not listen: \(try log)")
    }

    private var isActivated: Bool { if case .activated = start { true } else { false } }

    private var hasSocketFile: Bool { FileManager.default.fileExists(atPath: socketPath) }

    private var isListening: Bool {
        do {
            _ = try TestClient(socketPath, greets: false)
            return true
        } catch {
            return false
        }
    }

    func connect(greets: Bool = true) throws -> TestClient {
        try TestClient(socketPath, greets: greets)
    }

    func signal(_ signal: Int32) { kill(daemonProcess, signal) }

    /// Waits for the end.
    /// - Returns: The exit status; 128 and the signal's number if a signal ended it.
    func waitForExit() throws -> Int32 {
        let end = Date().addingTimeInterval(Self.deadline)
        while process.isRunning {
            guard Date() < end else {
                Issue.record("the daemon does not end: \(try log)")
                kill(process.processIdentifier, SIGKILL)
                break
            }
            usleep(5000)
        }
        process.waitUntilExit()
        return process.terminationReason == .exit
            ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// Ends the daemon without a warning, as a crash would, and starts it again.
    func crashAndRestart() throws {
        signal(SIGKILL)
        process.waitUntilExit()
        if isActivated { unlink(socketPath) }
        try launch()
        try waitForSocket()
    }

    /// Runs a program of this package to its end.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let result = try run(try path(of: "ipamd"), arguments)
        return (result.status, result.output + result.error)
    }

    /// Runs ipamc, as a user of this daemon would, with words separated by spaces.
    func ipamc(_ words: String) throws -> ProgramResult {
        try Self.run(
            try Self.path(of: "ipamc"), words.split(separator: " ").map(String.init),
            environment: ["IPAM_SOCKET": socketPath])
    }

    /// What a program said, and how it ended.
    struct ProgramResult {
        let status: Int32
        let output: String
        let error: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// Foundation's Process is not used here: its one thread for all ends of processes waits for
    /// a daemon that was activated, since that closes the descriptor by which it is watched.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> ProgramResult {
        var template = Array("/tmp/ipamd-run.XXXXXX".utf8CString)
        let folder = try String(cString: #require(mkdtemp(&template)))
        defer { remove(folder) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let (output, error) = (folder + "/output", folder + "/error")
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT, 0o600)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var pid: pid_t = 0
        // Tests that look at signals block some of them in their thread; a program begins anew.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        try #require(posix_spawn(&pid, program, &actions, &attributes, words, settings) == 0)
        var status: Int32 = 0
        try #require(waitpid(pid, &status, 0) == pid)
        return ProgramResult(
            status: status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f),
            output: try String(contentsOfFile: output, encoding: .utf8),
            error: try String(contentsOfFile: error, encoding: .utf8))
    }

    static func remove(_ folder: String) {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Issue.record("\(folder) cannot be removed: \(error)")
        }
    }
}
