package import IPAM
package import IPAMEngine

/// The state and the batch of changes that are not yet on their way to the disk: the only road to
/// a durable change. Belongs to the event loop and never touches the disk.
///
/// Room is reserved before anything is decided, so that a decision is never taken back: what is
/// decided is written, or the process ends.
package struct Ledger: Sendable {
    package private(set) var state: State
    /// The last change that is known to be durable.
    package private(set) var durableLSN: UInt64
    private var open = OpenBatch()
    private var inFlight: (last: UInt64, payloadBytes: Int)?
    private var room: JournalRoom
    private let recordBytesMax: Int
    /// Why no command is taken any more.
    private var closed: StoreError?
    /// The last changes, for those who watch. It runs ahead of what is durable.
    package private(set) var ring: WatchRing
    /// What the last call to `execute` or `executeBacklog` brought about, change by change.
    package private(set) var news: [News] = []

    package struct News: Sendable {
        package let lsn: UInt64
        /// Whether it is an internal command, for those whom an earlier one woke.
        package let isOfBacklog: Bool
        package let consequences: Consequences
    }

    /// The changes that were decided and not yet sealed.
    private struct OpenBatch {
        private var writer = OpenBatch.begun
        var first: UInt64 = 0
        var count: UInt32 = 0
        var endsQuarantine = false

        var bytes: [UInt8] { writer.bytes }
        var payloadBytes: Int { writer.bytes.count - Frame.headerBytes }

        /// Room for the header.
        private static var begun: ByteWriter {
            var writer = ByteWriter(capacity: Block.bytes)
            writer.append([UInt8](repeating: 0, count: Frame.headerBytes))
            return writer
        }

        mutating func append(_ record: JournalRecord) {
            if count == 0 { first = record.lsn }
            let start = writer.bytes.count + 4
            writer.append(integer: UInt32(0))
            record.encode(to: &writer)
            writer.overwrite(integer: UInt32(writer.bytes.count - start), at: start - 4)
            count += 1
            endsQuarantine = endsQuarantine || record.endsQuarantine
        }
    }

    init(
        _ state: State, room: JournalRoom, recordBytesMax: Int,
        allocationsPerUserMax: Int = .max
    ) {
        self.state = state
        self.state.allocationsPerUserMax = allocationsPerUserMax
        self.room = room
        self.recordBytesMax = recordBytesMax
        durableLSN = state.lsn
        if recordBytesMax > 0 { self.state.recordBytesMax = recordBytesMax }
        ring = WatchRing(startingAfter: state.lsn, incarnation: state.incarnation)
    }

    /// The last change that was decided.
    package var lsn: UInt64 { state.lsn }
    package var hasOpenBatch: Bool { open.count > 0 }
    package var hasBacklog: Bool { state.hasBacklog }

    /// Decides a command. Its answer may leave once its change is durable, and so may every
    /// answer that was given after it, for it may speak of that change.
    package mutating func execute(
        _ command: Command, by caller: Caller, at now: Instant
    ) throws(Refusal) -> Decision.Outcome {
        news = []
        while state.hasBacklog {
            try requireRoom(recordBytesMax, isRelease: true)
            record(state.executeBacklog(at: now), at: now, isOfBacklog: true)
        }
        if !command.isDryRun {
            let bytes = min(recordBytesMax, command.recordBytesMax ?? recordBytesMax)
            try requireRoom(bytes, isRelease: command.isRelease)
        }
        let decision = try state.execute(command, by: caller, at: now)
        record(decision.consequences, at: now, isOfBacklog: false)
        return decision.outcome
    }

    /// Ends the waiting of a request; says what it would be told now, and nothing for one that
    /// waits no more.
    package mutating func withdraw(_ ticket: Ticket) -> Result<Reply, Refusal>? {
        state.withdraw(ticket)
    }

    package func answer(_ query: Query, by caller: Caller) throws(Refusal) -> Reply {
        try state.answer(query, by: caller)
    }

    /// Takes claims that wait for space a bounded step further, if there is room to record it.
    package mutating func executeBacklog(at now: Instant) {
        news = []
        guard closed == nil, state.hasBacklog, room.fits(payload: payload(with: recordBytesMax))
        else { return }
        record(state.executeBacklog(at: now), at: now, isOfBacklog: true)
    }

    private mutating func record(
        _ consequences: Consequences, at now: Instant, isOfBacklog: Bool
    ) {
        news.append(News(lsn: state.lsn, isOfBacklog: isOfBacklog, consequences: consequences))
        guard !consequences.isEmpty else { return }
        open.append(
            JournalRecord(
                lsn: state.lsn, time: now, events: consequences.events,
                endsQuarantine: consequences.endsQuarantine, access: consequences.access))
        ring.append(consequences, lsn: state.lsn)
    }

    /// Takes the open batch to be written; nothing if nothing has changed.
    ///
    /// - Precondition: the batch before it has come back with `committed(_:)`.
    /// - Throws: if a record is larger than any segment has room for. The change was decided and
    ///   cannot be made durable: treat it as a failed commit.
    package mutating func sealBatch() throws(StoreError) -> SealedBatch? {
        precondition(inFlight == nil, "One batch is in flight at a time.")
        if let closed { throw closed }
        guard open.count > 0 else { return nil }
        guard room.fits(payload: open.payloadBytes) else {
            let error = StoreError.oversized(bytes: open.payloadBytes)
            close(error)
            throw error
        }
        let batch = SealedBatch(
            first: open.first, count: open.count, endsQuarantine: open.endsQuarantine,
            bytes: open.bytes)
        open = OpenBatch()
        inFlight = (batch.last, batch.payloadBytes)
        room.take(payload: batch.payloadBytes)
        return batch
    }

    /// Takes note that the batch in flight is durable.
    package mutating func committed(_ commit: Commit) {
        precondition(inFlight?.last == commit.durableLSN, "A commit answers the batch in flight.")
        inFlight = nil
        durableLSN = commit.durableLSN
        update(commit.room)
    }

    /// Takes note of what room there is. The journal may have said so before it wrote the batch
    /// in flight; then that batch still takes its part.
    package mutating func update(_ room: JournalRoom) {
        let failure = self.room.next
        self.room = room
        if case .failed = failure, case .preparing = room.next { self.room.next = failure }
        if let inFlight, room.lsn < inFlight.last {
            self.room.take(payload: inFlight.payloadBytes)
        }
    }

    /// Takes note that the next segment could not be prepared.
    package mutating func spareFailed(_ error: StoreError) {
        room = room.withoutSpare(error)
    }

    /// Ends the acceptance of commands.
    package mutating func close(_ reason: StoreError) { closed = reason }
}

extension Ledger {
    private func payload(with bytes: Int) -> Int { open.payloadBytes + bytes }

    /// Refuses what might not find room. Releases may use what other commands leave for them.
    private func requireRoom(_ bytes: Int, isRelease: Bool) throws(Refusal) {
        if let closed { throw closed.refusal }
        // The last request may leave a little more than half of it, and a release needs a whole.
        let reserve = isRelease ? 0 : 2 * recordBytesMax
        guard !room.fits(payload: payload(with: bytes + reserve)) else { return }
        switch room.next {
        case .failed(let sentence):
            throw Refusal(
                .storageFull,
                "the journal has no room for another change (\(sentence)); releases and deletes "
                    + "still work as long as their reserve lasts; make room on the disk of the "
                    + "state directory")
        case .ready, .preparing:
            throw Refusal(
                .busy, "the next journal segment is being prepared; nothing was changed, try again")
        }
    }
}

extension StoreError {
    /// What a command hears that comes after this.
    package var refusal: Refusal {
        switch self {
        case .damaged, .foreign: Refusal(.stateDamaged, description)
        case .disk where isNoSpace:
            Refusal(.storageFull, "\(description); make room on the disk of the state directory")
        case .locked, .disk, .poisoned, .oversized:
            Refusal(.storageFailed, "\(description); nothing is changed until the next start")
        }
    }
}

extension Command {
    fileprivate var isRelease: Bool {
        switch self {
        case .release, .delete: true
        case .batch(let batch):
            batch.parts.allSatisfy { if case .release = $0 { true } else { false } }
        case .apply, .request, .reconcile, .access: false
        }
    }

    /// The most that the record of this command takes, if that can be told without deciding it.
    ///
    /// A request records the one allocation that it makes. Its texts are short but for labels
    /// (two parts of at most 380 bytes) and the selector.
    fileprivate var recordBytesMax: Int? {
        switch self {
        case .request(let request) where request.selector == nil && !request.asPrefix:
            Block.bytes + request.labels.pairs.count * 512
        case .request, .apply, .release, .delete, .batch, .reconcile, .access: nil
        }
    }
}
