import Foundation
import Testing

/// A program `journalctl` of a test, which says what it is told to say and writes down how it was
/// called; and runs of the real `ipamc` that find it on their path.
final class FakeJournalctl {
    let folder: String

    struct Run {
        let status: Int32
        let output: String
        let errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// One that `isEndless` goes on without saying more, as long as who called it.
    init(
        output: String = "", errors: String = "", status: Int = 0, isEndless: Bool = false
    ) throws {
        let folder = NSTemporaryDirectory() + "ipamc-journal-" + UUID().uuidString
        self.folder = folder
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try output.write(toFile: folder + "/output", atomically: false, encoding: .utf8)
        try errors.write(toFile: folder + "/errors", atomically: false, encoding: .utf8)
        // Not for ever: a test that waits for it shall fail and not hang.
        let end =
            isEndless
            ? "for i in $(seq 600); do kill -0 $PPID 2>/dev/null || break; sleep 0.05; done" : ""
        let script = """
            #!/bin/sh
            PATH=/usr/bin:/bin
            echo $$ > "\(folder)/pid"
            printf '%s\\n' "$@" > "\(folder)/arguments"
            cat "\(folder)/errors" >&2
            cat "\(folder)/output"
            \(end)
            exit \(status)
            """
        let path = folder + "/journalctl"
        try script.write(toFile: path, atomically: false, encoding: .utf8)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Issue.record("\(folder) cannot be removed: \(error)")
        }
    }

    /// How it was called.
    var arguments: [String] {
        get throws { try lines(of: "arguments") }
    }

    private func lines(of file: String) throws -> [String] {
        try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }

    /// Whether it still runs.
    var isRunning: Bool {
        get throws { kill(try #require(pid_t(lines(of: "pid")[0])), 0) == 0 }
    }

    /// Runs `ipamc log`. Once its output has the text `enough`, it is interrupted as a person would
    /// do it, or nobody reads it any more.
    func log(
        _ arguments: [String] = [], path: String? = nil, enough: String? = nil,
        isReaderLeaving: Bool = false
    ) throws -> Run {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("ipamc")
        process.arguments = ["log"] + arguments
        process.environment = ["PATH": path ?? folder, "SWIFT_BACKTRACE": "enable=no"]
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        var read = Data()
        if let enough {
            while !String(decoding: read, as: UTF8.self).contains(enough) {
                let more = output.fileHandleForReading.availableData
                if more.isEmpty { break }
                read += more
            }
            if isReaderLeaving {
                try output.fileHandleForReading.close()
            } else {
                process.interrupt()
            }
        }
        if !isReaderLeaving { read += output.fileHandleForReading.readDataToEndOfFile() }
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Run(
            status: process.terminationStatus, output: String(decoding: read, as: UTF8.self),
            errors: String(decoding: complaint, as: UTF8.self))
    }
}
