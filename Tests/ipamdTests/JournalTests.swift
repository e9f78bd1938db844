import Foundation
import IPAM
import Testing

@testable import ipamd

/// What the real daemon tells a journald.
@Suite(.enabled(if: DaemonProcess.canUnshare, "needs a namespace of mounts"))
struct JournalTests {
    private let journal: FakeJournal
    private let daemon: DaemonProcess
    private let client: TestClient

    init() throws {
        journal = try FakeJournal()
        daemon = try DaemonProcess(.journalled(folder: journal.folder))
        client = try daemon.connect()
        try client.makeRoot("10.0.0.0/30")
    }

    @Test func `has every field of a change, of its refusal, and of whom it woke`() throws {
        _ = try client.request("a", length: 31)
        _ = try client.request("b", length: 31)
        let waiter = try daemon.connect()
        try waiter.post(
            .request(.init(name: "c", prefixLength: 31, anyParent: true, waitMilliseconds: 60_000)))
        while try client.status().waitingCount == 0 {}
        let block = try IPPrefix("10.0.0.2/31")
        #expect(throws: Refusal.self) {
            try client.ask(.request(.init(name: "d", prefix: block, parent: "root")))
        }
        try client.release("b")
        let me = [
            "IPAM_PEER_UID": String(getuid()), "IPAM_PEER_GID": String(getgid()),
            "IPAM_PEER_PID": String(getpid()),
        ]
        let expected: [(Message, [String: String])] = [
            (.applied, ["IPAM_OPERATION": "apply", "IPAM_KIND": "Prefix", "IPAM_LSN": "1"]),
            (.allocated, ["IPAM_OPERATION": "request", "IPAM_NAME": "a", "IPAM_LSN": "2"]),
            (.allocated, ["IPAM_PREFIX": "10.0.0.2/31", "IPAM_PARENT": "root", "IPAM_LSN": "3"]),
            (.requestWaits, ["IPAM_NAME": "c", "IPAM_PHASE": "Pending", "IPAM_LSN": "3"]),
            (
                .refused,
                [
                    "IPAM_OPERATION": "request", "IPAM_NAME": "d", "IPAM_PREFIX": "10.0.0.2/31",
                    "IPAM_PARENT": "root", "IPAM_CODE": "no_room", "IPAM_LSN": "3",
                ]
            ),
            (.released, ["IPAM_NAME": "b", "IPAM_OPERATION": "release", "IPAM_LSN": "4"]),
            (.allocated, ["IPAM_NAME": "c", "IPAM_OPERATION": "wake", "IPAM_LSN": "4"]),
        ]
        for (message, fields) in expected {
            let entry = try journal.next("MESSAGE_ID", message.rawValue)
            for (name, value) in fields.merging(me, uniquingKeysWith: { $1 }) {
                #expect(entry[name] == value, "\(message) \(name)")
            }
            if message != .requestWaits {
                #expect(Int(entry["IPAM_LATENCY_USEC"] ?? "") != nil, "\(message)")
            }
            let ours = entry.keys.filter { $0.hasPrefix("IPAM_") }
            #expect(Set(ours).isSubset(of: LogEntry.Name.allCases.map(\.rawValue)))
        }
    }

    @Test func `tells who copies the state, and how often somebody was refused in vain`() throws {
        guard case .backup = try client.ask(.backup(.init(offset: 0))) else {
            throw TestClient.Closed()
        }
        let backup = try journal.next("MESSAGE_ID", Message.backupBegun.rawValue)
        #expect(backup["IPAM_PEER_PID"] == String(getpid()))
        for _ in 0..<100 {
            #expect(throws: Refusal.self) { try client.ask(.release(.init(names: ["x"]))) }
        }
        // The refusals may lie on both sides of the end of a period.
        var suppressed = 0
        while suppressed <= 50 {
            let told = try journal.next("MESSAGE_ID", Message.entriesSuppressed.rawValue)
            #expect(told["IPAM_PEER_UID"] == String(getuid()))
            suppressed += try #require(Int(told["IPAM_SUPPRESSED"] ?? ""))
        }
        #expect(suppressed <= 100)
    }

    @Test func `is served by a daemon whose journald reads nothing`() throws {
        for number in 0..<500 {
            _ = try client.request("n-\(number)", length: 32)
            try client.release("n-\(number)")
        }
        #expect(try client.status().durableLSN == 1001)
        daemon.signal(SIGTERM)
        #expect(try daemon.waitForExit() == 0)
    }
}
