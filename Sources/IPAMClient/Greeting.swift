public import IPAM
package import IPAMWire

/// What the daemon says of itself when a conversation begins.
public struct Greeting: Sendable, Hashable {
    /// Another one means another history: positions and uids of the former say nothing here.
    public let incarnation: UInt64
    /// The last change that was durable then.
    public let durableLSN: UInt64
    /// What the caller may do, by the credentials of the process.
    public let role: Caller.Role
    /// Name and version of the daemon.
    public let software: String

    package init(_ agreement: Agreement) {
        incarnation = agreement.incarnation
        durableLSN = agreement.durableLSN
        role = agreement.role
        software = agreement.server
    }
}
