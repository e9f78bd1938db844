import IPAM
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

    @Test func `tells one entry for each object that changed, with the fields to find it by`() {
        let key = ResourceKey(kind: .prefixAllocation, namespace: "default", name: "web-1")
        let change = Change(
            command: .release(.init(names: ["web-1"])),
            reply: Reply(
                lsn: 9,
                answer: .released(.init(items: [.init(name: "web-1", block: nil)]))),
            caller: caller, resources: [:])
        let fields = change.entries.flatMap(\.journalFields)
        let found = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        #expect(change.entries.count == 1)
        #expect(found["IPAM_NAME"] == key.name)
        #expect(found["IPAM_KIND"] == "PrefixAllocation")
        #expect(found["IPAM_OPERATION"] == "release")
        #expect(found["IPAM_LSN"] == "9")
        #expect(found["IPAM_PEER_UID"] == "1000")
        #expect(found["MESSAGE_ID"] == Message.released.rawValue)
        #expect(found["PRIORITY"] == "6")
    }

    @Test func `is silent about previews and repetitions`() {
        let item = Answer.Applied.Item(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "root"),
            outcome: .unchanged)
        let change = Change(
            command: .apply(.init(manifests: [])),
            reply: Reply(lsn: 1, answer: .applied(.init(items: [item]))),
            caller: caller, resources: [:])
        #expect(change.entries.isEmpty)
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
