import IPAM
import IPAMEngine
import NIOCore
import Systemd
import Testing

@testable import ipamd

@Suite struct `Roles of users` {
    let roles = Roles(administrators: 10, agents: 20, observers: 30, ownUID: 500)

    @Test(arguments: [
        (UInt32(0), [UInt32](), Caller.Role.administrator),
        (500, [], .administrator),
        (1000, [10], .administrator),
        (1000, [30, 20, 10], .administrator),
        (1000, [20], .agent),
        (1000, [30, 20], .agent),
        (1000, [20, 30], .agent),
        (1000, [30], .observer),
        (1000, [40], .stranger),
        (1000, [], .stranger),
    ])
    func `come from the user and the mightiest group`(
        uid: UInt32, groups: [UInt32], role: Caller.Role
    ) {
        #expect(roles.role(uid: uid, groups: groups) == role)
    }

    @Test func `a group has never the rights of the user of its number`() {
        func role(uid: UInt32, gid: UInt32) -> Caller.Role {
            roles.caller(uid: uid, gid: gid, pid: 1, groups: [40]).role
        }
        #expect(role(uid: 0, gid: 1000) == .administrator)
        #expect(role(uid: 1000, gid: 0) == .stranger)
        #expect(role(uid: 1000, gid: 500) == .stranger)
        #expect(role(uid: 20, gid: 1000) == .stranger)
        #expect(role(uid: 1000, gid: 20) == .agent)
    }

    @Test func `are nobody's where the groups do not exist`() {
        let none = Roles(administrators: nil, agents: nil, observers: nil, ownUID: 500)
        #expect(none.role(uid: 1000, groups: [0, 10, 20]) == .stranger)
        #expect(UserDatabase.group(named: "no-such-group") == nil)
        #expect(UserDatabase.group(named: "root") == 0)
    }
}

@Suite struct `The operator's log` {
    let caller = Caller(uid: 1000, gid: 1000, pid: 7, role: .agent)

    @Test func `cannot be forged by what a client sends`() {
        let entry = LogEntry(.refused, .info, "no prefix \"a\u{1b}[2J\nMESSAGE=done\u{202e}\"")
        #expect(!entry.text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
        #expect(entry.line(at: Instant(milliseconds: 0)).filter(\.isNewline).count == 1)
    }

    @Test func `has bounded entries`() {
        let entry = LogEntry(.refused, .info, String(repeating: "x", count: 1 << 20))
        #expect(entry.text.count < 3000)
    }

    @Test func `shows time, severity, sentence and who asked`() {
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
        return Change(operation: operation, caller: caller, lsn: state.lsn, consequences: last)
    }

    @Test func `tells one entry for each object that changed, with the fields to find it by`()
        throws
    {
        let request = Command.Request(name: "web-1", prefixLength: 31, parent: "pods")
        let change = try change("release", .request(request), .release(.init(names: ["web-1"])))
        let fields = change.entries.flatMap(\.journalFields)
        let found = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        #expect(change.entries.count == 1)
        #expect(found["MESSAGE"] == "released PrefixAllocation default/web-1: 10.0.0.0/31 of pods")
        #expect(found["IPAM_NAME"] == "web-1")
        #expect(found["IPAM_KIND"] == "PrefixAllocation")
        #expect(found["IPAM_PREFIX"] == "10.0.0.0/31")
        #expect(found["IPAM_PARENT"] == "pods")
        #expect(found["IPAM_OPERATION"] == "release")
        #expect(found["IPAM_LSN"] == "3")
        #expect(found["IPAM_PEER_UID"] == "1000")
        #expect(found["MESSAGE_ID"] == Message.released.rawValue)
        #expect(found["PRIORITY"] == "6")
    }

    @Test func `tells who got what a change made free`() throws {
        let key = ResourceKey(kind: .prefixAllocation, namespace: "default", name: "waits")
        let claim = Manifest(key: key, ipFamily: "IPv4", prefixLength: 31, parent: "pods")
        func request(_ name: String) -> Command {
            .request(.init(name: name, prefixLength: 31, parent: "pods"))
        }
        let change = try change(
            "release", request("a"), request("b"), .apply(.init(manifests: [claim])),
            .release(.init(blocks: [try IPPrefix("10.0.0.2/31")])))
        #expect(
            change.entries.map(\.text) == [
                "released PrefixAllocation default/b: 10.0.0.2/31 of pods",
                "allocated PrefixAllocation default/waits: 10.0.0.2/31 of pods",
            ])
    }

    @Test func `is silent about previews and repetitions`() throws {
        let request = Command.Request(name: "web-1", prefixLength: 31, parent: "pods")
        var preview = request
        preview.isDryRun = true
        #expect(try change("request", .request(preview)).entries.isEmpty)
        #expect(try change("request", .request(request), .request(request)).entries.isEmpty)
    }

    @Test func `has an id of 128 bits for each kind of entry`() {
        for message in Message.allCases {
            #expect(message.rawValue.count == 32)
            #expect(message.rawValue.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }

    @Test func `takes a burst from each user, then an entry a second, and counts the rest`() {
        var limiter = LogLimiter()
        for _ in 0..<LogLimiter.burst { #expect(limiter.admit(uid: 1, at: 100) == 0) }
        for _ in 0..<5 { #expect(limiter.admit(uid: 1, at: 100) == nil) }
        #expect(limiter.admit(uid: 2, at: 100) == 0)
        #expect(limiter.admit(uid: 1, at: 101) == 5)
        #expect(limiter.admit(uid: 1, at: 101) == nil)
        #expect(limiter.admit(uid: 1, at: 200) == 1)
    }
}

@Suite struct `Values of the command line` {
    @Test(arguments: [
        ("500ms", TimeAmount.milliseconds(500)), ("30s", .seconds(30)), ("5m", .minutes(5)),
        ("1h", .hours(1)),
    ])
    func `durations have a unit`(text: String, time: TimeAmount) {
        let interval = Interval(argument: text)
        #expect(interval?.time == time)
        #expect(interval?.description == text)
    }

    @Test(arguments: ["", "5", "s", "-5s", "0s", "1d", "1.5s", "99999999999999h", "５s"])
    func `other durations are refused`(text: String) {
        #expect(Interval(argument: text) == nil)
    }

    @Test func `modes are octal`() {
        #expect(FileMode(argument: "0660")?.bits == 0o660)
        #expect(FileMode(argument: "0888") == nil)
        #expect(FileMode(argument: "1777") == nil)
    }
}
