/// Makes a state directory from chunks, so that small inputs make whole files: check values,
/// lengths, numbers and fillings are right unless a chunk says otherwise.
///
/// The twelve bytes of a chunk's head:
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 1 | step, see `Step` |
/// | 1 | 1 | flags: what is to be wrong |
/// | 2 | 2 | detail, u16 |
/// | 4 | 8 | value, u64: what the flags put in its place |
struct DirectoryRecipe {
    enum Step: UInt8 {
        /// Begins a checkpoint: of the next generation, or with detail 1 of the newest journal's.
        case checkpoint = 1
        /// Begins a segment: the one that goes with the newest checkpoint, or the next.
        case journal = 2
        /// A frame of the newest segment: fields, each of which is a record without its number.
        case records = 3
        case seal = 4
        case stop = 5
        /// A frame of the newest checkpoint: fields, each of which is an object.
        case resources = 6
        case end = 7
        /// Afterwards: the body is written over a file; its place is the value.
        case patch = 8
        /// Afterwards: a bit is flipped.
        case flip = 9
        case resize = 10
        /// Empty blocks in the newest segment.
        case skip = 11
        /// Afterwards: a file is gone.
        case lose = 12
        /// `journal-<g>.tmp` of the newest generation.
        case unfinished = 13
        /// Afterwards: a file gets the name of another generation.
        case rename = 14
    }

    /// A chunk's head.
    struct Head {
        var step: UInt8
        var flags: UInt8 = 0
        var detail: UInt16 = 0
        var value: UInt64 = 0

        init(_ step: Step) { self.step = step.rawValue }

        init(_ bytes: [UInt8]) {
            step = bytes[0]
            flags = bytes[1]
            detail = UInt16(bytes[...].number(at: 2, bytes: 2))
            value = bytes[...].number(at: 4, bytes: 8)
        }

        var bytes: [UInt8] { [step, flags] + littleEndian(detail) + littleEndian(value) }

        func has(_ flag: UInt8) -> Bool { flags & 1 << flag != 0 }
    }

    private static let blocksMax = 256
    private static let segmentBlocksLeast = 3

    private var drafts: [Draft] = []
    private var position = StateFiles.Position()
    private var later: [(Step, Head, [UInt8])] = []
    private var unfinished: [String] = []

    init(_ chunks: [Chunk]) {
        for chunk in chunks {
            let head = Head(chunk.head)
            guard let step = Step(rawValue: head.step) else { continue }
            take(step, head, chunk.body)
        }
    }

    private mutating func take(_ step: Step, _ head: Head, _ body: [UInt8]) {
        switch step {
        case .checkpoint: beginCheckpoint(head)
        case .journal: beginJournal(head)
        case .records, .seal, .stop: append(step, head, body, to: newest(.journal))
        case .resources, .end: append(step, head, body, to: newest(.checkpoint))
        case .skip:
            let count = Int(head.value % 4) + 1
            let index = newest(.journal)
            drafts[index].append([UInt8](repeating: 0, count: count * StateFiles.block))
        case .unfinished:
            let generation = drafts.last?.header.generation ?? 1
            unfinished.append(StateFiles.name(.journal, generation) + ".tmp")
        case .patch, .flip, .resize, .lose, .rename: later.append((step, head, body))
        }
    }

    /// The newest file of a kind; a directory without one gets an empty checkpoint, and the
    /// segment that goes with it.
    private mutating func newest(_ kind: StateFiles.Kind) -> Int {
        if let index = drafts.lastIndex(where: { $0.header.kind == kind }) { return index }
        switch kind {
        case .checkpoint: beginCheckpoint(Head(.checkpoint))
        case .journal:
            if drafts.isEmpty {
                beginCheckpoint(Head(.checkpoint))
                append(.end, Head(.end), [], to: 0)
            }
            beginJournal(Head(.journal))
        }
        return drafts.count - 1
    }

    private mutating func beginCheckpoint(_ head: Head) {
        var draft = Draft(
            .checkpoint, generation: (drafts.map(\.header.generation).max() ?? 0) + 1, position)
        let journal = drafts.last { $0.header.kind == .journal }
        if head.detail & 1 != 0, let journal {
            draft.header.generation = journal.header.generation
            draft.header.position = journal.header.position
        }
        if head.has(5) { draft.header.stop = 1 }
        begin(draft, head)
    }

    private mutating func beginJournal(_ head: Head) {
        let newest = drafts.map(\.header.generation).max() ?? 1
        let isTaken = drafts.contains {
            $0.header.kind == .journal && $0.header.generation == newest
        }
        var draft = Draft(.journal, generation: isTaken ? newest + 1 : newest, position)
        if head.has(5) { draft.segmentBytes = head.value }
        begin(draft, head)
        position = drafts[drafts.count - 1].header.position
    }

    private mutating func begin(_ new: Draft, _ head: Head) {
        var draft = new
        let isFirst = drafts.isEmpty
        if head.has(1) { draft.header.position.lsn = head.value }
        if head.has(2) { draft.header.position.chain ^= UInt32(truncatingIfNeeded: head.value) }
        if head.has(3) { draft.header.incarnation ^= 1 }
        if head.has(4) { draft.header.machine = head.detail & 2 == 0 ? 0 : head.value }
        if head.has(6) { draft.header.readFormat = UInt16(truncatingIfNeeded: head.value) }
        if head.has(7) { draft.header.generation ^= head.value & 0xff }
        if head.has(0) { draft.checkFault = UInt32(truncatingIfNeeded: head.value) | 1 }
        draft.header.salt = 0x5a17 + UInt64(drafts.count)
        draft.chain = draft.header.position.chain
        if isFirst { position = draft.header.position }
        drafts.append(draft)
    }

    private mutating func append(
        _ step: Step, _ head: Head, _ body: [UInt8], to index: Int
    ) {
        guard drafts[index].blocks < Self.blocksMax else { return }
        let isCheckpoint = drafts[index].header.kind == .checkpoint
        var lsn = position.lsn
        let items = items(step, head, body) { () -> UInt64 in
            lsn &+= 1
            return lsn
        }
        let count = UInt32(truncatingIfNeeded: head.has(4) ? head.value : UInt64(items.count))
        let chain = isCheckpoint ? drafts[index].chain : position.chain
        var frame = StateFiles.Frame(
            kind: UInt16(step.rawValue) - 2, count: count,
            first: isCheckpoint ? drafts[index].itemCount : position.lsn &+ 1,
            durable: isCheckpoint ? 0 : position.lsn, previous: chain,
            payload: head.has(6) ? body : StateFiles.payload(items))
        if head.detail & 0x100 != 0 { frame.kind ^= head.detail & 0xff }
        if head.detail & 0x200 != 0 { frame.reserved = 1 }
        if head.detail & 0x400 != 0 { frame.format = 2 }
        if head.has(1) { frame.previous ^= UInt32(truncatingIfNeeded: head.value) | 1 }
        if head.has(2) { frame.first = head.value }
        if head.has(3) { frame.durable = head.value }
        var bytes = frame.bytes(seed: SlowCRC.seed(drafts[index].header.salt))
        let check = UInt32(bytes[...].number(at: 0, bytes: 4))
        if head.has(0) { bytes[0] ^= UInt8(truncatingIfNeeded: head.value) | 1 }
        if head.has(5) {
            bytes.replaceSubrange(4..<8, with: littleEndian(UInt32(head.value >> 32)))
        }
        if head.has(7) { tear(&bytes, head.value) }
        drafts[index].append(bytes)
        drafts[index].itemCount &+= UInt64(count)
        drafts[index].chain = check
        guard !isCheckpoint else { return }
        position.chain = check
        if step == .records { position.lsn &+= UInt64(count) }
    }

    /// The items of a frame; a record gets its number in front.
    private func items(
        _ step: Step, _ head: Head, _ body: [UInt8], number: () -> UInt64
    ) -> [[UInt8]] {
        guard step == .records || step == .resources, !head.has(6) else { return [] }
        let values = FieldTree.values(of: body) ?? [body]
        return values.map { value in
            step == .records ? [1, 8] + littleEndian(number()) + value : value
        }
    }

    /// Sectors that were not written when the power went.
    private func tear(_ bytes: inout [UInt8], _ mask: UInt64) {
        for index in bytes.indices where mask >> UInt64(index / 512 % 64) & 1 == 1 {
            bytes[index] = 0
        }
    }

    var files: [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        var names: [String] = []
        for draft in drafts {
            let name = StateFiles.name(draft.header.kind, draft.header.generation)
            if files[name] == nil { names.append(name) }
            files[name] = draft.finished(blocksLeast: Self.segmentBlocksLeast)
        }
        for name in unfinished { files[name] = [] }
        for (step, head, body) in later where !names.isEmpty {
            let name = names[Int(head.detail) % names.count]
            guard var file = files[name] else { continue }
            files[name] = nil
            if let newName = change(&file, step, head, body, name) { files[newName] = file }
        }
        return files
    }

    /// Says what the file's name is now; nothing if it is gone.
    private func change(
        _ file: inout [UInt8], _ step: Step, _ head: Head, _ body: [UInt8], _ name: String
    ) -> String? {
        switch step {
        case .patch:
            let start = Int(head.value % UInt64(file.count + 1))
            let end = min(file.count, start + body.count)
            file.replaceSubrange(start..<end, with: body.prefix(end - start))
        case .flip where !file.isEmpty:
            let bit = Int(head.value % UInt64(8 * file.count))
            file[bit / 8] ^= 1 << UInt8(bit % 8)
        case .resize:
            let count = Int(head.value % UInt64(file.count + 2 * StateFiles.block))
            let missing = [UInt8](repeating: 0, count: max(0, count - file.count))
            file = file.prefix(count) + missing
        case .lose: return nil
        case .rename:
            let kind: StateFiles.Kind = name.hasPrefix("j") ? .journal : .checkpoint
            return StateFiles.name(kind, head.value)
        case .checkpoint, .journal, .records, .seal, .stop, .resources, .end, .skip, .unfinished,
            .flip:
            break
        }
        return name
    }
}

/// A file while it is made.
private struct Draft {
    var header: StateFiles.Header
    /// The size that the header of a segment says, if not the true one.
    var segmentBytes: UInt64?
    /// What is wrong with the check value of the header.
    var checkFault: UInt32 = 0
    var itemCount: UInt64 = 0
    /// Of a checkpoint: the check value of the last frame.
    var chain: UInt32
    private var frames: [UInt8] = []

    init(_ kind: StateFiles.Kind, generation: UInt64, _ position: StateFiles.Position) {
        header = .init(kind: kind, generation: generation, position: position, salt: 0)
        chain = position.chain
    }

    var blocks: Int { frames.count / StateFiles.block }

    mutating func append(_ bytes: [UInt8]) {
        let filling = (StateFiles.block - bytes.count % StateFiles.block) % StateFiles.block
        frames += bytes + [UInt8](repeating: 0, count: filling)
    }

    func finished(blocksLeast: Int) -> [UInt8] {
        var header = header
        var frames = frames
        if header.kind == .journal {
            let missing = max(0, blocksLeast - 1 - blocks)
            frames += [UInt8](repeating: 0, count: missing * StateFiles.block)
            header.segmentBytes = segmentBytes ?? UInt64(StateFiles.block + frames.count)
        }
        var block = header.block
        for (index, byte) in littleEndian(checkFault).enumerated() {
            block[StateFiles.block - 4 + index] ^= byte
        }
        return block + frames
    }
}
