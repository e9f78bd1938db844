import IPAM

/// Looks into the body of an answer without decoding all of it: the load generator shares the
/// machine with the daemon, and checks every answer all the same.
///
/// A field is a tag (its number, and bit 7 for a critical one), a length (seven bits a byte, the
/// lowest first), and so many bytes.
struct AnswerFields {
    let bytes: UnsafeRawBufferPointer

    /// The value of the first field of that number; nothing if there is none, or if the fields
    /// go beyond the end.
    func first(_ number: UInt8) -> AnswerFields? {
        var at = 0
        while at < bytes.count {
            let tag = bytes[at] & 0x7f
            at += 1
            guard let length = length(&at), length <= bytes.count - at else { return nil }
            if tag == number {
                return AnswerFields(bytes: .init(rebasing: bytes[at..<(at + length)]))
            }
            at += length
        }
        return nil
    }

    private func length(_ at: inout Int) -> Int? {
        var value = 0
        var shift = 0
        while at < bytes.count, shift < 28 {
            let byte = bytes[at]
            at += 1
            value |= Int(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// The log sequence number, which every answer begins with.
    var lsn: UInt64? {
        guard let field = first(1), field.bytes.count == 8 else { return nil }
        return UInt64(littleEndian: field.bytes.loadUnaligned(as: UInt64.self))
    }

    /// Whether this is the body of a refusal that says: not now, ask again.
    var saysBusy: Bool {
        guard let code = first(2), code.bytes.count == 2 else { return false }
        return UInt16(littleEndian: code.bytes.loadUnaligned(as: UInt16.self))
            == RefusalCode.busy.rawValue
    }

    /// The block of an answer to a request: resource, placement, block.
    var allocatedBlock: Block? {
        first(2)?.first(13)?.first(1).flatMap { Block($0.bytes) }
    }

    /// The block of an answer to a release: its one item, the block.
    var releasedBlock: Block? { first(2)?.first(2).flatMap { Block($0.bytes) } }

    /// The name of the one object in a page of a list: item, resource, key, name.
    var listedName: UnsafeRawBufferPointer? { first(2)?.first(1)?.first(1)?.first(3)?.bytes }
}

/// An IPv4 prefix as an answer has it: family, length, address.
struct Block: Equatable {
    let number: UInt32
    let length: UInt8

    init(number: UInt32, length: UInt8) {
        self.number = number
        self.length = length
    }

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 6, bytes[0] == 4, bytes[1] <= 32 else { return nil }
        length = bytes[1]
        number = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
    }
}
