import Foundation
import Testing

/// A Markdown file with commands in it, each with what it prints.
///
/// A command begins with `$ ` in an indented block, and goes on in lines that begin with `> ` and
/// where the line before ends with a backslash. What stands below it in the block, up to the next
/// command, is its answer: standard output and standard error as they come, empty lines too, and
/// the exit status unless it is 0.
struct Transcript {
    let text: String

    private static let indent = "    "
    private static let prompt = indent + "$ "
    private static let more = indent + "> "
    /// In seconds: longer than any command takes, so that one that waits for ever fails.
    private static let deadline = "100"

    private var lines: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The commands, as a shell takes them.
    var commands: [String] {
        var commands: [String] = []
        var rest = lines[...]
        while let line = rest.popFirst() {
            guard line.hasPrefix(Self.prompt) else { continue }
            commands.append(Self.command(line, &rest).map(\.text).joined(separator: "\n"))
        }
        return commands
    }

    /// The commands with the lines of their answers as they stand here.
    var answers: [(command: String, lines: [String])] {
        var answers: [(command: String, lines: [String])] = []
        var rest = lines[...]
        while let line = rest.popFirst() {
            guard line.hasPrefix(Self.prompt) else { continue }
            let command = Self.command(line, &rest).map(\.text).joined(separator: "\n")
            let all = rest
            Self.skipAnswer(&rest)
            let answer = all[..<rest.startIndex].map { String($0.dropFirst(Self.indent.count)) }
            answers.append((command, answer))
        }
        return answers
    }

    /// The lines of a command, as they stand here and as a shell takes them.
    private static func command(
        _ first: String, _ rest: inout ArraySlice<String>
    ) -> [(line: String, text: String)] {
        var command = [(line: first, text: String(first.dropFirst(prompt.count)))]
        while let next = rest.first {
            if next.hasPrefix(more) {
                command.append((next, String(next.dropFirst(more.count))))
            } else if command.last?.text.hasSuffix("\\") ?? false {
                command.append((next, String(next.dropFirst(indent.count))))
            } else {
                break
            }
            rest.removeFirst()
        }
        return command
    }

    /// The text with the answers that its commands have now.
    func told(by daemon: DaemonProcess) throws -> String {
        var told: [String] = []
        var rest = lines[...]
        while let line = rest.popFirst() {
            guard line.hasPrefix(Self.prompt) else {
                told.append(line)
                continue
            }
            let command = Self.command(line, &rest)
            told += command.map(\.line)
            Self.skipAnswer(&rest)
            let answer = try Self.answer(command.map(\.text).joined(separator: "\n"), daemon)
            told += answer.map { ($0.isEmpty ? "" : Self.indent) + $0 }
        }
        return told.joined(separator: "\n")
    }

    /// An empty line belongs to an answer that goes on after it.
    private static func skipAnswer(_ rest: inout ArraySlice<String>) {
        while let next = rest.firstIndex(where: { !$0.isEmpty }), rest[next].hasPrefix(indent),
            !rest[next].hasPrefix(prompt)
        {
            rest = rest[(next + 1)...]
        }
    }

    /// What a command prints, and how it ends if not well.
    private static func answer(_ command: String, _ daemon: DaemonProcess) throws -> [String] {
        let programs = URL(fileURLWithPath: try DaemonProcess.path(of: "ipamc"))
            .deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let run = try DaemonProcess.run(
            "/usr/bin/env",
            ["timeout", deadline, "/bin/sh", "-c", "cd \(daemon.folder) && { \(command)\n} 2>&1"],
            environment: [
                "PATH": "\(daemon.folder)/bin:\(programs):\(path)",
                "IPAM_SOCKET": daemon.socketPath, "IPAM_NAMESPACE": "", "NO_COLOR": "1",
                "COLUMNS": "100",
            ])
        let answer = SteadyText.of(run.output.replacing(daemon.folder, with: "DIR"))
        #expect(!answer.hasSuffix("\n\n"), "An empty line ends the answer of: \(command)")
        let lines = answer.split(separator: "\n", omittingEmptySubsequences: false)
        let whole = lines.last?.isEmpty ?? false ? lines.dropLast() : lines
        return whole.map(String.init) + (run.status == 0 ? [] : ["(exit \(run.status))"])
    }
}

/// What is not the same from one run to the next, replaced by a word of its own. There is one rule
/// for all transcripts: who asks (uid), when (times, ages), who else is connected, random
/// identities (uids of objects, names, the incarnation), and the version. Everything else has to
/// be the same every time.
enum SteadyText {
    static func of(_ text: String) -> String {
        let plain =
            text
            .replacing(/\d{4}-\d\d-\d\dT[\d:.]+Z(   )?/) { time in
                // A column keeps its width.
                guard time.output.1 != nil else { return "TIME" }
                return "TIME".padding(
                    toLength: time.output.0.count, withPad: " ", startingAt: 0)
            }
            .replacing(/alloc-[a-z2-7]{26}/, with: "alloc-RANDOM")
            .replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "UID")
            .replacing(/(?i)(owner"? ?(?:uid)?:? *"?)\d+/) { "\($0.output.1)N" }
            .replacing(/\w+ \(uid \d+\)/, with: "USER (uid N)")
            .replacing(/,\d+,(IPv[46],)/) { ",N,\($0.output.1)" }
            .replacing(/(?i)(incarnation"? ?: *"?)[0-9a-f]+/) { "\($0.output.1)INCARNATION" }
            .replacing(/@[0-9a-f]{16,}/, with: "@INCARNATION")
            .replacing(/(?i)(uptimeMilliseconds"? ?: )\d+/) { "\($0.output.1)0" }
            .replacing(/(?i)(connections"? ?: *)\d+/) { "\($0.output.1)1" }
            .replacing(
                /(?i)(version"? ?: *['"]?|ipamc )\d+\.\d+(\.\d+)?/
            ) { "\($0.output.1)VERSION" }
            .replacing(/( |\()\d+s(\n| ago|\)| of )/) { "\($0.output.1)0s\($0.output.2)" }
        return columns(plain)
    }

    /// The columns AGE and OWNER of tables, which keep their widths: `12s` becomes `0s `.
    private static func columns(_ text: String) -> String {
        var starts: [(column: Int, word: String)] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let words = line.split(separator: " ")
            if words.count > 1, words.allSatisfy({ $0.allSatisfy { $0.isUppercase || $0 == "-" } })
            {
                starts = [("AGE", "0s"), ("OWNER", "N")].compactMap { heading, word in
                    let place = words.first { $0 == heading }?.startIndex
                    return place.map { (line.distance(from: line.startIndex, to: $0), word) }
                }
                return String(line)
            }
            if words.isEmpty { starts = [] }
            // A table without a header is as wide as the ages that stand in it.
            guard !starts.isEmpty else {
                return String(line).replacing(/[ ]{3}\d+s[ ]{3,}(?=\S)/, with: "   0s   ")
            }
            var line = Array(line)
            for (column, word) in starts where column < line.count {
                guard column == 0 || line[column - 1] == " ", line[column].isNumber else {
                    continue
                }
                let old = line[column...].prefix { $0 != " " }
                let isLast = old.endIndex == line.count
                let width = isLast ? word.count : max(old.count, word.count)
                let new = word.padding(toLength: width, withPad: " ", startingAt: 0)
                line.replaceSubrange(old.indices, with: Array(new))
            }
            return String(line)
        }
        return lines.joined(separator: "\n")
    }
}
