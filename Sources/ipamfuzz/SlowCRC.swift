internal import CFuzzer

/// CRC-32C as RFC 3720 describes it, written without a look at the one that the store uses.
enum SlowCRC {
    /// The CRC of bytes, continued from that of the bytes before, or from any seed.
    static func checksum(_ bytes: ArraySlice<UInt8>, after crc: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { cfuzzer_crc32c(crc, $0.baseAddress, $0.count) }
    }

    /// What the frames of a file with this salt begin with.
    static func seed(_ salt: UInt64) -> UInt32 { checksum(littleEndian(salt)[...]) }
}

/// The bytes of a number, the lowest first.
func littleEndian(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

extension ArraySlice<UInt8> {
    var isAllZeros: Bool { withUnsafeBytes { cfuzzer_is_all_zeros($0.baseAddress, $0.count) } }

    /// The little-endian number in so many bytes from a place, counted from the slice's start.
    func number(at offset: Int, bytes count: Int) -> UInt64 {
        (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(self[startIndex + offset + $1]) }
    }
}
