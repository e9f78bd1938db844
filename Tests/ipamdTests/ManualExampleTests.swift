import Foundation
import IPAM
import Testing

/// What the pages of the manual show: each command that stands there behind a `$` is run against
/// a real daemon, and has to print what stands below it.
@Suite struct `The examples of the manual` {
    static let pages: [String] = {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: ManualPage.folder)
                .filter { $0.wholeMatch(of: /[a-z-]+\.[1-8](\.more)?/) != nil }.sorted()
        } catch {
            return []
        }
    }()

    @Test(arguments: pages)
    func `say what happens`(name: String) throws {
        let page = try ManualPage(name)
        guard !page.shown.isEmpty else { return }
        let daemon = try DaemonProcess()
        let prepared = try Transcript(text: page.preparation).told(by: daemon)
        #expect(!prepared.contains("(exit"), "\(prepared)")
        let told = SteadyText.of(try Transcript(text: page.shown).told(by: daemon))
        let shown = SteadyText.of(page.shown.replacing("@VERSION@", with: Release.version))
        let expected = shown.split(separator: "\n", omittingEmptySubsequences: false)
        let actual = told.split(separator: "\n", omittingEmptySubsequences: false)
        for (left, right) in zip(expected, actual) where left != right {
            Issue.record("\(name): it says\n\(left)\nand it is\n\(right)\nof\n\(told)")
            return
        }
        #expect(expected.count == actual.count)
    }

    @Test func `stand below every reason and every field of a policy`() throws {
        let page = try String(
            contentsOfFile: ManualPage.folder + "/ipam-concepts.7", encoding: .utf8)
        let reasons = page.matches(of: /\n(\w+)@T\{/).map { String($0.output.1) }
        #expect(reasons.sorted() == Reason.allCases.map(\.description).sorted())
        let fields = [
            "strategy", "minPrefixLength", "maxPrefixLength", "defaultPrefixLength", "reserved",
            "excluded", "excludeNetworkAndBroadcast", "quota", "quotaPerOwner", "ownerOnly",
        ]
        let policy = try #require(
            page.split(separator: ".SH POLICY").last?.split(separator: ".SH").first)
        for field in fields { #expect(policy.contains(field), "\(field)") }
        for strategy in PrefixPolicy.Strategy.allCases { #expect(policy.contains("\(strategy)")) }
    }

    @Test func `in bytes are vectors of the specification`() throws {
        let page = try ManualPage("ipam-protocol.7")
        #expect(page.vectors.count == 3)
        let folder = ManualPage.folder + "/../../proto-spec/vectors/"
        let known = try ["hello", "requests"].flatMap { file in
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)good-\(file).json"))
            return try JSONDecoder().decode([Vector].self, from: data)
        }
        for (name, hex) in page.vectors {
            let vector = try #require(known.first { $0.name == name }, "\(name)")
            #expect(hex == vector.hex, "\(name)")
        }
    }

    private struct Vector: Decodable {
        let name: String
        let hex: String
    }

    @Test func `of a first exchange speak to a daemon`() throws {
        let script = try #require(
            ManualPage("ipam-protocol.7").blocks.first { $0.hasPrefix("import os") })
        let daemon = try DaemonProcess()
        let run = try DaemonProcess.run(
            "/usr/bin/env", ["python3", "-c", script],
            environment: ["PATH": "/usr/bin:/bin", "IPAM_SOCKET": daemon.socketPath])
        #expect(run.status == 0)
        // The answer to a hello, to correlation id 1; it begins with the LSN and the version.
        let answer = /[0-9a-f]{8} 81000000 01000000 00000000 01 08( 00){8} 02 02 01 00 .*\n/
        #expect(run.output.wholeMatch(of: answer) != nil, "\(run.output)")
    }
}

/// A page as it stands in `systemd/man`: what is shown there as it is typed and printed.
struct ManualPage {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../systemd/man").standardizedFileURL.path

    /// What stands between `.nf` and `.fi`, as a reader sees it.
    private(set) var blocks: [String] = []
    /// The bytes of a block in hex, by the name in the comment before them.
    private(set) var vectors: [String: String] = [:]
    /// Commands in comments, which make what the examples begin with.
    private(set) var preparation = ""

    init(_ name: String) throws {
        let text = try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
        var block: [String]?
        var vector: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == ".nf" {
                block = []
            } else if line == ".fi", let lines = block {
                blocks.append(lines.joined(separator: "\n"))
                if let vector { vectors[vector] = Self.hex(lines) }
                (block, vector) = (nil, nil)
            } else if line.hasPrefix(".\\\" vector: ") {
                vector = String(line.dropFirst(12))
            } else if line.hasPrefix(".\\\" $ ") {
                preparation += "    \(line.dropFirst(4))\n"
            } else {
                block?.append(Self.plain(line))
            }
        }
    }

    /// The blocks with commands in them, indented as in a transcript.
    var shown: String {
        blocks.filter { $0.hasPrefix("$ ") }
            .map { "    " + $0.replacing("\n", with: "\n    ") + "\n" }.joined(separator: "\n")
    }

    /// What roff makes of a line.
    private static func plain(_ line: some StringProtocol) -> String {
        String(line).replacing("\\-", with: "-").replacing("\\(aq", with: "'").replacing(
            "\\&", with: ""
        )
        .replacing("\\(ha", with: "^").replacing("\\(ti", with: "~")
        .replacing("\\(ga", with: "`").replacing("\\e", with: "\\")
    }

    /// The bytes at the beginning of each line: pairs of digits with single spaces between them.
    private static func hex(_ lines: [String]) -> String {
        lines.map { line in
            (line.prefixMatch(of: /([0-9a-f]{2}( |$))+/)?.output.0 ?? "").replacing(" ", with: "")
        }.joined()
    }
}
