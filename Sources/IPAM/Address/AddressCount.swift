/// A number of addresses, up to all 2¹²⁸ of IPv6: one more than an integer of 128 bits can say.
public struct AddressCount: Sendable, Hashable {
    /// The number, or 0 for 2¹²⁸.
    private let number: UInt128
    private let isAll: Bool

    /// No address.
    public static let zero = AddressCount(0)

    public init(_ number: UInt128) {
        self.number = number
        isAll = false
    }

    private init(all: Void) {
        number = 0
        isAll = true
    }

    /// The addresses of a block of that length.
    ///
    /// - Precondition: the length is at most the family's number of address bits.
    public init(ofLength length: UInt8, _ family: IPFamily) {
        let hostBits = family.addressBits - length
        self = hostBits == 128 ? AddressCount(all: ()) : AddressCount(1 << UInt128(hostBits))
    }

    /// The addresses of so many blocks of each length.
    ///
    /// - Precondition: they are disjoint blocks, so that there are no more than 2¹²⁸.
    public init(_ blocks: [LengthCount], _ family: IPFamily) {
        self = blocks.reduce(.zero) { sum, blocks in
            let size = AddressCount(ofLength: blocks.length, family)
            if size.isAll { return size }
            let (product, isOver) = size.number.multipliedReportingOverflow(
                by: UInt128(blocks.count))
            precondition(!isOver || product == 0, "There are 2¹²⁸ addresses and no more.")
            return isOver ? AddressCount(all: ()) : sum + AddressCount(product)
        }
    }

    /// - Precondition: the sum is at most 2¹²⁸.
    public static func + (left: AddressCount, right: AddressCount) -> AddressCount {
        if left.isAll || right.isAll { return AddressCount(all: ()) }
        let (sum, isOver) = left.number.addingReportingOverflow(right.number)
        precondition(!isOver || sum == 0, "There are 2¹²⁸ addresses and no more.")
        return isOver ? AddressCount(all: ()) : AddressCount(sum)
    }

    /// The length of the largest block that so many addresses could be; nothing for none.
    public func lengthOfLargestBlock(_ family: IPFamily) -> UInt8? {
        if isAll { return 0 }
        guard number > 0 else { return nil }
        let hostBits = 127 - number.leadingZeroBitCount
        return UInt8(clamping: Int(family.addressBits) - hostBits)
    }

    /// The share of another number, 0 to 1, for people; 0 of nothing.
    public func share(of whole: AddressCount) -> Double {
        whole == .zero ? 0 : approximate / whole.approximate
    }

    /// To the precision of a double; 2¹²⁸ is exact.
    public var approximate: Double { isAll ? 0x1p128 : Double(number) }
}

extension AddressCount: Comparable {
    public static func < (left: AddressCount, right: AddressCount) -> Bool {
        left.isAll == right.isAll ? left.number < right.number : right.isAll
    }
}

extension AddressCount: CustomStringConvertible {
    public var description: String {
        isAll ? "340282366920938463463374607431768211456" : "\(number)"
    }
}

/// How many blocks there are of a length.
public struct LengthCount: Sendable, Hashable {
    public let length: UInt8
    public let count: UInt64

    public init(length: UInt8, count: UInt64) {
        self.length = length
        self.count = count
    }
}
