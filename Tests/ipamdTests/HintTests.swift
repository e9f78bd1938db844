import Foundation
import Testing

/// Errors that help, told by the real command line of a real daemon.
@Suite struct `Hints` {
    private static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Samples").path

    private func daemon() throws -> DaemonProcess {
        let daemon = try DaemonProcess()
        _ = try daemon.ipamc("apply -f \(Self.samples)/first-light.yaml")
        _ = try daemon.ipamc("request --length 26 --parent public-v4 --name web-1 --label app=web")
        return daemon
    }

    /// What a refusal says behind its first line.
    private func hints(_ words: String, of daemon: DaemonProcess) throws -> [String] {
        let run = try daemon.ipamc(words)
        #expect(run.output == "")
        return run.error.split(separator: "\n").filter { $0.hasPrefix("ipamc: hint: ") }
            .map { String($0.dropFirst("ipamc: hint: ".count)) }
    }

    @Test func `name what may have been meant`() throws {
        let daemon = try daemon()
        let cases: [(words: String, hints: [String])] = [
            ("get alloc web-l", ["did you mean web-1?"]),
            ("describe prefix pubilc-v4", ["did you mean public-v4?"]),
            ("delete prefix public", ["did you mean public-v4 or public-v6?"]),
            (
                "get prefix web-1",
                ["there is a PrefixAllocation of that name: prefixallocation/web-1"]
            ),
            ("release web1", ["did you mean web-1?"]),
            ("tree public_v4", ["did you mean public-v4?"]),
            ("usage public4", ["did you mean public-v4?"]),
            ("request --length 26 --parent publc-v6", ["did you mean public-v6?"]),
            ("request --length 26 --parent lab", ["Prefixes here: public-v4, public-v6"]),
            ("get prefixes -n defualt", ["did you mean default?"]),
            ("get prefixes -n lab", ["namespaces that you may use: default"]),
            (
                "release 10.0.0.0/28",
                ["10.0.0.0/28 lies in 10.0.0.0/26, which prefixallocation/web-1 holds"]
            ),
            (
                "request --length 26 --selector tier=pubic",
                ["did you mean tier=public?", "labels of the Prefixes here: tier=public"]
            ),
        ]
        for (words, expected) in cases {
            #expect(try hints(words, of: daemon) == expected, "\(words)")
        }
    }

    @Test func `are given to those whose selector finds nothing, in lists too`() throws {
        let daemon = try daemon()
        let list = try daemon.ipamc("get prefixes -l tier=privat")
        #expect(list.status == 0)
        #expect(
            list.error == """
                Nothing in the namespace "default" has the labels tier=privat.
                ipamc: hint: labels of the Prefixes here: tier=public

                """)
        let release = try daemon.ipamc("release -l app=wbe")
        #expect(release.status == 0)
        #expect(
            release.error == """
                Nothing in the namespace "default" has the labels app=wbe.
                ipamc: hint: did you mean app=web?
                ipamc: hint: labels of the allocations here: app=web

                """)
    }

    @Test func `are a field of the errors in JSON`() throws {
        let daemon = try daemon()
        let run = try daemon.ipamc("get alloc web-l -o json")
        #expect(
            run.error.contains("\"hints\" : [\n    \"did you mean web-1?\"\n  ],"), "\(run.error)")
    }

    @Test func `the other family is named where only that has the labels`() throws {
        let daemon = try daemon()
        _ = try daemon.ipamc("release web-1")
        _ = try daemon.ipamc("delete prefix public-v4")
        #expect(
            try hints("request --length 28 --selector tier=public", of: daemon)
                == ["the labels are those of IPv6 Prefixes: add --family IPv6"])
        #expect(
            try hints("request --length 64 --selector tier=public", of: daemon)
                == ["a /64 is one of IPv6: add --family IPv6"])
    }

    @Test func `no room tells the largest free block and where it is`() throws {
        let daemon = try daemon()
        let run = try daemon.ipamc("request --length 17 --parent public-v4 --name half")
        #expect(run.output == "10.0.128.0/17\n")
        let full = try daemon.ipamc("request --length 17 --parent public-v4")
        #expect(full.error.hasPrefix("ipamc: no_room: "))
        #expect(full.error.contains("the largest free block is 10.0.64.0/18"))
    }
}
