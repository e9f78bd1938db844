import IPAM

/// A place in the history of changes: the last change before it, and the check value of the
/// last frame before it. Two histories that meet in a place are the same up to there.
package struct JournalPosition: Sendable, Hashable {
    package var lsn: UInt64
    package var chain: UInt32

    package static let start = JournalPosition(lsn: 0, chain: 0)
}

/// The first block of a segment or checkpoint.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 8 | `ipamjrnl` or `ipamckpt` |
/// | 8 | 2 | format that a reader must understand |
/// | 10 | 2 | format that a writer must understand |
/// | 12 | 4 | bit 0: a checkpoint made at a clean stop, which no segment follows; |
/// |    |   | bit 1: the state at the position is in quarantine |
/// | 16 | 16 | machine id (machine-id(5)), 0 if unknown |
/// | 32 | 8 | incarnation |
/// | 40 | 8 | generation, as in the file's name |
/// | 48 | 8 | position: last LSN before the segment, or in the checkpoint |
/// | 56 | 4 | position: check value of the last frame before |
/// | 60 | 4 | 0 |
/// | 64 | 8 | salt, random for each file |
/// | 72 | 8 | bytes of the segment; 0 in a checkpoint |
/// | 80 | 8 | when it was made, ms since 1970; for people alone |
/// | 88 | 4004 | 0 |
/// | 4092 | 4 | CRC-32C of all before |
struct FileHeader: Hashable {
    enum Kind: Hashable {
        case journal
        case checkpoint

        var magic: [UInt8] {
            switch self {
            case .journal: Array("ipamjrnl".utf8)
            case .checkpoint: Array("ipamckpt".utf8)
            }
        }
    }

    static let format: UInt16 = 1

    var machineID: UInt128
    var incarnation: UInt64
    var generation: UInt64
    var position: JournalPosition
    var salt: UInt64
    var segmentBytes: UInt64
    var made: Instant
    var isStop = false
    var isQuarantined = false
    var kind: Kind

    /// What every frame of the file begins its check value with: bytes that are left over from
    /// another file never verify in this one.
    var seed: UInt32 {
        var bytes = [UInt8](repeating: 0, count: 8)
        bytes.replace(at: 0, with: salt)
        return CRC32C.checksum(bytes.span.bytes)
    }

    var bytes: [UInt8] {
        var block = [UInt8](repeating: 0, count: Block.bytes)
        block.replaceSubrange(0..<8, with: kind.magic)
        block.replace(at: 8, with: Self.format)
        block.replace(at: 10, with: Self.format)
        block.replace(at: 12, with: UInt32((isStop ? 1 : 0) | (isQuarantined ? 2 : 0)))
        block.replace(at: 16, with: machineID)
        block.replace(at: 32, with: incarnation)
        block.replace(at: 40, with: generation)
        block.replace(at: 48, with: position.lsn)
        block.replace(at: 56, with: position.chain)
        block.replace(at: 64, with: salt)
        block.replace(at: 72, with: segmentBytes)
        block.replace(at: 80, with: made.milliseconds)
        let check = CRC32C.checksum(block.span.extracting(first: Block.bytes - 4).bytes)
        block.replace(at: Block.bytes - 4, with: check)
        return block
    }
}

extension FileHeader {
    /// Reads the first block of a file and proves that it is what the name says; the name of a
    /// backup says nothing of a generation.
    init(
        _ block: [UInt8], kind: Kind, generation: UInt64?, file: String
    ) throws(StoreError) {
        func damaged(_ sentence: String) -> StoreError {
            .damaged(file: file, offset: 0, sentence: sentence)
        }
        guard block.count == Block.bytes else { throw damaged("the file is shorter than a block") }
        guard Array(block[0..<8]) == kind.magic else {
            throw damaged("it does not begin like a file of this kind")
        }
        let check: UInt32 = block.integer(at: Block.bytes - 4)
        let sum = CRC32C.checksum(block.span.extracting(first: Block.bytes - 4).bytes)
        guard check == sum else { throw damaged("the check value of the header is wrong") }
        let format: UInt16 = block.integer(at: 8)
        let writeFormat: UInt16 = block.integer(at: 10)
        guard max(format, writeFormat) <= Self.format else {
            throw .foreign(
                file: file,
                sentence: "a newer version of ipamd wrote it (format \(format)): start that one")
        }
        let flags: UInt32 = block.integer(at: 12)
        self.init(
            machineID: block.integer(at: 16), incarnation: block.integer(at: 32),
            generation: block.integer(at: 40),
            position: JournalPosition(lsn: block.integer(at: 48), chain: block.integer(at: 56)),
            salt: block.integer(at: 64), segmentBytes: block.integer(at: 72),
            made: Instant(milliseconds: block.integer(at: 80)),
            isStop: flags & 1 != 0, isQuarantined: flags & 2 != 0, kind: kind)
        guard bytes == block else { throw damaged("reserved bytes of the header are not zero") }
        guard position.lsn <= StoreLimits.numberMax else {
            throw damaged("change \(position.lsn) is beyond all that can be counted")
        }
        guard generation.map({ $0 == self.generation }) ?? true else {
            throw damaged("the header is of generation \(self.generation): the file was renamed")
        }
    }
}

/// What is written and synced without touching its neighbours.
enum Block {
    static let bytes = 4096

    /// The size of whole blocks that have room for so many bytes.
    static func roundUp(_ count: Int) -> Int { (count + bytes - 1) / bytes * bytes }
}

extension [UInt8] {
    /// A little-endian integer.
    func integer<Integer: FixedWidthInteger & UnsignedInteger>(at offset: Int) -> Integer {
        precondition(
            offset >= 0 && offset + Integer.bitWidth / 8 <= count, "An integer lies in the bytes.")
        return withUnsafeBytes {
            Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Integer.self))
        }
    }

    mutating func replace(at offset: Int, with value: some FixedWidthInteger & UnsignedInteger) {
        for index in 0..<value.bitWidth / 8 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }
}
