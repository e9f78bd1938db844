/// CRC-32C as RFC 3720 describes it, by a table: slow, and written without a look at the other one.
enum SlowCRC {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in
            crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1
        }
    }

    static func checksum(_ bytes: ArraySlice<UInt8>, after crc: UInt32 = 0) -> UInt32 {
        var crc = ~crc
        for byte in bytes { crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
        return ~crc
    }

    /// What the frames of a file with this salt begin with.
    static func seed(_ salt: UInt64) -> UInt32 { checksum(littleEndian(salt)[...]) }
}

/// The bytes of a number, the lowest first.
func littleEndian(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

extension ArraySlice<UInt8> {
    /// The little-endian number in so many bytes from a place, counted from the slice's start.
    func number(at offset: Int, bytes count: Int) -> UInt64 {
        (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(self[startIndex + offset + $1]) }
    }
}
