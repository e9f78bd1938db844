import Foundation
import Testing

@testable import ipamc

/// The transcripts leave nothing out: what ipamc says that it takes, some transcript shows.
@Suite struct `Of what ipamc takes, the transcripts` {
    /// What `--experimental-dump-help` says of a command and its options.
    private struct Help: Decodable {
        let command: Command

        struct Command: Decodable {
            let commandName: String
            let subcommands: [Command]?
            let arguments: [Argument]?
        }

        struct Argument: Decodable {
            let kind: String
            let names: [Name]?
            let allValues: [String]?
            let shouldDisplay: Bool
        }

        struct Name: Decodable {
            let kind: String
            let name: String

            var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
        }
    }

    /// The words of every run of ipamc in every transcript.
    private let runs: [[String]]
    private let commands: [Help.Command]

    init() throws {
        let help = try DaemonProcess.run(
            try DaemonProcess.path(of: "ipamc"), ["--experimental-dump-help"])
        let whole = try JSONDecoder().decode(Help.self, from: Data(help.output.utf8))
        commands = (whole.command.subcommands ?? []).filter { $0.commandName != "help" }
        runs = try `The transcripts`.all().values.flatMap { text in
            Transcript(text: text).commands.flatMap(Self.runs)
        }
    }

    /// A shell's line may run ipamc several times; quotes do not matter here.
    private static func runs(_ command: String) -> [[String]] {
        command.split(whereSeparator: { "|;&()\n".contains($0) }).compactMap { part in
            let words = part.split(whereSeparator: { " \\\"'".contains($0) }).map(String.init)
            guard let start = words.firstIndex(of: "ipamc") else { return nil }
            return Array(words[(start + 1)...])
        }
    }

    private func runs(of command: Help.Command) -> [[String]] {
        let others = Set(commands.map(\.commandName))
        return runs.filter { words in
            words.first(where: others.contains) == command.commandName
        }
    }

    /// Words and values that have to be there, and are not.
    private func missing(_ command: Help.Command, _ argument: Help.Argument) -> [String] {
        let names = (argument.names ?? []).map(\.text)
        let runs = runs(of: command)
        let used = runs.contains { words in words.contains(where: names.contains) }
        let option = "\(command.commandName) \(names.last ?? "")"
        guard argument.kind == "option", let values = argument.allValues else {
            return used ? [] : [option]
        }
        return values.filter { value in
            !runs.contains { words in
                zip(words, words.dropFirst()).contains { names.contains($0) && $1 == value }
            }
        }.map { "\(option) \($0)" }
    }

    @Test func `show every command, and every form of output of each`() {
        #expect(commands.count > 20)
        for command in commands {
            #expect(!runs(of: command).isEmpty, "no transcript shows ipamc \(command.commandName)")
            let output = command.arguments?.first {
                $0.names?.contains { $0.name == "output" } ?? false
            }
            guard let output, let forms = output.allValues else {
                Issue.record("ipamc \(command.commandName) does not say which -o it takes")
                continue
            }
            #expect(forms.count > 4)
            #expect(missing(command, output).isEmpty)
        }
    }

    /// The connection is the same for every command, and every transcript uses it.
    private static let common = ["socket", "namespace", "timeout", "output", "help", "version"]

    @Test func `show every option that is a command's own, with each value that it names`() {
        for command in commands {
            let own = (command.arguments ?? []).filter { argument in
                argument.shouldDisplay && argument.kind != "positional"
                    && !(argument.names ?? []).contains { Self.common.contains($0.name) }
            }
            let missing = own.flatMap { self.missing(command, $0) }
            #expect(missing.isEmpty)
        }
    }

    /// The codes that stand in the answers, as a person or a program reads them.
    private func codesMet() throws -> Set<String> {
        let answers = try `The transcripts`.all().values.flatMap { text in
            Transcript(text: text).answers.flatMap(\.lines)
        }
        let codes = answers.flatMap { line in
            line.matches(of: /ipamc: ([a-z_]+): |"code" ?: ?"([a-z_]+)"|\(([a-z_]+)\)/).compactMap {
                $0.output.1 ?? $0.output.2 ?? $0.output.3
            }
        }
        return Set(codes.map(String.init))
    }

    /// The rows of the table of codes that nobody meets, each with its reason.
    private func codesNeverMet() throws -> [(code: String, reason: String)] {
        let text = try #require(try `The transcripts`.all()["refusals"])
        let end = try #require(text.range(of: "\n## Never met\n"))
        return text[end.upperBound...].matches(of: /(?m)^\| `([a-z_]+)` \| (.*) \|$/).map {
            (String($0.output.1), String($0.output.2))
        }
    }

    @Test func `show every code that ipamc explains, or say why nobody meets it`() throws {
        let all = HelpPage.all.map(\.code)
        let (met, never) = (try codesMet(), try codesNeverMet())
        #expect(
            all.filter { code in !met.contains(code) } == all.filter(never.map(\.code).contains))
        #expect(never.allSatisfy { all.contains($0.code) && $0.reason.count > 20 })
        #expect(all.count > 45)
    }
}
