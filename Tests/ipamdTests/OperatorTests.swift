import IPAM
import NIOCore
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
