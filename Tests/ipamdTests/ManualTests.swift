import Foundation
import Testing

@testable import ipamd

/// The page ipamd-journal(7), by which operators write their questions.
@Suite struct `The manual page of the journal` {
    private let lines: [String]

    init() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../systemd/man/ipamd-journal.7")
        lines = try String(contentsOf: page, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func `lists every field, and no others`() {
        let listed = lines.compactMap { line in
            line.wholeMatch(of: /(IPAM_[A-Z_]+)@T\{/).map { String($0.output.1) }
        }
        #expect(listed.sorted() == LogEntry.Name.allCases.map(\.rawValue).sorted())
    }

    @Test func `lists every kind of entry with its id, and no others`() {
        let listed = zip(lines, lines.dropFirst()).compactMap { name, id in
            id.wholeMatch(of: /[0-9a-f]{32}/) == nil
                ? nil : "\(name.replacing(".B ", with: "")) \(id)"
        }
        #expect(listed.sorted() == Message.allCases.map { "\($0) \($0.rawValue)" }.sorted())
    }

    @Test func `asks for no id and no field that is not listed`() {
        let ids = Set(Message.allCases.map(\.rawValue))
        let fields = Set(LogEntry.Name.allCases.map(\.rawValue))
        for line in lines {
            for match in line.matches(of: /MESSAGE_ID=([0-9a-f]+)/) {
                #expect(ids.contains(String(match.output.1)))
            }
            for match in line.matches(of: /IPAM_[A-Z_]+/) {
                #expect(fields.contains(String(match.output)))
            }
        }
        #expect(lines.count { $0.hasPrefix(".SS ") } == 10)
    }
}
