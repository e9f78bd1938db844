/// An IPv4 or IPv6 address, without zone.
///
/// The number comes first so that the value takes 17 bytes and not 32.
public struct IPAddress: Sendable, Hashable {
    /// The address as a number in host order; an IPv4 address fills the low 32 bits.
    public let number: UInt128
    public let family: IPFamily

    /// - Precondition: an IPv4 number is below 2³².
    @inlinable public init(number: UInt128, family: IPFamily) {
        precondition(
            family == .ipv6 || number <= UInt128(UInt32.max),
            "An IPv4 address has 32 bits.")
        self.number = number
        self.family = family
    }
}

/// IPv4 before IPv6, then by number.
extension IPAddress: Comparable {
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.family == right.family ? left.number < right.number : left.family < right.family
    }
}
