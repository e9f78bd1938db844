/// An IP prefix (RFC 4632, RFC 4291 section 2.3): all addresses that share their first `length`
/// bits. The bits behind are zero, always: a value with host bits cannot be made.
public struct IPPrefix: Sendable, Hashable {
    /// The lowest address as a number in host order; IPv4 in the low 32 bits.
    public let number: UInt128
    /// The prefix length: 0...32 for IPv4, 0...128 for IPv6.
    public let length: UInt8
    public let family: IPFamily

    /// Makes a prefix of an address and a length.
    ///
    /// - Throws: `lengthOutOfRange`, or `hostBits` with the prefix that was probably meant.
    public init(_ address: IPAddress, length: Int) throws(IPPrefixError) {
        guard (0...Int(address.family.addressBits)).contains(length) else {
            throw .lengthOutOfRange(address.family)
        }
        let network = IPPrefix(containing: address, length: UInt8(length))
        guard network.number == address.number else { throw .hostBits(address, network) }
        self = network
    }

    /// The prefix of that length in which an address lies.
    ///
    /// - Precondition: the length is at most the family's number of address bits.
    @inlinable public init(containing address: IPAddress, length: UInt8) {
        precondition(length <= address.family.addressBits, "The prefix length is out of range.")
        self.number = address.number & ~Self.hostMask(address.family, length)
        self.length = length
        self.family = address.family
    }

    /// The lowest address.
    @inlinable public var firstAddress: IPAddress { IPAddress(number: number, family: family) }

    /// The highest address.
    @inlinable public var lastAddress: IPAddress {
        IPAddress(number: number | Self.hostMask(family, length), family: family)
    }

    /// Whether every address of `other` is in this prefix; a prefix contains itself.
    @inlinable public func contains(_ other: IPPrefix) -> Bool {
        family == other.family && length <= other.length
            && other.number & ~Self.hostMask(family, length) == number
    }

    /// Whether the address is in this prefix; one of the other family never is.
    @inlinable public func contains(_ address: IPAddress) -> Bool {
        family == address.family && address.number & ~Self.hostMask(family, length) == number
    }

    /// Whether some address is in both.
    @inlinable public func overlaps(_ other: IPPrefix) -> Bool {
        contains(other) || other.contains(self)
    }

    /// The prefix of that length that begins at the same address.
    ///
    /// - Precondition: the length is this one's or longer, and within the family's bits.
    @inlinable public func first(ofLength length: UInt8) -> IPPrefix {
        precondition(length >= self.length, "A part is not larger than the whole.")
        return IPPrefix(containing: firstAddress, length: length)
    }

    /// The other half of the block that is one bit larger.
    ///
    /// - Precondition: the length is not 0; there is nothing beside everything.
    @inlinable package var sibling: IPPrefix {
        precondition(length > 0, "A /0 has no other half.")
        let bit = UInt128(1) << UInt128(family.addressBits - length)
        return IPPrefix(
            containing: IPAddress(number: number ^ bit, family: family), length: length)
    }

    /// The lower and the upper half.
    ///
    /// - Precondition: the prefix is no single address.
    package var halves: (IPPrefix, IPPrefix) {
        let lower = first(ofLength: length + 1)
        return (lower, lower.sibling)
    }

    /// One bit for each address bit behind the prefix.
    @inlinable static func hostMask(_ family: IPFamily, _ length: UInt8) -> UInt128 {
        let hostBits = family.addressBits - length
        return hostBits == 128 ? .max : (1 << UInt128(hostBits)) - 1
    }
}

/// Why an address and a length, or a text, are no prefix.
public enum IPPrefixError: Error, Hashable, Sendable {
    case noAddress(IPAddressError)
    case noLength(String)
    case lengthOutOfRange(IPFamily)
    /// The address has bits set behind the prefix length; the prefix is what was probably meant.
    case hostBits(IPAddress, IPPrefix)
}

/// Numeric order: family, then lowest address, then length (the larger prefix first).
extension IPPrefix: Comparable {
    @inlinable public static func < (left: IPPrefix, right: IPPrefix) -> Bool {
        if left.family != right.family { return left.family < right.family }
        if left.number != right.number { return left.number < right.number }
        return left.length < right.length
    }
}

extension IPPrefix: CustomStringConvertible {
    public var description: String { "\(firstAddress)/\(length)" }

    /// Reads `ADDRESS/LENGTH`; the length is decimal without leading zeros.
    public init(_ text: String) throws(IPPrefixError) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            throw .noLength(text)
        }
        let address: IPAddress
        do throws(IPAddressError) {
            address = try IPAddress(String(text[..<slash]))
        } catch {
            throw .noAddress(error)
        }
        // Bytes, not characters: a combining mark behind the slash is one character with it.
        let digits = text.utf8[text.utf8.index(after: slash)...]
        guard (1...3).contains(digits.count), digits.allSatisfy(\.isDigit),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { throw .noLength(text) }
        let length = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        try self.init(address, length: length)
    }
}

extension IPPrefixError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noAddress(let error): error.description
        case .noLength(let text):
            "\(text.quotedForMessage) is no prefix: write ADDRESS/LENGTH, as in 10.0.0.0/8"
        case .lengthOutOfRange(let family):
            "the prefix length of \(family) is 0 to \(family.addressBits)"
        case .hostBits(let address, let network):
            "\(address)/\(network.length) has bits set behind the prefix length; "
                + "did you mean \(network)?"
        }
    }
}
