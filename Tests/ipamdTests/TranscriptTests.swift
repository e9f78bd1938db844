import Foundation
import Glibc
import Testing

/// What each command prints, what people do most and what goes wrong most, as `Transcripts` shows
/// it: each command of a transcript is run against a real daemon, and has to print what stands
/// below it.
///
/// With IPAMD_TRANSCRIPTS=write the answers are written into the files instead; what has changed
/// is then for a person to read.
@Suite struct `The transcripts` {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Transcripts").path

    /// All there are, by name.
    static func all() throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".md") }.map { String($0.dropLast(3)) }
        return Dictionary(
            uniqueKeysWithValues: try names.map { name in
                (name, try String(contentsOfFile: "\(folder)/\(name).md", encoding: .utf8))
            })
    }

    /// What some need that not every user has.
    private static let needs: [String: Need] = ["other-users": .root, "full-disk": .mounts]

    private enum Need { case root, mounts }

    private static func names(needing need: Need?) throws -> [String] {
        try all().keys.filter { needs[$0] == need }.sorted()
    }

    @Test(arguments: try names(needing: nil))
    func `say what happens`(name: String) throws { try compare(name) }

    @Test(.enabled(if: geteuid() == 0, "needs root"), arguments: try names(needing: .root))
    func `say what happens to other users`(name: String) throws { try compare(name) }

    @Test(
        .enabled(if: DaemonProcess.canUnshare, "needs a namespace of mounts"),
        arguments: try names(needing: .mounts))
    func `say what happens on a disk of one's own`(name: String) throws { try compare(name) }

    private func compare(_ name: String) throws {
        let path = "\(Self.folder)/\(name).md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let daemon = try DaemonProcess()
        let told = try Transcript(text: text).told(by: daemon)
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
        #expect(try daemon.ipamc("check").status == 0)
    }

    @Test(arguments: ["tasks", "mistakes"])
    func `have ten tasks and ten mistakes`(name: String) throws {
        let text = try #require(try Self.all()[name])
        #expect(text.split(separator: "\n").count { $0.hasPrefix("## ") } == 10)
    }

    @Test func `show JSON where JSON is asked for, answers and refusals alike`() throws {
        var count = 0
        for (name, text) in try Self.all() {
            for (command, lines) in Transcript(text: text).answers
            where command.hasPrefix("ipamc ") && command.contains(" -o json") {
                guard !command.contains(where: { "|;&<>".contains($0) }) else { continue }
                let answer = lines.filter { !$0.hasPrefix("(exit ") }
                // One value, or one on each line.
                let values = answer.first == "{" || answer.first == "[" ? nil : answer
                for value in values ?? [answer.joined(separator: "\n")] {
                    #expect(throws: Never.self, "\(name).md: \(command)") {
                        try JSONSerialization.jsonObject(
                            with: Data(value.utf8), options: .fragmentsAllowed)
                    }
                    count += 1
                }
            }
        }
        #expect(count > 30)
    }
}
