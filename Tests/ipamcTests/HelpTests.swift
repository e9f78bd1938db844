import Foundation
import Glibc
import IPAM
import Testing

@testable import ipamc

@Suite struct `The pages of codes` {
    /// The names of all refusals, as the protocol's registry lists them.
    private func registered() throws -> [String] {
        struct Registry: Decodable {
            struct Code: Decodable { let name: String }
            let refusals: [Code]
        }
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../proto-spec/registry.json")
        return try JSONDecoder().decode(Registry.self, from: Data(contentsOf: path))
            .refusals.map(\.name)
    }

    @Test func `there is one for each refusal of the registry`() throws {
        let codes = try registered()
        #expect(codes.count > 30)
        for code in codes {
            let page = try #require(HelpPage.asked(["help", code]), "\(code)")
            #expect(page.hasPrefix("\(code): "))
            #expect(page.contains("\nExit status "))
        }
    }

    @Test func `each code has one page, registered or the command line's own`()
        throws
    {
        let codes = HelpPage.all.map(\.code)
        #expect(Set(codes).count == codes.count)
        let own = Set(HelpPage.ofTheCommandLine.map(\.code))
        #expect(Set(codes).subtracting(own) == Set(try registered()))
    }

    @Test func `there is one for each mode that status --check says like a code`() {
        for mode in DaemonStatus.Mode.allCases where mode != .ok {
            #expect(HelpPage.asked(["help", mode.description]) != nil, "\(mode)")
        }
    }

    @Test func `none hides the help of a command`() {
        #expect(Set(HelpPage.all.map(\.code)).isDisjoint(with: Ipamc.commandNames))
    }

    @Test func `a page fits a terminal of 80 columns, but for commands and what they are for`() {
        for page in HelpPage.all {
            let lines = page.whole.split(separator: "\n").filter { !$0.hasPrefix("  ") }
            #expect(lines.dropFirst().allSatisfy { $0.count < 80 }, "\(page.code)")
        }
    }

    @Test func `codes are found as a status spells them, and help of commands is the parser's`() {
        #expect(HelpPage.asked(["help", "storage-full"]) != nil)
        #expect(HelpPage.asked(["help", "get"]) == nil)
        #expect(HelpPage.asked(["help", "usage"]) == nil)
        #expect(HelpPage.asked(["help"]) == nil)
        #expect(HelpPage.asked(["help", "codes"])?.contains("no_room") == true)
    }

    @Test func `the page of no_room`() throws {
        #expect(
            HelpPage.asked(["help", "no_room"]) == """
                no_room: no suitable parent has a free block of that length
                Exit status 1: refused, and nothing was changed.

                There may be as many free addresses as you want, but in smaller blocks: the
                message names the largest free one. Ask for less, release what is not used,
                add a Prefix with the same labels, or wait for room.

                What helps:

                  ipamc usage                   what is free, and the largest free block
                  ipamc explain ...             what each parent says to the request
                  ipamc request ... --wait 5m   waits, and gets the first room that there is
                  ipamc get alloc -o wide       who holds what

                """)
    }
}

@Suite struct `What was meant` {
    @Test(arguments: [
        ("web-1", ["web-2", "web-10", "db-1"], ["web-10", "web-2"]),
        ("wbe", ["web", "db"], ["web"]),
        ("public", ["public-v4", "public-v6", "private"], ["public-v4", "public-v6"]),
        ("same", ["same"], []),
        ("PREFIX", ["prefix"], ["prefix"]),
        ("x", ["y", "yy", "zzz"], ["y"]),
        ("", ["a"], []),
        ("nothing-like-it", ["web-1", "root"], []),
    ])
    func `is near what was written`(word: String, known: [String], near: [String]) {
        #expect(Nearness.nearest(word, among: known) == near)
    }

    @Test func `is asked in a sentence`() {
        #expect(Nearness.question([]) == nil)
        #expect(Nearness.question(["a"]) == "did you mean a?")
        #expect(Nearness.question(["a", "b", "c"]) == "did you mean a, b or c?")
    }

    @Test(arguments: [
        (["gett", "prefixes"], "did you mean get?"), (["relase"], "did you mean release?"),
        (["ls"], "did you mean get?"), (["xyzzy"], "ipamc --help lists the commands"),
        (["help", "no_rom"], "did you mean no_room?"),
    ])
    func `by a word that is no command`(words: [String], hint: String) {
        #expect(Ipamc.unknownCommand(words)?.hints == [hint])
    }

    @Test(arguments: [["get"], [], ["--help"], ["help", "request"], ["help"]])
    func `is not asked of what is known`(words: [String]) {
        #expect(Ipamc.unknownCommand(words) == nil)
    }

    @Test(arguments: ["prefixs", "allocs/web-1", "prefx/a"])
    func `by a word that is no kind`(word: String) throws {
        let failure = try #require(throws: Failure.self) { try ResourceWords([word]) }
        #expect(failure.hints.first?.hasPrefix("did you mean ") == true, "\(failure)")
    }
}

@Suite struct `A selector that matches nothing` {
    private let labels: [Labels] = [
        ["tier": "public", "zone": "a"], ["tier": "public"], ["tier": "tenant"],
    ]

    @Test(arguments: [
        ("tier=pubic", "did you mean tier=public?"),
        ("teir=public", "did you mean tier=public?"),
        ("teir=new", "did you mean tier?"),
        ("zone in (aa,b)", "did you mean zone=a or zone=a?"),
    ])
    func `is told what is near`(text: String, question: String) throws {
        let lines = LabelHints(try Selector(text), among: labels).lines("Prefixes")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("did you mean ") == true)
        if !text.contains(" in ") { #expect(lines.first == question) }
        #expect(lines.last == "labels of the Prefixes here: tier=public, tier=tenant, zone=a")
    }

    @Test func `is told that there are no labels, or only the first of many`() throws {
        let selector = try Selector("a=b")
        #expect(
            LabelHints(selector, among: [[:]]).lines("Prefixes")
                == ["the Prefixes here have no labels"])
        let many = (0..<15).map { Labels(["k": "v\($0)"]) }
        let lines = LabelHints(selector, among: many).lines("Prefixes")
        #expect(lines.last?.hasSuffix(" and 5 more") == true)
    }
}

@Suite struct `A daemon that cannot be reached` {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("ipamc-\(UUID().uuidString.prefix(8))").path

    private func why(_ number: Int32) -> String { String(cString: strerror(number)) }

    @Test func `has no socket, or no folder for one`() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { remove(folder) }
        let absent = Unreachable(folder + "/s", why: why(ENOENT), isDefault: false)
        #expect(absent.cause == .absent(folder: nil))
        let noFolder = Unreachable(folder + "/a/s", why: why(ENOENT), isDefault: true)
        #expect(noFolder.cause == .absent(folder: folder + "/a"))
        #expect(
            noFolder.hints.last == "to start the daemon: sudo systemctl enable --now ipamd.socket")
    }

    @Test func `has a socket behind which nobody is, or what is no socket`() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { remove(folder) }
        let path = folder + "/s"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        #expect(Unreachable(path, why: why(ECONNREFUSED), isDefault: false).cause == .noSocket)
        try FileManager.default.removeItem(atPath: path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        #expect(result == 0)
        let refused = Unreachable(path, why: why(ECONNREFUSED), isDefault: false)
        #expect(refused.cause == .refused)
        #expect(refused.hints.last == "to start a daemon there: ipamd --socket \(path) --state DIR")
    }

    @Test func `is closed to this user, and open to a group that is named`() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { remove(folder) }
        let path = folder + "/s"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        chmod(path, 0o600)
        #expect(
            Unreachable(path, why: why(EACCES), isDefault: false).cause
                == .forbidden(path: path, group: nil))
        let group = try #require(getgrnam("daemon"))
        let (name, number) = (String(cString: group.pointee.gr_name), group.pointee.gr_gid)
        // Only root may give a file away to a group that it is not in.
        guard chown(path, geteuid(), number) == 0 else { return }
        chmod(path, 0o660)
        let forbidden = Unreachable(path, why: why(EACCES), isDefault: false)
        #expect(forbidden.cause == .forbidden(path: path, group: name))
        #expect(forbidden.hints.first?.contains("--groups \(name) ") == true)
        #expect(forbidden.hints.last?.contains("log in again") == true)
    }

    private func remove(_ path: String) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("\(error)")
        }
    }
}
