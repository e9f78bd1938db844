import Foundation
import Glibc
import IPAM
import IPAMClient
import IPAMClientNIO
import Testing

/// The main job, as users meet it: the command line, both libraries and the second
/// implementation of the protocol, each against the real daemon.
@Suite struct `First light` {
    private static let project = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let samples = project.appendingPathComponent("Tests/Samples").path

    @Test func `the manifests of both documents apply as they are`() throws {
        let daemon = try DaemonProcess()
        let ironcore = try daemon.ipamc("apply -n ironcore -f \(Self.samples)/ironcore")
        #expect(
            ironcore.lines == ["prefix/customer-subnet-1 created", "prefix/root created"])
        let openkcm = try daemon.ipamc("apply -n openkcm -f \(Self.samples)/openkcm")
        #expect(openkcm.lines == ["prefix/child-prefix created", "prefix/root created"])

        let root = try daemon.ipamc("get prefix root -n ironcore -o yaml").output
        #expect(root.contains("  used:\n  - 10.0.0.0/9\n"))
        let pending = try daemon.ipamc("get prefixes -n openkcm").lines
        #expect(
            pending[1].words == [
                "child-prefix", "<none>", "<none>", "Pending", "0s", "NoSuitableParent",
            ])
        let child = try daemon.ipamc("describe prefix child-prefix -n openkcm").output
        #expect(child.contains("a /9 is not smaller than any Allocated IPv4 Prefix"))
        #expect(child.contains("the largest is root (10.0.0.0/24)"))
    }

    @Test func `what get prints, apply takes and leaves unchanged`() throws {
        let daemon = try DaemonProcess()
        _ = try daemon.ipamc("apply -f \(Self.samples)/ironcore")
        for form in ["yaml", "json"] {
            let printed = try daemon.ipamc("get prefixes -o \(form)").output
            let file = "\(daemon.folder)/printed.\(form)"
            try printed.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(
                try daemon.ipamc("apply -f \(file)").lines == [
                    "prefix/customer-subnet-1 unchanged", "prefix/root unchanged",
                ])
        }
    }

    @Test func `request prints a prefix and nothing else, release gives it back`() throws {
        let daemon = try DaemonProcess(.activated)
        _ = try daemon.ipamc("apply -f \(Self.samples)/first-light.yaml")
        let request = "request --length 26 --selector tier=public"
        #expect(try daemon.ipamc(request).output == "10.0.0.0/26\n")
        let second = try daemon.ipamc(request + " --name second")
        #expect(second.output == "10.0.0.64/26\n")
        #expect(second.error == "")
        #expect(try daemon.ipamc(request + " --name second").output == "10.0.0.64/26\n")
        let six = "request --length 64 --family IPv6 --selector tier=public --name six"
        #expect(try daemon.ipamc(six).output == "2001:db8::/64\n")
        #expect(try daemon.ipamc("get prefixallocations -o name").lines.count == 3)
        #expect(try daemon.ipamc("release 10.0.0.0/26 six").status == 0)
        #expect(
            try daemon.ipamc("get alloc -o name").lines == ["prefixallocation/second"])
        #expect(
            try daemon.ipamc("tree").lines == [
                "public-v4   10.0.0.0/16    Allocated  ▏░░░░░░░░░ 65472 free",
                "└── second  10.0.0.64/26   Allocated  (allocation)",
                "public-v6   2001:db8::/48  Allocated  ░░░░░░░░░░ 2^80 free",
            ])
        #expect(try daemon.ipamc("check").status == 0)
        #expect(try daemon.ipamc("status --check").status == 0)
    }

    @Test(arguments: [
        ("request --length 8 --selector tier=public", "no_suitable_parent"),
        ("request --length 26 --selector tier=private", "no_suitable_parent"),
        ("request --length 26 --parent nobody", "parent_not_found"),
        ("request --length 26 --parent public-v4 -n nowhere", "unknown_namespace"),
        ("request --prefix 10.0.0.1/26 --parent public-v4", "invalid_prefix"),
        ("request --prefix 11.0.0.0/26 --parent public-v4", "outside_parent"),
        ("request --prefix 10.0.0.0/8 --parent public-v4", "request_too_large"),
        ("request --prefix 2001:db8::/64 --parent public-v4", "other_family"),
        ("release nobody", "not_found"),
        ("release 10.0.0.0/28", "not_found"),
        ("describe prefix nobody", "not_found"),
        ("get prefixes -n nowhere", "unknown_namespace"),
        ("delete prefix public-v4", "in_use"),
    ])
    func `a refusal has a code and changes nothing`(words: String, code: String) throws {
        let daemon = try DaemonProcess()
        _ = try daemon.ipamc("apply -f \(Self.samples)/first-light.yaml")
        _ = try daemon.ipamc("request --length 26 --parent public-v4 --name holder")
        func everything() throws -> String {
            try daemon.ipamc("get alloc -A -o json").output
                + daemon.ipamc("get prefixes -A -o json").output
        }
        let before = try everything()
        let refused = try daemon.ipamc(words)
        #expect(refused.status == 1)
        #expect(refused.output == "")
        #expect(refused.error.hasPrefix("ipamc: \(code): "), "\(refused.error)")
        #expect(try everything() == before)
    }

    @Test func `kill -9 between requests loses nothing that was printed`() throws {
        let daemon = try DaemonProcess()
        _ = try daemon.ipamc("apply -f \(Self.samples)/first-light.yaml")
        var printed: Set<String> = []
        for _ in 0..<5 {
            let said = try daemon.ipamc("request --length 26 --selector tier=public").lines
            printed.formUnion(said)
            try daemon.crashAndRestart()
        }
        #expect(printed.count == 5)
        let rows = try daemon.ipamc("get prefixallocations").lines.dropFirst()
        #expect(Set(rows.map { $0.words[4] }) == printed)
    }

    @Test func `both libraries are served, and share what they hold`() async throws {
        let daemon = try DaemonProcess()
        _ = try daemon.ipamc("apply -f \(Self.samples)/first-light.yaml")
        let async = try await AsyncClient.connect(to: daemon.socketPath)
        let blocks = try await withThrowingTaskGroup(of: IPPrefix?.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let wanted = Command.Request(
                        name: "pod-\(index)", prefixLength: 32, parent: "public-v4")
                    return try await async.request(wanted).value.resource.placement?.block
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(blocks.count == 100)
        var blocking = try Client.connect(to: daemon.socketPath)
        let again = Command.Request(name: "pod-7", prefixLength: 32, parent: "public-v4")
        let reply = try blocking.request(again)
        #expect(!reply.value.isCreated)
        #expect(blocks.contains(reply.value.resource.placement?.block))
        await async.close()
    }

    @Test func `the client in Python asks for a prefix and gives it back`() throws {
        let daemon = try DaemonProcess()
        _ = try daemon.ipamc("apply -f \(Self.samples)/first-light.yaml")
        let client = Self.project.appendingPathComponent("proto-spec/client_cli.py").path
        func python(_ words: String) throws -> DaemonProcess.ProgramResult {
            try DaemonProcess.run(
                "/usr/bin/env",
                ["python3", "-B", client, "--socket", daemon.socketPath]
                    + words.split(separator: " ").map(String.init))
        }
        let request = "request --length 26 --selector tier=public --name py"
        #expect(try python(request).output == "10.0.0.0/26\n")
        #expect(
            try python("list PrefixAllocation").output.words == ["py", "10.0.0.0/26", "Allocated"])
        #expect(try python("explain --length 26 --parent public-v4").output.contains("chosen"))
        #expect(try python("usage public-v4").output.contains("64 used, 65472 free"))
        #expect(
            try python("who 10.0.0.7").output.words == [
                "default", "Prefix", "public-v4", "10.0.0.0/16", "Allocated",
                "default", "PrefixAllocation", "py", "10.0.0.0/26", "Allocated",
            ])
        let waiting = "request --prefix 10.0.0.0/26 --parent public-v4 --wait 0.2"
        #expect(try python(waiting).error.hasPrefix("no_room: "))
        #expect(try python("release py").status == 0)
        let refused = try python("request --length 8 --selector tier=public")
        #expect(refused.status == 1)
        #expect(refused.error.hasPrefix("no_suitable_parent: "))
    }
}

extension String {
    fileprivate var words: [String] { split(whereSeparator: \.isWhitespace).map(String.init) }
}
