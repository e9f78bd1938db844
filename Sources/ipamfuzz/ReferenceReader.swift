internal import IPAM
internal import IPAMEngine
internal import IPAMStore

/// What a start must make of a directory, by FORMAT.md, "How a start reads": whole files in
/// memory, every rule in its order, no care for speed. What an object or a change is, it asks the
/// same code as the store; everything around that is its own.
struct ReferenceReader {
    enum Verdict {
        case firstStart
        /// It is refused; the sentence is for people.
        case refused(String)
        case recovered(Recovered)
    }

    struct Recovered {
        var state: State
        var lsn: UInt64
        var isAfterStop: Bool
        var torn: [UInt8] = []
        /// An older checkpoint made up for a newer one.
        var isRepaired = false
    }

    /// Why a checkpoint is not believed.
    private enum Fault: Error {
        /// An older checkpoint may make up for it.
        case checkpoint(String)
        case fatal(String)
    }

    private let files: [String: [UInt8]]
    private let checkpoints: [UInt64]
    private let journals: [UInt64]

    init(_ files: [String: [UInt8]]) {
        self.files = files
        func generations(_ kind: StateFiles.Kind) -> [UInt64] {
            files.keys.compactMap { name in
                let digits = name.dropFirst(kind.rawValue.count + 1)
                guard let generation = UInt64(digits, radix: 16),
                    generation <= StateFiles.numberMax,
                    StateFiles.name(kind, generation) == name
                else { return nil }
                return generation
            }.sorted()
        }
        checkpoints = generations(.checkpoint)
        journals = generations(.journal)
    }

    var verdict: Verdict {
        guard !checkpoints.isEmpty else {
            return journals.isEmpty ? .firstStart : .refused("a journal without a checkpoint")
        }
        var isRepaired = false
        for generation in checkpoints.reversed() {
            do throws(Fault) {
                var recovered = try load(generation)
                try replay(from: generation, into: &recovered)
                if let violation = recovered.state.violations().first {
                    throw .checkpoint(violation)
                }
                recovered.isRepaired = isRepaired
                return .recovered(recovered)
            } catch {
                switch error {
                case .checkpoint: isRepaired = true
                case .fatal(let sentence): return .refused(sentence)
                }
            }
        }
        return .refused("no checkpoint is whole")
    }

    /// The header; an exception to the rule that a bad checkpoint is passed over is one that is
    /// not bad but of another machine, another incarnation or a newer version.
    private func header(
        _ kind: StateFiles.Kind, _ generation: UInt64, incarnation: UInt64? = nil
    ) throws(Fault) -> StateFiles.Header {
        let name = StateFiles.name(kind, generation)
        guard let file = files[name], file.count >= StateFiles.block else {
            throw .checkpoint("\(name) has no first block")
        }
        let block = file.prefix(StateFiles.block)
        var header = StateFiles.Header(kind: kind, generation: 0, position: .init(), salt: 0)
        header.readFormat = UInt16(block.number(at: 8, bytes: 2))
        header.writeFormat = UInt16(block.number(at: 10, bytes: 2))
        header.stop = UInt32(block.number(at: 12, bytes: 4))
        header.machine = block.number(at: 16, bytes: 8)
        header.incarnation = block.number(at: 32, bytes: 8)
        header.generation = block.number(at: 40, bytes: 8)
        header.position.lsn = block.number(at: 48, bytes: 8)
        header.position.chain = UInt32(block.number(at: 56, bytes: 4))
        header.salt = block.number(at: 64, bytes: 8)
        header.segmentBytes = block.number(at: 72, bytes: 8)
        let check = UInt32(block.number(at: StateFiles.block - 4, bytes: 4))
        guard Array(block.prefix(8)) == kind.magic,
            SlowCRC.checksum(block.dropLast(4)) == check
        else { throw .checkpoint("\(name): the header does not verify") }
        guard header.readFormat <= 1, header.writeFormat <= 1 else {
            throw .fatal("\(name) is of a newer version")
        }
        let isSound =
            block[60..<64].isAllZeros && block[88..<StateFiles.block - 4].isAllZeros
            && header.readFormat == 1 && header.writeFormat == 1 && header.stop <= 1
            && header.generation == generation
        guard isSound, header.position.lsn <= StateFiles.numberMax else {
            throw .checkpoint("\(name): the header makes no sense")
        }
        // The upper half of our own machine's id is zero.
        let isOwn = header.machine == StateFiles.machine && block[24..<32].isAllZeros
        let isUnknown = block[16..<32].isAllZeros
        guard isOwn || isUnknown, incarnation == nil || incarnation == header.incarnation else {
            throw .fatal("\(name) is foreign")
        }
        return header
    }

    /// Rule 1: the newest checkpoint that verifies to its end.
    private func load(_ generation: UInt64) throws(Fault) -> Recovered {
        let header = try header(.checkpoint, generation)
        let file = files[StateFiles.name(.checkpoint, generation)] ?? []
        var state = State(incarnation: header.incarnation)
        var chain = header.position.chain
        var offset = StateFiles.block
        var count: UInt64 = 0
        var lastKey: ResourceKey?
        var lastNamespace: String?
        while true {
            guard
                let found = StateFiles.frame(in: file, at: offset, seed: SlowCRC.seed(header.salt)),
                found.frame.previous == chain, found.frame.first == count,
                let items = StateFiles.items(of: found.frame)
            else { throw .checkpoint("a frame at \(offset)") }
            if found.frame.kind == 5 {
                guard items.isEmpty, found.end == file.count else {
                    throw .checkpoint("the end is not the end")
                }
                break
            }
            chain = found.check
            offset = found.end
            if found.frame.kind == 6, !items.isEmpty, count == 0 {
                for item in items { try Self.apply(rule: item, to: &state, after: &lastNamespace) }
                continue
            }
            guard found.frame.kind == 4, !items.isEmpty else { throw .checkpoint("a kind") }
            for item in items {
                let resource = try Self.resource(item)
                if let lastKey, resource.key <= lastKey { throw .checkpoint("the order") }
                lastKey = resource.key
                if let fault = state.fault(of: .put(resource)) { throw .checkpoint(fault) }
                state.apply(.put(resource))
            }
            count += UInt64(items.count)
        }
        return Recovered(state: state, lsn: header.position.lsn, isAfterStop: header.stop == 1)
    }

    /// Rules of namespaces come in the order of their names, and before all objects.
    private static func apply(
        rule item: [UInt8], to state: inout State, after last: inout String?
    ) throws(Fault) {
        do throws(DecodingFault) {
            var fields = FieldReader(item, structure: "access change")
            let change = try AccessChange(from: &fields)
            guard change.access != nil, last.map({ $0 < change.namespace }) ?? true else {
                throw fields.invalid("the order")
            }
            last = change.namespace
            state.apply(change)
        } catch {
            throw .checkpoint(error.description)
        }
    }

    private static func resource(_ item: [UInt8]) throws(Fault) -> Resource {
        do throws(DecodingFault) {
            var fields = FieldReader(item, structure: "resource")
            return try Resource(from: &fields)
        } catch {
            throw .checkpoint(error.description)
        }
    }
}

extension ReferenceReader {
    /// Rules 2 to 5: the journals of the generation and later.
    private func replay(
        from generation: UInt64, into recovered: inout Recovered
    ) throws(Fault) {
        let following = journals.filter { $0 >= generation }
        let inProgress = StateFiles.name(.journal, generation) + ".tmp"
        guard !following.isEmpty || recovered.isAfterStop || files[inProgress] != nil else {
            throw .fatal("the journal is missing")
        }
        var headers: [StateFiles.Header] = []
        for journal in following {
            do throws(Fault) {
                headers.append(
                    try header(.journal, journal, incarnation: recovered.state.incarnation))
            } catch {
                throw .fatal("a journal's header")
            }
        }
        let start = try header(.checkpoint, generation).position
        var position = start
        for (index, header) in headers.enumerated() {
            guard header.position == position else { throw .fatal("a journal does not follow") }
            let successor = index + 1 < headers.count ? headers[index + 1].position : nil
            position = try replay(header, until: successor, into: &recovered)
        }
        recovered.lsn = position.lsn
    }

    /// Rules 3, 4 and 6 for one segment; says in which position it ends.
    private func replay(
        _ header: StateFiles.Header, until successor: StateFiles.Position?,
        into recovered: inout Recovered
    ) throws(Fault) -> StateFiles.Position {
        let file = files[StateFiles.name(.journal, header.generation)] ?? []
        guard UInt64(file.count) == header.segmentBytes else { throw .fatal("its size") }
        let seed = SlowCRC.seed(header.salt)
        var position = header.position
        var offset = StateFiles.block
        var isStopped = false
        while position != successor, !isStopped, offset < file.count {
            guard let found = StateFiles.frame(in: file, at: offset, seed: seed) else {
                guard successor == nil else { throw .fatal("a bad frame before the end") }
                break
            }
            let frame = found.frame
            guard (1...3).contains(frame.kind), frame.previous == position.chain,
                frame.first == position.lsn &+ 1, frame.durable <= position.lsn,
                (frame.kind == 1) == (frame.count > 0)
            else { throw .fatal("a frame that does not follow") }
            if frame.kind == 1 { try apply(frame, to: &recovered.state) }
            let count = frame.kind == 1 ? UInt64(frame.count) : 0
            guard count <= StateFiles.numberMax - position.lsn else {
                throw .fatal("a number beyond all that can be counted")
            }
            position = StateFiles.Position(lsn: position.lsn + count, chain: found.check)
            isStopped = frame.kind == 3
            offset = found.end
        }
        if let successor {
            guard position == successor else { throw .fatal("it ends too early") }
            return position
        }
        recovered.isAfterStop = isStopped
        if !isStopped { recovered.torn = try torn(file, from: offset, seed) }
        return position
    }

    /// Rule 4: what lies behind the last whole frame, up to the last block that is not all zeros.
    private func torn(
        _ file: [UInt8], from offset: Int, _ seed: UInt32
    ) throws(Fault) -> [UInt8] {
        let blocks = Array(stride(from: offset, to: file.count, by: StateFiles.block))
        for later in blocks.dropFirst() {
            guard StateFiles.frame(in: file, at: later, seed: seed) == nil else {
                throw .fatal("a whole frame lies behind a bad one")
            }
        }
        let ends = blocks.filter { start in
            !file[start..<min(file.count, start + StateFiles.block)].isAllZeros
        }
        guard let last = ends.last else { return [] }
        return Array(file[offset..<min(file.count, last + StateFiles.block)])
    }

    /// Rule 6: a change is validated before it is applied.
    private func apply(_ frame: StateFiles.Frame, to state: inout State) throws(Fault) {
        guard let items = StateFiles.items(of: frame) else { throw .fatal("its items") }
        for (index, item) in items.enumerated() {
            let record: JournalRecord
            do throws(DecodingFault) {
                var fields = FieldReader(item, structure: "journal record")
                record = try JournalRecord(from: &fields)
            } catch {
                throw .fatal(error.description)
            }
            guard record.lsn == frame.first &+ UInt64(index) else { throw .fatal("its number") }
            for event in record.events {
                if let fault = state.fault(of: event) { throw .fatal(fault) }
                state.apply(event)
            }
            if let access = record.access { state.apply(access) }
        }
    }
}
