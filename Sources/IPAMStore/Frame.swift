/// The unit of writing in segments and checkpoints. Each begins on a block of its own and is
/// filled up with zeros, so that no write ever touches a block that holds durable bytes.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 4 | check value: CRC-32C of the frame from offset 4 on, begun with the file's seed |
/// | 4 | 4 | bytes of the payload |
/// | 8 | 2 | kind: 1 records, 2 seal, 3 stop, 4 resources, 5 end |
/// | 10 | 2 | format: 1 |
/// | 12 | 4 | count of records or resources in the payload |
/// | 16 | 8 | journal: LSN of the first record, or of the next one; checkpoint: resources before |
/// | 24 | 8 | journal: the last LSN that was durable when the frame was made; checkpoint: 0 |
/// | 32 | 4 | the check value of the frame before, or of the header's position |
/// | 36 | 4 | 0 |
/// | 40 | | payload: count times length u32 and so many bytes |
struct Frame: Hashable {
    enum Kind: UInt16, CaseIterable {
        /// Journal: changes that became durable together.
        case records = 1
        /// Journal: says that everything before it is durable, and nothing else.
        case seal = 2
        /// Journal: the same, and the daemon stopped.
        case stop = 3
        /// Checkpoint: objects in the order of their keys.
        case resources = 4
        /// Checkpoint: the last frame; its `first` counts all resources.
        case end = 5
        /// Checkpoint: who may use a namespace, in the order of their names, before all objects.
        case namespaces = 6
    }

    static let headerBytes = 40

    let kind: Kind
    let count: UInt32
    let first: UInt64
    let durableLSN: UInt64
    let previous: UInt32
    let check: UInt32
    /// The whole frame without its filling.
    let bytes: [UInt8]

    /// The space that the frame takes, in whole blocks.
    var spaceBytes: Int { Block.roundUp(bytes.count) }

    /// The space that a frame with such a payload takes.
    static func spaceBytes(payload: Int) -> Int { Block.roundUp(headerBytes + payload) }
}

extension Frame {
    /// Fills the header of a frame in and its last block up. The first `headerBytes` of
    /// `bytes` are room for the header, the payload follows.
    static func finish(
        _ bytes: inout [UInt8], _ kind: Kind, count: UInt32, first: UInt64,
        durableLSN: UInt64 = 0, previous: UInt32, seed: UInt32
    ) -> UInt32 {
        bytes.replace(at: 4, with: UInt32(bytes.count - headerBytes))
        bytes.replace(at: 8, with: kind.rawValue)
        bytes.replace(at: 10, with: FileHeader.format)
        bytes.replace(at: 12, with: count)
        bytes.replace(at: 16, with: first)
        bytes.replace(at: 24, with: durableLSN)
        bytes.replace(at: 32, with: previous)
        bytes.replace(at: 36, with: UInt32(0))
        let check = CRC32C.checksum(bytes.span.extracting(droppingFirst: 4).bytes, after: seed)
        bytes.replace(at: 0, with: check)
        let filling = Block.roundUp(bytes.count) - bytes.count
        bytes.append(contentsOf: [UInt8](repeating: 0, count: filling))
        return check
    }

    /// The items of the payload: where each begins and ends in `bytes`.
    ///
    /// - Throws: a sentence, if the lengths and the count do not make up the payload.
    func items() throws(FrameFault) -> [Range<Int>] {
        var items: [Range<Int>] = []
        var position = Self.headerBytes
        while position < bytes.count {
            guard bytes.count - position >= 4 else { throw FrameFault("a length is cut off") }
            let length = Int(bytes.integer(at: position) as UInt32)
            position += 4
            guard length <= bytes.count - position else {
                throw FrameFault("an item is longer than its frame")
            }
            items.append(position..<position + length)
            position += length
        }
        guard items.count == Int(count) else {
            throw FrameFault("it says \(count) items and has \(items.count)")
        }
        return items
    }
}

/// Why bytes are no frame, as the end of a sentence.
struct FrameFault: Error, Hashable {
    let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}

/// Reads the frames of one file, from its first block to its last.
struct FrameReader {
    /// What is read from the disk at a time, unless a frame is larger. A frame that the window
    /// cuts is read again with the next one, so it has room for many of a checkpoint's.
    private static let windowBytes = 4 << 20

    let file: String
    let sizeBytes: UInt64
    private let disk: any Disk
    private let handle: DiskFile
    private var window: [UInt8] = []
    private var windowStart: UInt64 = 0

    init(_ disk: any Disk, _ handle: DiskFile) throws(StoreError) {
        self.disk = disk
        self.handle = handle
        file = handle.name
        do throws(DiskError) {
            sizeBytes = try disk.size(of: handle)
        } catch {
            throw .disk(error)
        }
    }

    /// The bytes at an offset; fewer only at the end of the file. What cannot be read is damage,
    /// and not a reason to give up: there may be a second copy.
    mutating func bytes(at offset: UInt64, count: Int) throws(StoreError) -> ArraySlice<UInt8> {
        let available = Int(min(UInt64(count), sizeBytes - min(sizeBytes, offset)))
        if offset < windowStart || offset + UInt64(available) > windowStart + UInt64(window.count) {
            do throws(DiskError) {
                let wanted = max(available, Self.windowBytes)
                window = try disk.read(handle, at: offset, count: wanted)
            } catch {
                throw .damaged(file: file, offset: offset, sentence: error.description)
            }
            windowStart = offset
        }
        let start = Int(offset - windowStart)
        return window[start..<min(window.count, start + available)]
    }

    mutating func header(
        _ kind: FileHeader.Kind, generation: UInt64?
    ) throws(StoreError) -> FileHeader {
        let block = Array(try bytes(at: 0, count: Block.bytes))
        return try FileHeader(block, kind: kind, generation: generation, file: file)
    }

    /// The frame at an offset if there is a whole one: its check value proves it. Lengths are
    /// compared with what is left of the file before anything is made of them.
    mutating func frame(
        at offset: UInt64, seed: UInt32
    ) throws(StoreError) -> Result<Frame, FrameFault> {
        let header = Array(try bytes(at: offset, count: Frame.headerBytes))
        guard header.count == Frame.headerBytes else {
            return .failure(FrameFault("the file ends where a frame should begin"))
        }
        let length = UInt64(header.integer(at: 4) as UInt32)
        guard length <= sizeBytes - offset - UInt64(Frame.headerBytes) else {
            return .failure(FrameFault("the frame is longer than the file"))
        }
        let whole = Array(try bytes(at: offset, count: Frame.headerBytes + Int(length)))
        let check: UInt32 = header.integer(at: 0)
        guard whole.count == Frame.headerBytes + Int(length),
            CRC32C.checksum(whole.span.extracting(droppingFirst: 4).bytes, after: seed) == check
        else { return .failure(FrameFault("the check value of the frame is wrong")) }
        guard let kind = Frame.Kind(rawValue: header.integer(at: 8)),
            header.integer(at: 10) == FileHeader.format, header.integer(at: 36) == UInt32(0)
        else { return .failure(FrameFault("the frame is of an unknown kind")) }
        return .success(
            Frame(
                kind: kind, count: header.integer(at: 12), first: header.integer(at: 16),
                durableLSN: header.integer(at: 24), previous: header.integer(at: 32),
                check: check, bytes: whole))
    }
}
