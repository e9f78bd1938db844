/// A version of the Internet Protocol. The raw value is the version number, as in an IP header.
public enum IPFamily: UInt8, Sendable, Hashable, CaseIterable {
    case ipv4 = 4
    case ipv6 = 6

    /// The number of bits in an address: 32 or 128. It is also the largest prefix length.
    @inlinable public var addressBits: UInt8 {
        switch self {
        case .ipv4: 32
        case .ipv6: 128
        }
    }

    /// Reads `IPv4` or `IPv6`, as resources spell it.
    public init?(_ text: String) {
        switch text {
        case "IPv4": self = .ipv4
        case "IPv6": self = .ipv6
        default: return nil
        }
    }
}

extension IPFamily: Comparable {
    @inlinable public static func < (left: IPFamily, right: IPFamily) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension IPFamily: CustomStringConvertible {
    public var description: String {
        switch self {
        case .ipv4: "IPv4"
        case .ipv6: "IPv6"
        }
    }
}
