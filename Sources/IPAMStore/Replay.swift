import IPAM
import IPAMEngine

/// Reads the state from the newest checkpoint that is whole and the journals after it. Writes
/// nothing.
struct Replay {
    /// What was read.
    struct Outcome {
        var state: State
        var position: JournalPosition
        var recovery: Recovery
        /// The checkpoint that was read; none at the first start.
        var origin: (disk: any Disk, name: String)?
        /// The segments that were read after it.
        var segments: [CheckpointJob.Segment] = []
        /// The blocks that were being written when the last daemon ended.
        var tornBytes: [UInt8] = []
    }

    private let disk: any Disk
    let inventory: Inventory
    /// 0 if the machine is not known, and then any will do.
    private let machineID: UInt128

    init(_ disk: any Disk, machineID: UInt128) throws(StoreError) {
        self.disk = disk
        self.machineID = machineID
        do throws(DiskError) {
            inventory = try Inventory(disk)
        } catch {
            throw .disk(error)
        }
    }

    /// Reads what there is; a directory that holds no state yet begins as a new incarnation.
    ///
    /// What is done meanwhile, while what was read is proved, may be done for nothing: then it is
    /// done again with the next older checkpoint, or an error is thrown.
    func run(
        newIncarnation: UInt64, meanwhile: (inout Outcome) -> Void = { _ in }
    ) throws(StoreError) -> Outcome {
        guard let newest = inventory.checkpoints.max() else {
            var outcome = try firstStart(newIncarnation)
            meanwhile(&outcome)
            return outcome
        }
        var newestFault: StoreError?
        for generation in inventory.checkpoints.sorted(by: >) {
            do throws(StoreError) {
                var outcome = try load(generation)
                try replayJournals(after: generation, into: &outcome)
                try prove(&outcome, generation, meanwhile)
                if let newestFault {
                    outcome.recovery.notes.append(
                        "\(newestFault.description); the older checkpoint and its journals made "
                            + "up for it")
                }
                return outcome
            } catch {
                // A foreign file is no damage: an older one would only hide it.
                if case .foreign = error { throw error }
                let isCheckpointFault = error.file == StoreFile.checkpoint(generation).name
                guard isCheckpointFault else { throw newestFault ?? error }
                newestFault = newestFault ?? error
            }
        }
        throw newestFault
            ?? .damaged(
                file: StoreFile.checkpoint(newest).name, offset: 0,
                sentence: "no checkpoint can be read")
    }

    private func firstStart(_ incarnation: UInt64) throws(StoreError) -> Outcome {
        if let journal = inventory.journals.min() {
            throw .damaged(
                file: StoreFile.journal(journal).name, offset: 0,
                sentence: "there is a journal and no checkpoint that it follows")
        }
        var recovery = Recovery(incarnation: incarnation)
        recovery.generation = inventory.generationMax + 1
        recovery.isFirstStart = true
        return Outcome(
            state: State(incarnation: incarnation), position: .start, recovery: recovery)
    }

    /// The state of one checkpoint, proven whole.
    func load(_ generation: UInt64) throws(StoreError) -> Outcome {
        let file = StoreFile.checkpoint(generation)
        let (reader, handle) = try disk.reader(file)
        defer { disk.close(handle) }
        var checkpoint = try CheckpointReader(reader, generation: generation)
        let header = checkpoint.header
        try requireOwn(header, incarnation: header.incarnation, file)
        var outcome = try Self.state(of: &checkpoint, file: file.name)
        outcome.recovery.generation = inventory.generationMax + 1
        outcome.recovery.checkpointGeneration = generation
        outcome.origin = (disk, file.name)
        return outcome
    }

    /// All objects of a checkpoint, each of which must make sense beside those before it.
    static func state(
        of checkpoint: inout CheckpointReader, file: String
    ) throws(StoreError) -> Outcome {
        let header = checkpoint.header
        var state = State(incarnation: header.incarnation)
        let decoder = Decoder()
        try decodeAhead { () throws(StoreError) in
            try checkpoint.nextObjects()
        } decode: { stored in
            decoder.objects(of: stored)
        } use: { (decoded) throws(StoreError) in
            for (resource, place) in decoded.items {
                let event = Event.put(resource)
                if let fault = state.fault(of: event) {
                    throw .damaged(file: file, offset: place, sentence: fault)
                }
                state.apply(event)
            }
            if let fault = decoded.fault { throw fault }
        }
        for access in checkpoint.accesses { state.apply(access) }
        state.advance(to: header.position.lsn)
        state.isQuarantined = header.isQuarantined
        var recovery = Recovery(incarnation: header.incarnation)
        recovery.lsn = header.position.lsn
        recovery.resourceCount = checkpoint.resourceCount
        recovery.checkpointLSN = header.position.lsn
        recovery.isAfterCleanStop = header.isStop
        return Outcome(state: state, position: header.position, recovery: recovery)
    }

    /// Whether the file is of this machine and of this daemon's life.
    private func requireOwn(
        _ header: FileHeader, incarnation: UInt64, _ file: StoreFile
    ) throws(StoreError) {
        guard machineID == 0 || header.machineID == 0 || header.machineID == machineID else {
            throw .foreign(
                file: file.name,
                sentence: "it was written on another machine; if this is a copy that shall be "
                    + "used here, adopt it with `ipamd adopt`")
        }
        guard header.incarnation == incarnation else {
            throw .foreign(
                file: file.name,
                sentence: "it is of another incarnation than the checkpoint it would follow")
        }
    }

    private func replayJournals(
        after generation: UInt64, into outcome: inout Outcome
    ) throws(StoreError) {
        let journals = inventory.journals.filter { $0 >= generation }.sorted()
        try requireJournal(of: generation, among: journals, isStop: outcome.isStop)
        // Each header is read twice, once to say where the journal before it ends.
        var successors: [JournalPosition?] = []
        for journal in journals.dropFirst() {
            successors.append(try header(of: journal, outcome.recovery.incarnation).position)
        }
        successors.append(nil)
        for (journal, successor) in zip(journals, successors) {
            try replay(journal, successor: successor, into: &outcome)
        }
        outcome.recovery.lsn = outcome.position.lsn
    }

    /// A checkpoint without its journal is either the last act of a daemon or of a start that
    /// was cut off before it served: then the unfinished journal lies beside it, for it had been
    /// made durable before. Anything else means that the journal was removed. When later journals
    /// exist, they say by the position they began from whether anything is missing.
    private func requireJournal(
        of generation: UInt64, among journals: [UInt64], isStop: Bool
    ) throws(StoreError) {
        guard journals.isEmpty, !isStop,
            !inventory.unfinished.contains(.journalInProgress(generation))
        else { return }
        throw .damaged(
            file: StoreFile.journal(generation).name, offset: 0,
            sentence: "it is missing: the checkpoint of its generation is there")
    }

    private func header(
        of journal: UInt64, _ incarnation: UInt64
    ) throws(StoreError) -> FileHeader {
        let file = StoreFile.journal(journal)
        var (reader, handle) = try disk.reader(file)
        defer { disk.close(handle) }
        let header = try reader.header(.journal, generation: journal)
        try requireOwn(header, incarnation: incarnation, file)
        return header
    }

    private func replay(
        _ journal: UInt64, successor: JournalPosition?, into outcome: inout Outcome
    ) throws(StoreError) {
        let file = StoreFile.journal(journal)
        var (reader, handle) = try disk.reader(file)
        defer { disk.close(handle) }
        let header = try reader.header(.journal, generation: journal)
        try requireOwn(header, incarnation: outcome.recovery.incarnation, file)
        var scan = try SegmentScan(
            reader, header: header, expected: outcome.position, successor: successor)
        let decoder = Decoder()
        try decodeAhead { () throws(StoreError) in
            try scan.nextBatches()
        } decode: { frames in
            decoder.records(of: frames, file: file.name)
        } use: { (decoded) throws(StoreError) in
            for (record, offset) in decoded.items {
                try outcome.apply(record, file.name, offset)
            }
            if let fault = decoded.fault { throw fault }
        }
        outcome.position = scan.position
        outcome.segments.append(.init(generation: journal, end: scan.position))
        guard successor == nil else { return }
        switch try scan.ending() {
        case .clean: outcome.recovery.isAfterCleanStop = false
        case .stopped: outcome.recovery.isAfterCleanStop = true
        case .torn(let range):
            outcome.recovery.isAfterCleanStop = false
            outcome.recovery.tornBytes = UInt64(range.count)
            outcome.tornBytes = try scan.bytes(in: range)
            outcome.recovery.notes.append(
                "\(file.name) ends in \(range.count) bytes that were being written and never "
                    + "acknowledged; they are dropped")
        }
    }

    /// The second look: what is derived from the objects must agree with them.
    private func prove(
        _ outcome: inout Outcome, _ generation: UInt64, _ meanwhile: (inout Outcome) -> Void
    ) throws(StoreError) {
        let state = outcome.state
        let look = Worker { (state: State) in state.violations().first }
        look.give(state)
        meanwhile(&outcome)
        guard let violation = look.outcome() else { return }
        throw .damaged(
            file: StoreFile.checkpoint(generation).name, offset: 0,
            sentence: "its state and that of the journals after it is unsound: \(violation)")
    }
}

extension Replay.Outcome {
    fileprivate var isStop: Bool { recovery.isAfterCleanStop }

    /// Replays a record; one that makes no sense is damage, although its check value is right.
    fileprivate mutating func apply(
        _ record: JournalRecord, _ file: String, _ offset: UInt64
    ) throws(StoreError) {
        for event in record.events {
            if let fault = state.fault(of: event) {
                throw .damaged(
                    file: file, offset: offset,
                    sentence: "change \(record.lsn) makes no sense: \(fault)")
            }
            state.apply(event)
        }
        if record.endsQuarantine { state.isQuarantined = false }
        if let access = record.access { state.apply(access) }
        state.advance(to: record.lsn)
        recovery.recordsReplayed += 1
    }
}

extension StoreError {
    /// The file that is at fault, if one is.
    fileprivate var file: String? {
        switch self {
        case .damaged(let file, _, _), .foreign(let file, _), .poisoned(let file): file
        case .disk(let error): error.file
        case .locked, .oversized: nil
        }
    }
}
