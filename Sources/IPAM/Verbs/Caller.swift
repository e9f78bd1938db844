/// Who asks, as the kernel says: the credentials of the process that connected.
public struct Caller: Sendable, Hashable {
    /// What a caller may do.
    public enum Role: UInt8, Sendable, Hashable, CaseIterable {
        /// Everything.
        case administrator = 1
        /// Asks for allocations, releases and sees its own.
        case agent = 2
        /// Sees everything, changes nothing.
        case observer = 3
        /// Is refused, and told which group to join.
        case stranger = 4
    }

    public let uid: UInt32
    public let gid: UInt32
    /// For logs alone: a process id says nothing for certain once the process may have ended.
    public let pid: Int32
    public let role: Role
    /// The supplementary groups.
    public let groups: [UInt32]

    public init(uid: UInt32, gid: UInt32, pid: Int32, role: Role, groups: [UInt32] = []) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
        self.role = role
        self.groups = groups
    }
}

extension Caller.Role: CustomStringConvertible {
    public var description: String {
        switch self {
        case .administrator: "administrator"
        case .agent: "agent"
        case .observer: "observer"
        case .stranger: "stranger"
        }
    }
}
