import Foundation
import IPAM
import Testing

@testable import ipamc

/// `ipamc log` with recorded output of journalctl.
@Suite struct LogTests {
    /// The line of journalctl for an entry about a change or the like; a field without a value
    /// is not there.
    private func line(_ message: JournalMessage?, _ fields: [String: String?] = [:]) throws
        -> String
    {
        let usual: [String: String?] = [
            "__CURSOR": "s=1", "__REALTIME_TIMESTAMP": "1795260430276002", "MESSAGE": "a sentence",
            "MESSAGE_ID": message?.rawValue, "IPAM_OPERATION": "request",
            "IPAM_KIND": "PrefixAllocation", "IPAM_NAMESPACE": "default", "IPAM_NAME": "web-1",
            "IPAM_PREFIX": "10.0.0.0/26", "IPAM_PARENT": "pods", "IPAM_PHASE": "Allocated",
            "IPAM_OWNER_UID": "4000000001", "IPAM_PEER_UID": "0", "IPAM_PEER_GID": "0",
            "IPAM_PEER_PID": "77", "IPAM_LATENCY_USEC": "512", "IPAM_LSN": "2",
        ]
        let all = usual.merging(fields) { $1 }.compactMapValues { $0 }
        return String(decoding: try JSONEncoder().encode(all), as: UTF8.self) + "\n"
    }

    @Test func `shows who had what, when, and from whom`() throws {
        let fake = try FakeJournalctl(
            output: line(.allocated)
                + line(
                    .refused,
                    [
                        "IPAM_CODE": "no_room", "IPAM_PREFIX": nil, "IPAM_PHASE": nil,
                        "IPAM_PEER_UID": "4000000000", "IPAM_NAME": "x", "IPAM_NAMESPACE": "b",
                    ])
                + line(.released, ["IPAM_OPERATION": "release", "IPAM_LSN": "3"])
                + line(
                    .allocated, ["IPAM_OPERATION": "wake", "IPAM_PEER_UID": nil, "IPAM_LSN": "3"]))
        let run = try fake.log()
        #expect(run.status == 0)
        #expect(run.errors == "")
        let time = "2026-11-21T11:27:10Z"
        #expect(
            run.output == """
                TIME                   OPERATION   PREFIX        NAME            PARENT   \
                USER         LSN   RESULT
                \(time)   request     10.0.0.0/26   default/web-1   pods     root         \
                2     Allocated
                \(time)   request     <none>        b/x             pods     4000000000   \
                2     refused: no_room
                \(time)   release     10.0.0.0/26   default/web-1   pods     root         \
                3     Released
                \(time)   wake        10.0.0.0/26   default/web-1   pods     4000000001   \
                3     Allocated

                """)
    }

    @Test func `shows all there is with -o wide, and lines for programs with -o json`() throws {
        let fake = try FakeJournalctl(output: line(.allocated))
        let wide = try fake.log(["-o", "wide", "-n", "default"])
        #expect(wide.lines[1].contains("   web-1   "))
        #expect(
            wide.lines[1].hasSuffix("PrefixAllocation   4000000001   77    512us     a sentence"))
        let json = try fake.log(["-o", "json"])
        #expect(
            json.output == """
                {"gid":"0","kind":"PrefixAllocation","latencyMicroseconds":512,"lsn":2,\
                "message":"a sentence","name":"web-1","namespace":"default",\
                "operation":"request","owner":"4000000001","ownerUID":"4000000001",\
                "parent":"pods","phase":"Allocated","pid":"77","prefix":"10.0.0.0/26",\
                "result":"Allocated","time":"2026-11-21T11:27:10Z","type":"entry","uid":"0",\
                "user":"root"}

                """)
        #expect(try fake.log(["-o", "yaml"]).status == 64)
    }

    @Test func `asks for the prefix and all that contain it, and for what is missing`() throws {
        let fake = try FakeJournalctl()
        _ = try fake.log(["--prefix", "160.0.0.0/3", "-n", "web", "--since", "2h"])
        let unit = "_SYSTEMD_UNIT=ipamd.service"
        #expect(
            try fake.arguments.filter { !$0.hasPrefix("--output") } == [
                "--all", "--no-pager", "--since=7200 seconds ago", unit, "IPAM_NAMESPACE=web",
                "IPAM_PREFIX=160.0.0.0/3", "IPAM_PREFIX=128.0.0.0/2", "IPAM_PREFIX=128.0.0.0/1",
                "IPAM_PREFIX=0.0.0.0/0", "+", unit,
                "MESSAGE_ID=\(JournalMessage.entriesDropped.rawValue)",
                "MESSAGE_ID=\(JournalMessage.entriesSuppressed.rawValue)",
            ])
        _ = try fake.log(["--prefix", "2001:db8::1"])
        #expect(try fake.arguments.count { $0.hasPrefix("IPAM_PREFIX=") } == 129)
        _ = try fake.log(["--prefix", "10.0.0.7"])
        #expect(try fake.arguments.count { $0.hasPrefix("IPAM_PREFIX=") } == 33)
    }

    @Test func `asks for what a user wanted and for what is theirs`() throws {
        let fake = try FakeJournalctl()
        _ = try fake.log(["--uid", "1000", "--any-unit", "--until", "2026-11-20T10:00:00Z"])
        let ours = "SYSLOG_IDENTIFIER=ipamd"
        let arguments = try fake.arguments
        #expect(arguments.contains("--until=2026-11-20 10:00:00 UTC"))
        #expect(
            arguments.drop { $0 != ours }.prefix(6) == [
                ours, "IPAM_PEER_UID=1000", "+", ours, "IPAM_OWNER_UID=1000", "+",
            ])
        _ = try fake.log(["--uid", "root"])
        #expect(try fake.arguments.contains("IPAM_PEER_UID=0"))
        _ = try fake.log()
        #expect(try fake.arguments.last == "_SYSTEMD_UNIT=ipamd.service")
    }

    @Test func `hands on what looks like an option as what it is`() throws {
        let fake = try FakeJournalctl()
        _ = try fake.log(["--name=--vacuum-size=1", "--since=--rotate", "--unit=$(id)"])
        let arguments = try fake.arguments
        #expect(arguments.contains("IPAM_NAME=--vacuum-size=1"))
        #expect(arguments.contains("--since=--rotate"))
        #expect(arguments.contains("_SYSTEMD_UNIT=$(id)"))
    }

    @Test func `tells what is missing`() throws {
        let dropped: [String: String?] = [
            "IPAM_DROPPED": "512", "IPAM_LSN_FIRST": "10", "IPAM_LSN_LAST": "20",
        ]
        let suppressed: [String: String?] = ["IPAM_SUPPRESSED": "9", "IPAM_PEER_UID": "1000"]
        let fake = try FakeJournalctl(
            output: line(.allocated, ["IPAM_LSN": "2"]) + line(.allocated, ["IPAM_LSN": "2"])
                + line(.allocated, ["IPAM_LSN": "4"]) + line(.released, ["IPAM_LSN": "9"])
                + line(.entriesDropped, dropped) + line(.allocated, ["IPAM_LSN": "30"])
                + line(.refused, ["IPAM_LSN": "40"]) + line(.applied, ["IPAM_LSN": "31"])
                + line(.entriesSuppressed, suppressed) + line(.applied, ["IPAM_LSN": "7"]))
        func gaps(_ arguments: [String]) throws -> [String] {
            try fake.log(arguments + ["-o", "json"]).lines
                .filter { $0.contains(#""type":"gap""#) }
                .map { $0.split(separator: "\"result\":\"")[1].prefix { $0 != "\"" } }
                .map(String.init)
        }
        let told = [
            "512 entries were dropped here, of LSN 10 to 20 among others",
            "9 refusals and the like of uid 1000 were left out",
        ]
        #expect(
            try gaps([]) == [
                "there is no entry of LSN 3", "there is no entry of LSN 5 to 8", told[0], told[1],
                "the LSN goes back from 31 to 7: another state",
            ])
        #expect(try gaps(["--name", "web-1"]) == told)
        #expect(try gaps(["--uid", "0"]) == [told[0]])
        let table = try fake.log()
        #expect(table.errors == "ipamc: what is shown has 5 gaps\n")
        #expect(table.lines.contains { $0.contains("   gap   ") && $0.hasSuffix("LSN 3") })
    }

    @Test func `shows what came after a change`() throws {
        let fake = try FakeJournalctl(
            output: try (1...5).map { try line(.allocated, ["IPAM_LSN": "\($0)"]) }.joined())
        let run = try fake.log(["--after-lsn", "3", "-o", "json"])
        #expect(run.lines.count == 2)
        #expect(run.errors == "")
    }

    @Test func `survives whatever the journal holds, and shows it safely`() throws {
        let fake = try FakeJournalctl(
            output: #"{"MESSAGE_ID":[1,2],"IPAM_NAME":[27,91,50,74,255],"IPAM_LSN":"-1"}"# + "\n"
                + #"{"IPAM_NAME":["one","two"],"IPAM_PREFIX":[[10,9],"b"],"IPAM_LSN":{"a":[]}}"#
                + "\n" + #"{"IPAM_NAME":"\u001b]0;x\u0007\u202e\u009b","MESSAGE":null}"# + "\n"
                + #"{"__REALTIME_TIMESTAMP":"18446744073709551615","IPAM_PARENT":[]}"# + "\n"
                + "no object\n\n[]\n" + #"{"MESSAGE":"\#(String(repeating: "x", count: 1 << 21))"}"#
                + "\n{\"IPAM_NAME\":\"last\"}\n" + String(repeating: "[", count: 100_000)
                + "\n{\"half\":")
        let run = try fake.log()
        #expect(run.status == 0)
        #expect(run.lines.count == 1 + 5 + 6)
        #expect(run.output.contains(#"\u{1B}[2J"#))
        #expect(run.output.contains("   one   "))
        #expect(run.output.contains(#"\u{1B}]0;x\u{07}\u{202E}\u{009B}"#))
        #expect(run.output.contains("an entry of more than 1048576 bytes is left out"))
        #expect(run.output.contains("   last   "))
        #expect(run.output.unicodeScalars.allSatisfy { $0.isPrintable || $0 == "\n" })
    }

    @Test func `says which group is missing`() throws {
        for hint in [
            "No journal files were opened due to insufficient permissions.\n",
            "Hint: You are currently not seeing messages from other users and the system.\n",
        ] {
            let fake = try FakeJournalctl(errors: hint, isEndless: hint.hasPrefix("Hint"))
            let run = try fake.log(["--follow"])
            #expect(run.status == 77)
            #expect(run.errors.contains("adm or systemd-journal"))
            #expect(try !fake.isRunning)
        }
    }

    @Test func `says what is wrong with journalctl`() throws {
        let failing = try FakeJournalctl(errors: "Data from the\u{1b}c disk\n", status: 1)
        let failed = try failing.log()
        #expect(failed.status == 69)
        #expect(
            failed.errors == #"ipamc: journal: journalctl failed: Data from the\u{1B}c disk"# + "\n"
        )
        let missing = try failing.log(path: "/nowhere")
        #expect(missing.status == 69)
        #expect(missing.errors.hasPrefix("ipamc: journal: journalctl, which reads"))
        let time = try FakeJournalctl(errors: "Failed to parse timestamp: x\n", status: 1)
        #expect(try time.log(["--since", "x"]).status == 64)
        #expect(try time.log(["--follow", "--until", "now"]).status == 64)
        #expect(try time.log(["--prefix", "10.0.0.1/8"]).status == 1)
    }

    @Test func `says that there is nothing`() throws {
        let run = try FakeJournalctl().log(["--name", "x"])
        #expect(run.status == 0)
        #expect(run.output == "")
        #expect(run.errors.contains("--any-unit"))
    }

    @Test func `shows each new entry at once, until it is interrupted or nobody reads`() throws {
        for isReaderLeaving in [false, true] {
            let fake = try FakeJournalctl(output: line(.allocated), isEndless: true)
            let run = try fake.log(
                ["--follow"], enough: "web-1", isReaderLeaving: isReaderLeaving)
            #expect(run.status == (isReaderLeaving ? SIGPIPE : SIGINT))
            #expect(try fake.arguments.contains("--follow"))
            #expect(try fake.arguments.contains("--no-tail"))
            let end = Date().addingTimeInterval(20)
            while try fake.isRunning, Date() < end { usleep(10_000) }
            #expect(try !fake.isRunning)
        }
    }

    @Test(arguments: [
        ("30m", "1800 seconds ago"), ("500ms", "1 seconds ago"), ("yesterday", "yesterday"),
        ("2026-11-20T10:00:00Z", "2026-11-20 10:00:00 UTC"),
        ("2026-11-20 10:00", "2026-11-20 10:00"),
    ])
    func `takes times as it writes them, and as journalctl does`(
        argument: String, text: String
    ) {
        #expect(JournalTime(argument: argument)?.text == text)
    }
}

/// What ipamc knows of the daemon's entries, as ipamd-journal(7) lists it; a test of the daemon
/// proves that page.
@Suite struct `Fields and kinds of entries` {
    @Test func `are those of the manual page`() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../systemd/man/ipamd-journal.7")
        let page = try String(contentsOf: path, encoding: .utf8)
        for field in JournalField.allCases { #expect(page.contains("\n\(field.rawValue)@T{\n")) }
        for message in JournalMessage.allCases {
            #expect(page.contains("\n.B \(message)\n\(message.rawValue)\n"))
        }
    }
}
