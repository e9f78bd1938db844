import CLinux
import Glibc
import IPAM

/// Which users may do what, by the groups of this machine.
struct Roles: Sendable {
    /// The numbers of the groups, if they exist.
    let administrators: UInt32?
    let agents: UInt32?
    let observers: UInt32?
    /// Whose process this is: the same user may do everything.
    let ownUID: UInt32

    init(administrators: UInt32?, agents: UInt32?, observers: UInt32?, ownUID: UInt32) {
        self.administrators = administrators
        self.agents = agents
        self.observers = observers
        self.ownUID = ownUID
    }

    /// Looks the groups up by their names, once: a later change needs a restart, and a look-up
    /// for each client could wait for a slow directory service.
    static func ofThisMachine() -> Roles {
        Roles(
            administrators: UserDatabase.group(named: "ipam-admin"),
            agents: UserDatabase.group(named: "ipam"),
            observers: UserDatabase.group(named: "ipam-monitor"),
            ownUID: geteuid())
    }

    /// The mightiest role that the user or one of the groups has.
    func role(uid: UInt32, groups: some Sequence<UInt32>) -> Caller.Role {
        if uid == 0 || uid == ownUID { return .administrator }
        var role = Caller.Role.stranger
        for group in groups {
            if group == administrators { return .administrator }
            if group == agents { role = .agent }
            if group == observers, role == .stranger { role = .observer }
        }
        return role
    }

    /// Who is at the other end of a connected socket. Fixed by the kernel at connect(2), so a
    /// descriptor that was handed on still speaks for its first owner.
    /// - Throws: If the kernel does not say: then nobody is taken for anybody.
    func caller(ofSocket socket: Int32) throws(PeerError) -> Caller {
        var peer = clinux_peer()
        let error = clinux_peer_credentials(socket, &peer)
        guard error == 0 else { throw PeerError(errno: error) }
        let groups = try Self.groups(ofSocket: socket)
        return Caller(
            uid: peer.uid, gid: peer.gid, pid: peer.pid,
            role: role(uid: peer.uid, groups: [peer.gid] + groups), groups: groups)
    }

    private static func groups(ofSocket socket: Int32) throws(PeerError) -> [UInt32] {
        // Few users have more than these; the kernel says how many if one does.
        var groups = [UInt32](repeating: 0, count: 64)
        var count = groups.count
        var error = clinux_peer_groups(socket, &groups, &count)
        if error == ERANGE {
            groups = [UInt32](repeating: 0, count: count)
            error = clinux_peer_groups(socket, &groups, &count)
        }
        guard error == 0 else { throw PeerError(errno: error) }
        return Array(groups[..<count])
    }
}

/// The kernel does not say who is at the other end.
struct PeerError: Error, CustomStringConvertible {
    let errno: Int32

    var description: String {
        "the kernel does not say who connected: \(String(cString: strerror(errno)))"
    }
}

/// Users and groups of this machine (getgrnam_r(3)).
enum UserDatabase {
    /// Room for one entry; a group with thousands of members needs as much.
    private static let entryBytes = 256 << 10

    /// The number of a group; nothing if there is none of this name.
    static func group(named name: String) -> UInt32? {
        var entry = group_entry()
        var result: UnsafeMutablePointer<group_entry>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: entryBytes) { buffer in
            let error = getgrnam_r(name, &entry, buffer.baseAddress!, buffer.count, &result)
            guard error == 0, let found = result else { return nil }
            return found.pointee.gr_gid
        }
    }
}

/// `struct group` of grp.h, under a name that no method of ours hides.
private typealias group_entry = Glibc.group
