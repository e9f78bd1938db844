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
        /// The daemon makes its socket, and strace(1) injects faults into its system calls.
        case traced(inject: String)
    }

    /// Longer than anything here takes on a busy machine; a test that gets there has failed.
    static let deadline = 30.0

    static let strace = "/usr/bin/strace"

    let folder: String
    private(set) var process: Process
    private let start: Start
    private let extraArguments: [String]
    private let environment: [String: String]

    var socketPath: String { folder + "/s" }
    var statePath: String { folder + "/state" }
    private var logPath: String { folder + "/log" }

    init(
        _ start: Start = .socket, arguments: [String] = [], environment: [String: String] = [:],
        folder: String? = nil
    ) throws {
        var template = Array("/tmp/ipamd-test.XXXXXX".utf8CString)
        self.folder = try folder ?? String(cString: #require(mkdtemp(&template)))
        self.start = start
        self.extraArguments = arguments
        self.environment = environment
        process = Process()
        try launch()
        if folder == nil { try waitForSocket() }
    }

    deinit {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            // Another daemon of the same test had the same folder.
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
        let arguments = ["--state", statePath, "--segment-size", "1"] + extraArguments
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
        case .traced(let fault):
            process.executableURL = URL(fileURLWithPath: Self.strace)
            process.arguments =
                [
                    "-f", "-q", "-o", "/dev/null", "-e", "inject=" + fault, daemon, "--socket",
                    socketPath,
                ]
                + arguments
        }
        process.environment = environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        _ = FileManager.default.createFile(atPath: logPath, contents: nil)
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: logPath))
        process.standardOutput = process.standardError
        try process.run()
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

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path(of: "ipamd"))
        process.arguments = arguments
        process.environment = ["SWIFT_BACKTRACE": "enable=no"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
