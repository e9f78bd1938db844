/// The format of the state directory, from FORMAT.md and not from the store's code: the names, the
/// first block, the frames.
enum StateFiles {
    static let block = 4096
    static let frameHeaderBytes = 40
    /// A log sequence number is part of a uid, where it has 48 bits; those to come need room, and
    /// so do generations.
    static let numberMax: UInt64 = (1 << 47) - 1
    /// The machine that the store is told it runs on.
    static let machine: UInt64 = 5
    static let incarnation: UInt64 = 7

    static func name(_ kind: Kind, _ generation: UInt64) -> String {
        let digits = String(generation, radix: 16)
        return kind.rawValue + "-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    enum Kind: String {
        case checkpoint
        case journal

        var magic: [UInt8] {
            switch self {
            case .checkpoint: Array("ipamckpt".utf8)
            case .journal: Array("ipamjrnl".utf8)
            }
        }
    }

    /// A place in the history: the last change, and the check value of the last frame.
    struct Position: Hashable {
        var lsn: UInt64 = 0
        var chain: UInt32 = 0
    }

    /// The first block of a file.
    struct Header: Hashable {
        var kind: Kind
        var readFormat: UInt16 = 1
        var writeFormat: UInt16 = 1
        var stop: UInt32 = 0
        var machine = StateFiles.machine
        var incarnation = StateFiles.incarnation
        var generation: UInt64
        var position: Position
        var salt: UInt64
        var segmentBytes: UInt64 = 0

        var block: [UInt8] {
            var bytes = kind.magic + littleEndian(readFormat) + littleEndian(writeFormat)
            bytes += littleEndian(stop) + littleEndian(machine) + littleEndian(UInt64(0))
            bytes += littleEndian(incarnation) + littleEndian(generation)
            bytes += littleEndian(position.lsn) + littleEndian(position.chain) + [0, 0, 0, 0]
            bytes += littleEndian(salt) + littleEndian(segmentBytes)
            // When it was made: nothing depends on it.
            bytes += littleEndian(UInt64(1))
            bytes += [UInt8](repeating: 0, count: StateFiles.block - 4 - bytes.count)
            return bytes + littleEndian(SlowCRC.checksum(bytes[...]))
        }
    }

    /// A frame without its filling.
    struct Frame: Hashable {
        var kind: UInt16
        var format: UInt16 = 1
        var count: UInt32
        var first: UInt64
        var durable: UInt64
        var previous: UInt32
        var reserved: UInt32 = 0
        var payload: [UInt8]

        func bytes(seed: UInt32) -> [UInt8] {
            let rest =
                littleEndian(UInt32(payload.count)) + littleEndian(kind) + littleEndian(format)
                + littleEndian(count) + littleEndian(first) + littleEndian(durable)
                + littleEndian(previous) + littleEndian(reserved) + payload
            return littleEndian(SlowCRC.checksum(rest[...], after: seed)) + rest
        }
    }

    /// The payload of items.
    static func payload(_ items: [[UInt8]]) -> [UInt8] {
        items.flatMap { littleEndian(UInt32($0.count)) + $0 }
    }
}

extension StateFiles {
    /// A frame that was found, and its check value.
    struct Found {
        var frame: Frame
        var check: UInt32
        /// The offset behind it, on a block boundary.
        var end: Int
    }

    /// The frame that begins at an offset of a file and verifies.
    static func frame(in file: [UInt8], at offset: Int, seed: UInt32) -> Found? {
        let rest = file[min(offset, file.count)...]
        guard rest.count >= frameHeaderBytes else { return nil }
        let length = Int(rest.number(at: 4, bytes: 4))
        guard length <= rest.count - frameHeaderBytes else { return nil }
        let whole = rest.prefix(frameHeaderBytes + length)
        let check = UInt32(whole.number(at: 0, bytes: 4))
        guard SlowCRC.checksum(whole.dropFirst(4), after: seed) == check else { return nil }
        let frame = Frame(
            kind: UInt16(whole.number(at: 8, bytes: 2)),
            format: UInt16(whole.number(at: 10, bytes: 2)),
            count: UInt32(whole.number(at: 12, bytes: 4)), first: whole.number(at: 16, bytes: 8),
            durable: whole.number(at: 24, bytes: 8),
            previous: UInt32(whole.number(at: 32, bytes: 4)),
            reserved: UInt32(whole.number(at: 36, bytes: 4)),
            payload: Array(whole.dropFirst(frameHeaderBytes)))
        guard (1...5).contains(frame.kind), frame.format == 1, frame.reserved == 0 else {
            return nil
        }
        let blocks = (frameHeaderBytes + length + block - 1) / block
        return Found(frame: frame, check: check, end: offset + blocks * block)
    }

    /// The items of a payload; nothing if lengths and count do not make it up.
    static func items(of frame: Frame) -> [[UInt8]]? {
        var items: [[UInt8]] = []
        var rest = frame.payload[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let length = Int(rest.number(at: 0, bytes: 4))
            rest = rest.dropFirst(4)
            guard length <= rest.count else { return nil }
            items.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return items.count == Int(frame.count) ? items : nil
    }
}
