import IPAM
import IPAMEngine

/// Writes a checkpoint: the header, who may use which namespace, objects in the order of their
/// keys, and the end.
///
/// The file has a temporary name until all of it is durable and was read back.
struct CheckpointWriter {
    /// Objects are gathered into frames of about so many bytes.
    static let frameBytes = 256 << 10

    private let disk: any Disk
    private let handle: DiskFile
    private let header: FileHeader
    private let unfinished: StoreFile
    private var chain: UInt32
    private var offset = UInt64(Block.bytes)
    private var syncedOffset: UInt64 = 0
    private var frame = [UInt8](repeating: 0, count: Frame.headerBytes)
    private var frameCount: UInt32 = 0
    private var frameKind = Frame.Kind.namespaces
    private(set) var resourceCount: UInt64 = 0

    init(_ disk: any Disk, _ header: FileHeader) throws(StoreError) {
        self.disk = disk
        self.header = header
        unfinished = .checkpointInProgress(header.generation)
        chain = header.position.chain
        handle = try disk.replace(unfinished)
        do throws(StoreError) {
            try disk.storeWrite(handle, at: 0, header.bytes)
        } catch {
            disk.close(handle)
            throw error
        }
    }

    /// The rules of namespaces come before all objects.
    mutating func append(_ access: AccessChange) throws(StoreError) {
        let bytes = access.encoded
        try append(bytes, bytes.indices, .namespaces)
    }

    /// An object as it stood in another file.
    mutating func append(object range: Range<Int>, in bytes: [UInt8]) throws(StoreError) {
        try append(bytes, range, .resources)
    }

    private mutating func append(
        _ bytes: [UInt8], _ range: Range<Int>, _ kind: Frame.Kind
    ) throws(StoreError) {
        if kind != frameKind, frameCount > 0 { try write(frameKind) }
        frameKind = kind
        withUnsafeBytes(of: UInt32(range.count).littleEndian) { frame.append(contentsOf: $0) }
        frame.append(contentsOf: bytes[range])
        frameCount += 1
        if frame.count >= Self.frameBytes { try write(kind) }
    }

    /// Writes the last frames and syncs. The checkpoint still has its temporary name.
    ///
    /// - Returns: the size of the file.
    mutating func finish() throws(StoreError) -> UInt64 {
        if frameCount > 0 { try write(frameKind) }
        try write(.end)
        try disk.storeSync(handle)
        return offset
    }

    /// Ends the use of the file, whatever came of it.
    func close() { disk.close(handle) }

    private mutating func write(_ kind: Frame.Kind) throws(StoreError) {
        chain = Frame.finish(
            &frame, kind, count: frameCount, first: resourceCount, previous: chain,
            seed: header.seed)
        try disk.storeWrite(handle, at: offset, frame)
        offset += UInt64(frame.count)
        if offset - syncedOffset >= StoreLimits.unsyncedBytesMax {
            try disk.storeSync(handle)
            syncedOffset = offset
        }
        if kind == .resources { resourceCount += UInt64(frameCount) }
        frame.removeAll(keepingCapacity: true)
        frame.append(contentsOf: [UInt8](repeating: 0, count: Frame.headerBytes))
        frameCount = 0
    }
}

/// Reads a checkpoint, object by object, and proves it whole: nothing of it may be believed
/// before the last look for more has found nothing.
struct CheckpointReader {
    let header: FileHeader
    private var reader: FrameReader
    private var chain: UInt32
    private var offset = UInt64(Block.bytes)
    private var frame: Frame?
    private var items: ArraySlice<Range<Int>> = []
    private var frameOffset: UInt64 = 0
    private var lastStored: StoredObject?
    private(set) var resourceCount: UInt64 = 0
    /// The rules of namespaces; all of them once the first object has been read.
    private(set) var accesses: [AccessChange] = []

    /// The generation is that of the file's name; a backup's name says none.
    init(_ reader: FrameReader, generation: UInt64? = nil) throws(StoreError) {
        self.reader = reader
        header = try self.reader.header(.checkpoint, generation: generation)
        chain = header.position.chain
    }

    /// Where the object that was read last is.
    private(set) var place: UInt64 = 0

    /// Reads what comes before the objects.
    mutating func readAccesses() throws(StoreError) {
        while frame == nil || frame?.kind == .namespaces { try readFrame() }
    }

    private mutating func nextItem() throws(StoreError) -> (bytes: [UInt8], range: Range<Int>)? {
        while items.isEmpty {
            if let frame, frame.kind == .end { return nil }
            try readFrame()
        }
        guard let frame, let range = items.popFirst() else { return nil }
        place = frameOffset + UInt64(range.lowerBound)
        return (frame.bytes, range)
    }

    /// The next object as it is written, to be copied: only its key is looked at. One checkpoint
    /// is read either like this or by `nextObjects()`.
    mutating func nextStored() throws(StoreError) -> StoredObject? {
        guard let (bytes, range) = try nextItem() else { return nil }
        guard let key = StoredKey(ofObject: range, in: bytes),
            lastStored.map({ $0.key.order(in: $0.bytes, key, in: bytes) < 0 }) ?? true
        else {
            throw .damaged(
                file: reader.file, offset: place,
                sentence: "an object has no key, or not one that comes after the one before it")
        }
        let object = StoredObject(key: key, bytes: bytes, range: range)
        lastStored = object
        resourceCount += 1
        return object
    }

    /// The objects of the next frame, to be decoded.
    mutating func nextObjects() throws(StoreError) -> StoredObjects? {
        while items.isEmpty {
            if let frame, frame.kind == .end { return nil }
            try readFrame()
        }
        guard let frame else { return nil }
        defer { items = [] }
        resourceCount += UInt64(items.count)
        return StoredObjects(
            file: reader.file, offset: frameOffset, bytes: frame.bytes, ranges: items)
    }

    /// Reads all frames, and no object: what was just written is checked like this.
    mutating func proveFrames() throws(StoreError) {
        while frame?.kind != .end {
            try readFrame()
            resourceCount += UInt64(items.count)
        }
    }

    private mutating func readFrame() throws(StoreError) {
        func damaged(_ sentence: String) -> StoreError {
            .damaged(file: reader.file, offset: offset, sentence: sentence)
        }
        switch try reader.frame(at: offset, seed: header.seed) {
        case .failure(let fault): throw damaged(fault.sentence)
        case .success(let next):
            guard next.previous == chain, next.first == resourceCount else {
                throw damaged("the frame does not follow the one before it")
            }
            switch next.kind {
            case .resources where next.count > 0: break
            case .namespaces where next.count > 0 && (frame?.kind ?? .namespaces) == .namespaces:
                break
            case .end where next.count == 0:
                guard offset + UInt64(next.spaceBytes) == reader.sizeBytes else {
                    throw damaged("the file goes on behind its end")
                }
            case .records, .seal, .stop, .resources, .end, .namespaces:
                throw damaged("the frame is none of a checkpoint")
            }
            items = try next.itemRanges(file: reader.file, offset: offset)[...]
            if next.kind == .namespaces { try readAccesses(in: next) }
            chain = next.check
            frame = next
            frameOffset = offset
            offset += UInt64(next.spaceBytes)
        }
    }

    private mutating func readAccesses(in frame: Frame) throws(StoreError) {
        while let range = items.popFirst() {
            var fields = FieldReader(frame.bytes, range: range, structure: "access change")
            do throws(DecodingFault) {
                let access = try AccessChange(from: &fields)
                let last = accesses.last?.namespace
                guard access.access != nil, last.map({ $0 < access.namespace }) ?? true else {
                    throw fields.invalid("\(access.namespace) is not the next rule")
                }
                accesses.append(access)
            } catch {
                throw .damaged(
                    file: reader.file, offset: offset + UInt64(range.lowerBound),
                    sentence: error.description)
            }
        }
    }
}
