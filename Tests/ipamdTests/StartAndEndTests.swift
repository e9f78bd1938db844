import Foundation
import Glibc
import IPAM
import IPAMWire
import Systemd
import Testing

@testable import ipamd

/// What a daemon does with what it finds, and what it leaves.
@Suite struct `Start and end` {
    @Test func `with damaged files it stays up and says where the damage is`() throws {
        let daemon = try DaemonProcess()
        let client = try daemon.connect()
        try client.makeRoot("10.0.0.0/24")
        daemon.signal(SIGTERM)
        #expect(try daemon.waitForExit() == 0)
        for name in try daemon.stateFiles(beginningWith: "checkpoint-") {
            try daemon.overwrite(name, at: 4096 + 100)
        }
        for name in try daemon.stateFiles(beginningWith: "journal-") {
            try daemon.overwrite(name, at: 0)
        }
        try daemon.crashAndRestart()

        let after = try daemon.connect()
        let refusal = #expect(throws: Refusal.self) { try after.request("one") }
        #expect(refusal?.code == .stateDamaged)
        #expect(refusal?.sentence.contains("offset") == true)
        #expect(throws: Refusal.self) { try after.allocations() }
        let status = try after.status()
        #expect(status.mode == .damaged)
        #expect(
            status.detail?.contains("journal-") == true
                || status.detail?.contains("checkpoint-") == true)
        #expect(try DaemonProcess.run(["check", "--state", daemon.statePath]).status == 1)
        daemon.signal(SIGTERM)
        #expect(try daemon.waitForExit() == 0)
    }

    @Test func `a sound directory passes the offline check`() throws {
        let daemon = try DaemonProcess()
        try daemon.connect().makeRoot("10.0.0.0/24")
        daemon.signal(SIGKILL)
        _ = try daemon.waitForExit()
        let check = try DaemonProcess.run(["check", "--state", daemon.statePath])
        #expect(check.status == 0, "\(check.output)")
    }

    @Test func `a second daemon on the same directory ends at once and names the first`() throws {
        let first = try DaemonProcess()
        let second = try DaemonProcess.run([
            "--state", first.statePath, "--socket", first.folder + "/other",
        ])
        #expect(second.status == ExitStatus.taken.rawValue)
        #expect(second.output.contains("in use by process \(first.process.processIdentifier)"))
        #expect(!FileManager.default.fileExists(atPath: first.folder + "/other"))
        #expect(try first.connect().status().mode == .ok)
    }

    @Test func `a socket that somebody answers on is left alone`() throws {
        let first = try DaemonProcess()
        let second = try DaemonProcess.run([
            "--state", first.folder + "/other", "--socket", first.socketPath,
        ])
        #expect(second.status == ExitStatus.taken.rawValue)
        #expect(second.output.contains("another process answers"))
        #expect(try first.connect().status().mode == .ok)
    }

    @Test func `a dead socket is replaced, and removed at the end`() throws {
        let daemon = try DaemonProcess()
        try daemon.crashAndRestart()
        #expect(try daemon.connect().status().mode == .ok)
        daemon.signal(SIGINT)
        #expect(try daemon.waitForExit() == 0)
        #expect(!FileManager.default.fileExists(atPath: daemon.socketPath))
    }

    @Test func `its own socket is for its user alone unless told otherwise`() throws {
        func mode(_ daemon: DaemonProcess) -> mode_t {
            var status = stat()
            lstat(daemon.socketPath, &status)
            return status.st_mode & 0o777
        }
        #expect(try mode(DaemonProcess()) == 0o600)
        #expect(try mode(DaemonProcess(arguments: ["--socket-mode", "0666"])) == 0o666)
    }

    @Test(arguments: [
        (["--state", "/tmp/none"], Int32(64), "no socket"),
        (["--socket", String(repeating: "x", count: 108)], 64, "107 bytes"),
        (["--socket", "s", "--socket-group", "no such group"], 64, "there is no group"),
        (["--checkpoint-interval", "5"], 64, "checkpoint-interval"),
        (["--no-such-option"], 64, "Unknown option"),
        (["--socket", "/etc/hostname"], 1, "no socket; remove it"),
        (["--socket", "/tmp/no/such/folder/s"], 1, "No such file"),
    ])
    func `a start that cannot work says why`(
        arguments: [String], status: Int32, words: String
    ) throws {
        let run = try DaemonProcess.run(arguments)
        #expect(run.status == status)
        #expect(run.output.contains(words), "\(run.output)")
    }

    /// The syncs of a start are fewer than 20 (segment, checkpoint, directory, each once or
    /// twice), so the failing one is that of a batch or of the seal behind it.
    @Test(
        .enabled("needs strace") {
            FileManager.default.isExecutableFile(atPath: DaemonProcess.strace)
        })
    func `a journal that cannot be synced ends it with 2, and nobody hears of success`() throws {
        let daemon = try DaemonProcess(.traced(inject: "fdatasync:error=EIO:when=20"))
        let client = try daemon.connect()
        try client.makeRoot("10.0.0.0/16")
        var acknowledged: [String: IPPrefix] = [:]
        var end: (any Error)?
        while end == nil {
            let name = "n\(acknowledged.count)"
            do {
                acknowledged[name] = try client.request(name, length: 28)
            } catch {
                end = error
            }
        }
        let refusal = end as? Refusal
        let goodbye = end as? Goodbye
        #expect(refusal?.code == .outcomeUnknown || goodbye?.knownCode == .storageFailed)
        #expect(try daemon.waitForExit() == ExitStatus.storage.rawValue)

        let next = try DaemonProcess(arguments: ["--state", daemon.statePath])
        let found = try next.connect().allocations()
        #expect(acknowledged.allSatisfy { found[$0.key] == $0.value })
        #expect(found.count <= acknowledged.count + 1)
    }

    /// Each sync takes half a second here, in which everybody else is served. A hello says what
    /// is durable at its moment, so one that comes after an answer must not know less than that.
    @Test(
        .enabled("needs strace") {
            FileManager.default.isExecutableFile(atPath: DaemonProcess.strace)
        })
    func `nobody hears of what is not durable yet`() throws {
        let daemon = try DaemonProcess(.traced(inject: "fdatasync:delay_enter=500000"))
        let writer = try daemon.connect()
        let reader = try daemon.connect()
        try writer.makeRoot("10.0.0.0/16")
        func nextReply(_ client: TestClient) throws -> Reply {
            guard case .reply(_, let reply) = try client.nextEvent() else {
                throw TestClient.Closed()
            }
            let durable = try #require(try daemon.connect().agreement).durableLSN
            #expect(durable >= reply.lsn)
            return reply
        }
        for name in ["a", "b"] {
            try writer.post(.request(.init(name: name, prefixLength: 28, anyParent: true)))
            if name == "b" {
                var isSeen = false
                while !isSeen {
                    try reader.post(.list(.init(kind: .prefixAllocation)))
                    guard case .listed(let page) = try nextReply(reader).answer else {
                        throw TestClient.Closed()
                    }
                    isSeen = page.items.contains { $0.resource.key.name == name }
                }
            }
            _ = try nextReply(writer)
        }
    }

    /// The segment would have a mebibyte. Had the short write counted as whole, the daemon would
    /// serve from half a segment, and the next start would find damage.
    @Test func `a short write is not taken for a whole one`() throws {
        let daemon = try DaemonProcess(.limitedFiles(bytes: 512 << 10))
        let client = try daemon.connect()
        #expect(try client.status().mode == .readOnly)
        #expect(throws: Refusal.self) { try client.makeRoot("10.0.0.0/24") }
        daemon.signal(SIGTERM)
        #expect(try daemon.waitForExit() == 0)
        let next = try DaemonProcess(arguments: ["--state", daemon.statePath])
        #expect(try next.connect().status().mode == .ok)
    }

    @Test func `the service manager hears READY, how it is, and STOPPING`() throws {
        let path = "/tmp/ipamd-notify.\(UUID().uuidString.prefix(8))"
        let manager = try #require(NotifySocket(path))
        let daemon = try DaemonProcess(environment: ["NOTIFY_SOCKET": path])
        #expect(
            manager.receive()
                == "READY=1\nSTATUS=Serving 0 prefixes, 0 allocations (0 waiting), LSN 0")
        daemon.signal(SIGTERM)
        #expect(manager.receive() == "STOPPING=1\nSTATUS=Stopping")
        #expect(try daemon.waitForExit() == 0)
    }

    @Test func `the watchdog is fed`() throws {
        let path = "/tmp/ipamd-notify.\(UUID().uuidString.prefix(8))"
        let manager = try #require(NotifySocket(path))
        let daemon = try DaemonProcess(
            environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"])
        #expect(manager.receive()?.hasPrefix("READY=1") == true)
        #expect(manager.receive() == "WATCHDOG=1")
        #expect(manager.receive() == "WATCHDOG=1")
        #expect(daemon.process.isRunning)
    }
}

extension DaemonProcess {
    func stateFiles(beginningWith prefix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: statePath)
            .filter { $0.hasPrefix(prefix) }
    }

    /// Writes 16 bytes over what a file holds.
    func overwrite(_ name: String, at offset: UInt64) throws {
        let file = try FileHandle(
            forUpdating: URL(fileURLWithPath: statePath + "/" + name))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data(repeating: 0xa5, count: 16))
        try file.close()
    }
}

/// A service manager's ear: one datagram for each notification.
private final class NotifySocket {
    private let descriptor: Int32
    private let path: String

    init?(_ path: String) {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { return nil }
        var limit = timeval(tv_sec: Int(DaemonProcess.deadline), tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
