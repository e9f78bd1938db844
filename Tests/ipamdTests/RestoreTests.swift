import Foundation
import IPAM
import IPAMWire
import Testing

/// Copies of the state, and what is made of them.
@Suite struct RestoreTests {
    private let daemon: DaemonProcess
    private let client: TestClient

    init() throws {
        daemon = try DaemonProcess()
        client = try daemon.connect()
        try client.makeRoot("10.0.0.0/16")
    }

    private var backup: String { daemon.statePath + ".backup" }

    /// Requests one after the other until told to end; returns what was acknowledged.
    private func load(until isDone: () throws -> Bool) throws -> [String: IPPrefix] {
        var given: [String: IPPrefix] = [:]
        while try !isDone() {
            let name = "n\(given.count)"
            given[name] = try client.request(name, length: 28)
        }
        return given
    }

    /// Parts of a backup while others change the state; returns the bytes and the LSN.
    private func copy(
        with other: TestClient, between: () throws -> Void
    ) throws -> ([UInt8], UInt64) {
        var bytes: [UInt8] = []
        while true {
            let id = try other.post(Query.backup(.init(offset: UInt64(bytes.count))))
            try between()
            guard case .reply(id, let reply) = try other.nextEvent(),
                case .backup(let part) = reply.answer
            else { throw TestClient.Closed() }
            bytes += part.bytes
            if UInt64(bytes.count) == part.size { return (bytes, reply.lsn) }
        }
    }

    private func restore() throws -> TestClient {
        daemon.signal(SIGKILL)
        _ = try daemon.waitForExit()
        try FileManager.default.removeItem(atPath: daemon.statePath)
        let result = try DaemonProcess.run(["restore", "--state", daemon.statePath, backup])
        #expect(result.status == 0, "\(result.output)")
        try daemon.crashAndRestart()
        return try daemon.connect()
    }

    @Test func `a backup under load holds what was acknowledged before it, and no half change`()
        throws
    {
        let before = try load { try client.status().allocationCount >= 50 }
        var count = 0
        let (bytes, lsn) = try copy(with: try daemon.connect()) {
            for _ in 0..<20 {
                _ = try client.request("late-\(count)", length: 28)
                count += 1
            }
        }
        try Data(bytes).write(to: URL(filePath: backup))
        let check = try DaemonProcess.run(["check", "--backup", backup])
        #expect(check.status == 0 && check.output.contains("LSN \(lsn)"), "\(check.output)")
        #expect(lsn >= 51)
        let restored = try restore()
        let found = try restored.allocations()
        for (name, block) in before { #expect(found[name] == block) }
        #expect(found.count == Int(lsn) - 1)
    }

    @Test func `ipamc makes a backup, once, and names what it holds`() throws {
        _ = try client.request("a")
        let made = try daemon.ipamc("backup \(backup)")
        #expect(made.status == 0, "\(made.error)")
        #expect(made.output.contains("everything up to LSN 2"))
        #expect(try daemon.ipamc("backup \(backup)").status == 64)
        #expect(try DaemonProcess.run(["check", "--backup", backup]).status == 0)
        #expect(!FileManager.default.fileExists(atPath: backup + ".partial"))
    }

    @Test func `a restored state is in quarantine until it is reconciled`() throws {
        _ = try client.request("kept")
        _ = try client.request("gone")
        #expect(try daemon.ipamc("backup \(backup)").status == 0)
        let late = try client.request("late")
        let again = try restore()
        #expect(try again.status().mode == .quarantine)
        #expect(try again.request("kept") == IPPrefix("10.0.0.0/26"))
        #expect(throws: Refusal.self) { try again.request("new") }
        let held = Command.Request(name: "late", prefix: late, anyParent: true)
        guard case .allocated(let allocated) = try again.ask(.request(held)) else {
            throw TestClient.Closed()
        }
        #expect(allocated.resource.placement?.block == late)
        let names = daemon.statePath + ".live"
        try Data("kept\nlate # asked again\n".utf8).write(to: URL(filePath: names))
        let tried = try daemon.ipamc("reconcile --live \(names) --dry-run")
        #expect(tried.output.contains("prefixallocation/gone released"))
        let json = try daemon.ipamc("reconcile --live \(names) --dry-run -o json").output
        #expect(json.contains(#""name" : "gone""#) && json.contains(#""dryRun" : true"#), "\(json)")
        #expect(try again.status().mode == .quarantine)
        let done = try daemon.ipamc("reconcile --live \(names)")
        #expect(done.status == 0, "\(done.error)")
        #expect(try again.allocations().keys.sorted() == ["kept", "late"])
        #expect(try again.request("new") == IPPrefix("10.0.0.64/26"))
        #expect(try daemon.ipamc("reconcile --accept").status == 1)
        try daemon.crashAndRestart()
        #expect(try daemon.connect().status().mode == .ok)
    }
}
