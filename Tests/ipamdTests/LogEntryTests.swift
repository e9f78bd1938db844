import IPAM
import IPAMEngine
import NIOCore
import Systemd
import Testing

@testable import ipamd

@Suite struct `Entries of the operator's log` {
    let caller = Caller(uid: 1000, gid: 1001, pid: 7, role: .agent)
    private let arrival = NIODeadline.uptimeNanoseconds(1_000_000)
    private let answered = NIODeadline.uptimeNanoseconds(3_500_999)

    @Test func `cannot be forged by what a client sends`() {
        let entry = LogEntry(.refused, .info, "no prefix \"a\u{1b}[2J\nMESSAGE=done\u{202e}\"")
        #expect(!entry.text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
        #expect(entry.line(at: Instant(milliseconds: 0)).filter(\.isNewline).count == 1)
    }

    @Test func `are bounded`() {
        let long = String(repeating: "x", count: 1 << 20)
        let entry = LogEntry(.refused, .info, long).with(.name, long)
        #expect(entry.text.count < 3000)
        #expect(entry.journalEntry.bytes.count < 2048 + 1024 + 200)
    }

    @Test func `show time, severity, sentence and who asked`() {
        let entry = LogEntry(.refused, .info, "refused request").with(caller)
        #expect(
            entry.line(at: Instant(milliseconds: 0))
                == "1970-01-01T00:00:00Z info: refused request (uid 1000, pid 7)\n")
    }

    /// What a command brings about in a namespace that has a root `pods` of four addresses.
    private func change(_ operation: String, _ commands: Command...) throws -> Change {
        let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "pods")
        var state = State(incarnation: 1)
        var last = Consequences()
        let root = Command.apply(.init(manifests: [Manifest(key: key, prefix: "10.0.0.0/30")]))
        for command in [root] + commands {
            last = try state.execute(
                command, by: administrator, at: Instant(milliseconds: 0)
            ).consequences
        }
        return Change(
            operation: operation, asker: Asker(caller: caller, arrival: arrival), lsn: state.lsn,
            consequences: last)
    }

    private func fields(of entry: LogEntry) throws -> [String: String] {
        try FakeJournal.fields(entry.journalEntry.bytes[...])
    }

    @Test func `are one for each object that changed, with the fields to find it by`() throws {
        let request = Command.Request(name: "web-1", prefixLength: 31, parent: "pods")
        let change = try change("request", .request(request))
        let entries = change.entries(answeredAt: answered)
        #expect(entries.count == 1)
        #expect(change.entryCount == 1)
        #expect(
            try fields(of: entries[0]) == [
                "MESSAGE": "allocated PrefixAllocation default/web-1: 10.0.0.0/31 of pods",
                "MESSAGE_ID": Message.allocated.rawValue, "PRIORITY": "6",
                "SYSLOG_IDENTIFIER": "ipamd", "IPAM_OPERATION": "request",
                "IPAM_KIND": "PrefixAllocation", "IPAM_NAMESPACE": "default",
                "IPAM_NAME": "web-1", "IPAM_PREFIX": "10.0.0.0/31", "IPAM_PARENT": "pods",
                "IPAM_PHASE": "Allocated", "IPAM_OWNER_UID": "0", "IPAM_LSN": "2",
                "IPAM_PEER_UID": "1000", "IPAM_PEER_GID": "1001", "IPAM_PEER_PID": "7",
                "IPAM_LATENCY_USEC": "2500",
            ])
    }

    @Test func `of what is gone have no phase`() throws {
        let request = Command.Request(name: "web-1", prefixLength: 31, parent: "pods")
        let change = try change("release", .request(request), .release(.init(names: ["web-1"])))
        let found = try fields(of: try #require(change.entries(answeredAt: answered).first))
        #expect(found["MESSAGE_ID"] == Message.released.rawValue)
        #expect(found["IPAM_PREFIX"] == "10.0.0.0/31")
        #expect(found["IPAM_PHASE"] == nil)
    }

    @Test func `tell who got what a change made free, and not that its maker asked for it`() throws
    {
        let key = ResourceKey(kind: .prefixAllocation, namespace: "default", name: "waits")
        let claim = Manifest(key: key, ipFamily: "IPv4", prefixLength: 31, parent: "pods")
        func request(_ name: String) -> Command {
            .request(.init(name: name, prefixLength: 31, parent: "pods"))
        }
        let release = Command.release(.init(blocks: [try IPPrefix("10.0.0.2/31")]))
        let change = try change(
            "release", request("a"), request("b"), .apply(.init(manifests: [claim])), release)
        #expect(
            change.entries(answeredAt: answered).map(\.text) == [
                "released PrefixAllocation default/b: 10.0.0.2/31 of pods",
                "allocated PrefixAllocation default/waits: 10.0.0.2/31 of pods",
            ])
        let claimed = try fields(of: change.entries(answeredAt: answered)[1])
        #expect(claimed["IPAM_OPERATION"] == "wake")
        #expect(claimed["IPAM_OWNER_UID"] == "0")
        #expect(claimed["IPAM_PEER_UID"] == nil)
        #expect(claimed["IPAM_LATENCY_USEC"] == nil)

        let waiter = Caller(uid: 2000, gid: 2000, pid: 8, role: .agent)
        let served = try fields(
            of: Change(
                operation: "release", asker: change.asker, lsn: change.lsn,
                consequences: change.consequences,
                served: [key: Asker(caller: waiter, arrival: .uptimeNanoseconds(0))]
            ).entries(answeredAt: answered)[1])
        #expect(served["IPAM_OPERATION"] == "wake")
        #expect(served["IPAM_PEER_UID"] == "2000")
        #expect(served["IPAM_LATENCY_USEC"] == "3500")
    }

    @Test func `of a claim that can never be served say why`() throws {
        let key = ResourceKey(kind: .prefixAllocation, namespace: "default", name: "large")
        let claim = Manifest(key: key, ipFamily: "IPv4", prefixLength: 8, parent: "pods")
        let change = try change("apply", .apply(.init(manifests: [claim])))
        let found = try fields(of: try #require(change.entries(answeredAt: answered).last))
        #expect(found["IPAM_PHASE"] == "Failed")
        #expect(found["IPAM_CODE"] == "request_too_large")
    }

    @Test func `are none for previews and repetitions`() throws {
        let request = Command.Request(name: "web-1", prefixLength: 31, parent: "pods")
        var preview = request
        preview.isDryRun = true
        let changes = [
            try change("request", .request(preview)),
            try change("request", .request(request), .request(request)),
        ]
        #expect(changes.allSatisfy { $0.entries(answeredAt: answered).isEmpty })
        #expect(changes.allSatisfy { $0.entryCount == 0 })
    }

    @Test func `tell the end of a quarantine`() {
        var consequences = Consequences()
        consequences.endsQuarantine = true
        let change = Change(
            operation: "reconcile", asker: Asker(caller: caller, arrival: arrival), lsn: 9,
            consequences: consequences)
        let entries = change.entries(answeredAt: answered)
        #expect(entries.map(\.message) == [.reconciled])
        #expect(change.entryCount == 1)
    }

    @Test func `tell for whom a namespace is`() throws {
        func text(_ access: NamespaceAccess?) throws -> String? {
            var consequences = Consequences()
            consequences.access = AccessChange(namespace: "web", access: access)
            let change = Change(
                operation: "access", asker: Asker(caller: caller, arrival: arrival), lsn: 9,
                consequences: consequences)
            let entry = change.entries(answeredAt: answered).first
            #expect(change.entryCount == 1)
            let found = try entry.map(fields) ?? [:]
            #expect(found["IPAM_NAMESPACE"] == "web")
            #expect(found["IPAM_PEER_UID"] == "1000")
            return entry?.text
        }
        #expect(
            try text(NamespaceAccess(users: [7], groups: [20]))
                == "the namespace web is for uid 7, gid 20 alone")
        #expect(try text(nil) == "the namespace web is for every agent")
    }

    @Test func `of a refusal are about the part that was refused`() throws {
        let block = try IPPrefix("10.0.0.0/28")
        let request = Command.Request(name: "a", prefix: block, parent: "pods")
        let subject = RefusedSubject(
            namespace: "default", kind: .prefixAllocation, name: "a", prefix: block, parent: "pods")
        #expect(Command.request(request).subject(of: Refusal(.noRoom, "")) == subject)
        let batch = Command.batch(
            .init(parts: [.release(.init(names: ["x"])), .request(request)]))
        #expect(batch.subject(of: Refusal(.noRoom, "", part: 1)) == subject)
        #expect(batch.subject(of: Refusal(.noRoom, "", part: 7)) == RefusedSubject())
        let release = Command.release(.init(blocks: [block]))
        #expect(release.subject(of: Refusal(.notFound, "")).prefix == block)
        let many = Command.release(.init(names: ["x"], blocks: [block]))
        #expect(many.subject(of: Refusal(.notFound, "")).name == nil)
    }

    @Test func `have an id of 128 bits for each kind`() {
        for message in Message.allCases {
            #expect(message.rawValue.count == 32)
            #expect(message.rawValue.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
        #expect(Set(Message.allCases.map(\.rawValue)).count == Message.allCases.count)
    }
}

@Suite struct `Floods of entries` {
    private let user = LogLimiter.Source.user(1)

    @Test func `are a burst from each user, then an entry a second, and the rest is counted`() {
        var limiter = LogLimiter()
        for _ in 0..<LogLimiter.burst { #expect(limiter.admit(user, at: 100) == 0) }
        for _ in 0..<5 { #expect(limiter.admit(user, at: 100) == nil) }
        #expect(limiter.admit(.user(2), at: 100) == 0)
        #expect(limiter.admit(user, at: 101) == 5)
        #expect(limiter.admit(user, at: 101) == nil)
        #expect(limiter.admit(user, at: 200) == 1)
    }

    @Test func `are told once when no further entry tells them`() {
        var limiter = LogLimiter()
        for _ in 0..<LogLimiter.burst + 7 { _ = limiter.admit(user, at: 100) }
        let untold = limiter.takeUntold()
        #expect(untold.map(\.source) == [user])
        #expect(untold.map(\.count) == [7])
        #expect(limiter.takeUntold().isEmpty)
        #expect(limiter.admit(user, at: 200) == 0)
    }

    @Test func `of more users than are remembered are told all the same`() {
        var limiter = LogLimiter()
        for _ in 0..<LogLimiter.burst + 7 { _ = limiter.admit(user, at: 100) }
        for uid in 0..<UInt32(LogLimiter.sourcesMax) {
            _ = limiter.admit(.user(1000 + uid), at: 100)
        }
        #expect(limiter.takeUntold().map(\.count) == [7])
    }

    @Test func `of strangers are one flood, whoever they are`() {
        let strangers = (0..<100).map { Caller(uid: $0, gid: 1, pid: 1, role: .stranger) }
        #expect(Set(strangers.map { LogLimiter.Source($0) }) == [.strangers])
        #expect(LogLimiter.Source(nil) == .unknown)
    }
}
