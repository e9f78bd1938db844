/// How a Prefix gives out its space. A plain manifest has none of it: best fit, without limits.
///
/// Nothing here touches what is allocated already. A policy says what may be given out from now
/// on, so one that gets stricter waits for releases.
public struct PrefixPolicy: Sendable, Hashable {
    /// Where in a parent a block is cut off.
    public enum Strategy: UInt8, Sendable, Hashable, CaseIterable {
        /// From the smallest free block that is large enough; of equals the lowest. Keeps large
        /// blocks whole.
        case bestFit = 1
        /// At the lowest address that is possible. What is used stays together, below.
        case lowest = 2
        /// At the beginning of the largest free block; of equals the lowest. Leaves room beside
        /// each block for it to grow.
        case sparse = 3
    }

    public var strategy = Strategy.bestFit
    /// The shortest prefix length, so the largest block, that is given out.
    public var minLength: UInt8?
    /// The longest prefix length, so the smallest block, that is given out.
    public var maxLength: UInt8?
    /// The length that a request gets which names none.
    public var defaultLength: UInt8?
    /// Given only to those who ask for that very prefix.
    public var reserved = IPPrefixSet()
    /// Never given out.
    public var excluded = IPPrefixSet()
    /// Whether the first and the last address are excluded, as they mean network and broadcast
    /// on an IPv4 link (RFC 919, RFC 950). Of IPv6 it is the first, the Subnet-Router anycast
    /// address (RFC 4291 section 2.6.1). On links between two, /31 and /127, it is neither
    /// (RFC 3021, RFC 6164).
    public var excludesNetworkAndBroadcast = false
    /// The most addresses that may be allocated at a time.
    public var quota: UInt128?
    /// The most addresses that one owner may hold at a time.
    public var quotaPerOwner: UInt128?
    /// Whether only its owner's claims get space here. A Prefix that an agent asked for is so:
    /// it divides what it got, and nobody else shall live in it.
    public var isOwnerOnly = false

    public init() {}

    /// Whether anything is said.
    public var isEmpty: Bool { self == PrefixPolicy() }
}

extension PrefixPolicy.Strategy: CustomStringConvertible {
    /// As a manifest spells it.
    public var description: String {
        switch self {
        case .bestFit: "BestFit"
        case .lowest: "Lowest"
        case .sparse: "Sparse"
        }
    }
}

/// Which of several parents a claim takes.
public enum ParentStrategy: UInt8, Sendable, Hashable, CaseIterable {
    /// The one whose smallest sufficient free block is the smallest; of equals that with the
    /// lowest block, then by name. Fills one parent before it breaks into the next.
    case bestFit = 1
    /// The one with the most free addresses; of equals the lowest parent, then by name. Spreads.
    case emptiest = 2
}

extension ParentStrategy: CustomStringConvertible {
    /// As a manifest spells it.
    public var description: String {
        switch self {
        case .bestFit: "BestFit"
        case .emptiest: "Emptiest"
        }
    }
}

extension PrefixPolicy {
    /// What is never given out of a block: the excluded, with network and broadcast address.
    package func excluded(of block: IPPrefix) -> IPPrefixSet {
        let inside = excluded.clipped(to: block)
        guard excludesNetworkAndBroadcast, block.family.addressBits - block.length > 1 else {
            return inside
        }
        let bits = block.family.addressBits
        let first = IPPrefix(containing: block.firstAddress, length: bits)
        let last = IPPrefix(containing: block.lastAddress, length: bits)
        return inside.union(IPPrefixSet(block.family == .ipv4 ? [first, last] : [first]))
    }

    /// The most addresses of a quota as it is written: a decimal number, or `/22` for as many as
    /// a /22 has. Nothing if it is neither, or 0.
    package static func quota(_ text: String, _ family: IPFamily) -> UInt128? {
        if text.hasPrefix("/") {
            let digits = text.dropFirst()
            guard digits.utf8.allSatisfy(\.isDigit),
                let length = UInt8(digits), (1...family.addressBits).contains(length)
            else { return nil }
            return 1 << UInt128(family.addressBits - length)
        }
        guard text.utf8.allSatisfy(\.isDigit), let number = UInt128(text), number > 0 else {
            return nil
        }
        return number
    }
}
