import CLinux

/// CRC-32C (Castagnoli): finds every error of up to three bits in a frame, and all others but
/// one in 2³².
enum CRC32C {
    /// The CRC of bytes, continued from that of the bytes before, or from any seed.
    static func checksum(_ bytes: RawSpan, after crc: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { clinux_crc32c(crc, $0.baseAddress, $0.count) }
    }
}
