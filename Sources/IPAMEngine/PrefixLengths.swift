import IPAM

/// A set of prefix lengths, 0 to 128.
struct PrefixLengths: Sendable, Hashable {
    /// A bit for each length from 0 to 127.
    private var shorter: UInt128 = 0
    private var has128 = false

    mutating func insert(_ length: UInt8) {
        if length == 128 { has128 = true } else { shorter |= 1 << UInt128(length) }
    }

    mutating func remove(_ length: UInt8) {
        if length == 128 { has128 = false } else { shorter &= ~(1 << UInt128(length)) }
    }

    /// The longest of them that is at most so long.
    func longest(upTo length: UInt8) -> UInt8? {
        if length == 128, has128 { return 128 }
        let above = length >= 127 ? 0 : UInt128.max << UInt128(length + 1)
        let left = shorter & ~above
        return left == 0 ? nil : UInt8(127 - left.leadingZeroBitCount)
    }

    /// The longest of them that is shorter than that.
    func longest(below length: UInt8) -> UInt8? { length == 0 ? nil : longest(upTo: length - 1) }

    /// The shortest of them.
    var shortest: UInt8? {
        if shorter != 0 { return UInt8(shorter.trailingZeroBitCount) }
        return has128 ? 128 : nil
    }
}
