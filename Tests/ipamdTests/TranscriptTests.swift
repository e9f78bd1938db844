import Foundation
import Testing

/// What people do most, and what goes wrong most, as `Transcripts` shows it: each command of a
/// transcript is run against a real daemon, and has to print what stands below it.
///
/// With IPAMD_TRANSCRIPTS=write the answers are written into the files instead; what has changed
/// is then for a person to read.
@Suite struct `The transcripts` {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Transcripts").path

    @Test(arguments: ["tasks", "mistakes"])
    func `say what happens`(name: String) throws {
        let path = "\(Self.folder)/\(name).md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let daemon = try DaemonProcess()
        let told = try Self.told(text, daemon)
        if ProcessInfo.processInfo.environment["IPAMD_TRANSCRIPTS"] == "write" {
            try told.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let expected = text.split(separator: "\n", omittingEmptySubsequences: false)
        let actual = told.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, (left, right)) in zip(expected, actual).enumerated() where left != right {
            Issue.record("\(name).md:\(line + 1): it says\n\(left)\nand it is\n\(right)")
            return
        }
        #expect(expected.count == actual.count)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("## ") } == 10)
        #expect(try daemon.ipamc("check").status == 0)
    }

    /// The text with the answers that its commands have now. A command begins with `$ ` in an
    /// indented block, and goes on where the line before ends with a backslash.
    static func told(_ text: String, _ daemon: DaemonProcess) throws -> String {
        var told: [String] = []
        var rest = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[
            ...]
        while let line = rest.popFirst() {
            told.append(line)
            guard line.hasPrefix(indent + "$ ") else { continue }
            var command = String(line.dropFirst(indent.count + 2))
            while command.hasSuffix("\\"), let more = rest.popFirst() {
                told.append(more)
                command += "\n" + more.dropFirst(indent.count)
            }
            while let answer = rest.first, answer.hasPrefix(indent),
                !answer.hasPrefix(indent + "$ ")
            {
                rest.removeFirst()
            }
            told += try answer(command, daemon).map { ($0.isEmpty ? "" : indent) + $0 }
        }
        return told.joined(separator: "\n")
    }

    private static let indent = "    "

    /// What a command prints, and how it ends if not well.
    private static func answer(_ command: String, _ daemon: DaemonProcess) throws -> [String] {
        let programs = URL(fileURLWithPath: try DaemonProcess.path(of: "ipamc"))
            .deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let run = try DaemonProcess.run(
            "/bin/sh", ["-c", "cd \(daemon.folder) && { \(command)\n} 2>&1"],
            environment: [
                "PATH": "\(programs):\(path)", "IPAM_SOCKET": daemon.socketPath,
                "IPAM_NAMESPACE": "", "NO_COLOR": "1", "COLUMNS": "100",
            ])
        let steady = run.output.replacing(daemon.folder, with: "DIR")
            .replacing(/\d{4}-\d\d-\d\dT[\d:.]+Z/, with: "TIME")
            .replacing(/alloc-[a-z2-7]{26}/, with: "alloc-RANDOM")
            .replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "UID")
            .replacing(/owner uid \d+/, with: "owner uid N")
            .replacing(/( |\()\d+s(\n| ago|\))/) { "\($0.output.1)0s\($0.output.2)" }
        #expect(!steady.contains("\n\n"), "An empty line would end the answer of: \(command)")
        let lines = steady.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map(String.init)
        return lines + (run.status == 0 ? [] : ["(exit \(run.status))"])
    }
}
