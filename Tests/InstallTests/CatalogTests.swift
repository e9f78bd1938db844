import Foundation
import Testing

@testable import ipamd

/// The explanations that `journalctl -x` shows.
struct CatalogTests {
    /// The number of an entry, its head fields, and its text.
    private struct Entry {
        let id: String
        var fields: [String: String] = [:]
        var text = ""
    }

    private func entries() throws -> [Entry] {
        var entries: [Entry] = []
        var isInHead = false
        for line in try Machine.text(of: "systemd/ipamd.catalog").split(
            separator: "\n", omittingEmptySubsequences: false)
        where !line.hasPrefix("#") {
            if line.hasPrefix("-- ") {
                entries.append(Entry(id: String(line.dropFirst(3))))
                isInHead = true
            } else if line.isEmpty, isInHead {
                isInHead = false
            } else if !entries.isEmpty {
                let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
                if isInHead {
                    entries[entries.count - 1].fields[parts[0]] = parts.last
                } else {
                    entries[entries.count - 1].text += line + "\n"
                }
            }
        }
        return entries
    }

    @Test func `every kind of entry is explained once, and nothing else is`() throws {
        let explained = try entries().map(\.id)
        #expect(Set(explained) == Set(Message.allCases.map(\.rawValue)))
        #expect(explained.count == Set(explained).count)
    }

    @Test func `an explanation says what happened and what to do`() throws {
        for entry in try entries() {
            #expect(entry.fields["Subject"] != nil, "\(entry.id)")
            #expect(entry.fields["Defined-By"] == " ipamd", "\(entry.id)")
            #expect(entry.text.split(separator: "\n").count >= 1, "\(entry.id)")
        }
    }

    @Test func `an explanation is filled in from fields that entries have`() throws {
        let text = try Machine.text(of: "systemd/ipamd.catalog")
        let names = text.matches(of: /@(IPAM_[A-Z_]+)@/).map { String($0.output.1) }
        #expect(!names.isEmpty)
        for name in Set(names) {
            #expect(LogEntry.Name(rawValue: name) != nil, "no entry has a field \(name)")
        }
    }

    @Test(.enabled(if: Machine.has("journalctl"), "journalctl is missing"))
    func `journalctl takes the catalog`() throws {
        let root = try Folder()
        try root.write(
            Machine.text(of: "systemd/ipamd.catalog"), to: "usr/lib/systemd/catalog/ipamd.catalog")
        try FileManager.default.createDirectory(
            atPath: root.path + "/var/lib/systemd/catalog", withIntermediateDirectories: true)
        let made = try Machine.run("journalctl", "--update-catalog", "--root", root.path)
        #expect(made.status == 0, "\(made.text)")
        let shown = try Machine.run("journalctl", "--list-catalog", "--root", root.path)
        #expect(shown.text.contains(Message.started.rawValue), "\(made.text) \(shown.text)")
    }
}
