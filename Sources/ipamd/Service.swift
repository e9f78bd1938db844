import IPAM
import IPAMEngine
import IPAMStore
import IPAMWire
import NIOCore
import Systemd

/// Decides what clients ask, batch by batch. Lives on the event loop.
///
///     tick:   requests ──► ledger ──► open batch
///     end of tick, nothing in flight:  open batch ──► journal thread (write, sync)
///     meanwhile:                       the next batch fills
///     durable, back on the loop:       its answers leave, the next batch goes
final class Service {
    /// What becomes of a journal that cannot be written any more.
    var journalFailed: (StoreError) -> Void = { _ in }

    /// Absent if the state directory is damaged.
    var ledger: Ledger?
    /// Why changes, or everything, are refused since the start.
    var fault: StoreError?
    /// Opens the state directory once more, after a start that found no room to write.
    let openAgain: (@Sendable () throws(StoreError) -> Opened)?
    /// Why the journal has no segment to go on in, for now.
    private var spareFault: StoreError?
    var storage: Storage?
    private let recovery: Recovery?
    let log: OperatorLog
    let meter = Meter()
    let turns: Turns
    let nextLook: NextLook
    private var rate: ChangeRate
    let loop: NIOIsolatedEventLoop
    let settings: Settings
    private let started = NIODeadline.now()

    var open = Batch()
    /// Room for one answer that need not wait for the journal.
    private var answer = ByteWriter()
    /// Who has something to write.
    private var writers: [Connection] = []
    private var inFlight: Batch?
    private var isTickEndPlanned = false
    /// When the first request of this tick was seen.
    private var tickBegan: NIODeadline?
    /// Requests that wait in their connections for room.
    var waiters: [Ticket: Waiter] = [:]
    /// Who watches; whose turn is next stands first.
    var watches: [Watching] = []
    var isPumpPlanned = false
    private var hasFailed = false
    private var whenDrained: (() -> Void)?
    /// How many connections there are; the listener knows.
    var connectionCount: () -> Int = { 0 }

    init(
        _ opened: OpenedDirectory, settings: Settings, loop: NIOIsolatedEventLoop,
        log: OperatorLog
    ) {
        openAgain = opened.again
        self.settings = settings
        rate = ChangeRate(perSecond: settings.changesPerSecond)
        self.loop = loop
        self.log = log
        let nextLook = NextLook.make(on: loop)
        self.nextLook = nextLook
        turns = Turns(
            now: { Turns.Moment(NIODeadline.now().uptimeNanoseconds) },
            used: Resources.processorTimeOfThread,
            schedule: { moment, work in
                loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(moment)), work)
            },
            afterLook: nextLook.run)
        switch opened.result {
        case .failure(let error):
            (ledger, recovery, fault) = (nil, nil, error)
        case .success(.readOnly(let ledger, let recovery, let error)):
            (self.ledger, self.recovery, fault) = (ledger, recovery, error)
        case .success(.ready(let ready)):
            (ledger, recovery, fault) = (ready.ledger, ready.recovery, nil)
            storage = makeStorage(ready)
        }
    }

    func makeStorage(_ ready: Opened.Ready) -> Storage {
        Storage(
            ready, at: .now, loop: loop, log: log, meter: meter,
            observer: Storage.Observer(
                roomChanged: { [unowned self] in
                    ledger?.update($0)
                    planTickEnd()
                },
                spareFault: { [unowned self] fault in
                    spareFault = fault
                    if let fault { ledger?.spareFailed(fault) }
                },
                failed: { [unowned self] in fail($0) }))
    }

    var incarnation: UInt64 { ledger?.state.incarnation ?? 0 }
    var durableLSN: UInt64 { ledger?.durableLSN ?? 0 }
    var counts: Counts { (ledger?.state ?? State(incarnation: 0)).counts }
    /// Requests are looked at no more: the end has begun.
    private(set) var isDraining = false

    /// Begins the work that a fresh start has waiting.
    func start() {
        storage?.prepareSpare()
        planTickEnd()
        if fault?.isNoSpace == true { planOpening(after: DaemonLimits.retryTimeFirst) }
    }

    // MARK: Requests

    /// Decides a command; the answer goes to the connection when it is durable.
    func execute(_ command: Command, _ correlation: CorrelationID, from connection: Connection) {
        let asker = Asker(caller: connection.caller, arrival: arrival)
        do throws(Refusal) {
            switch (try decide(command, by: asker.caller), command) {
            case (.reply(let reply), _): append(.reply(reply), correlation, connection)
            case (.waits(let ticket), .request(let request)):
                wait(ticket, request, correlation, of: connection, since: asker.arrival)
            case (.waits, _): preconditionFailure("Only a request waits.")
            }
        } catch {
            append(.refusal(error, lsn: ledger?.lsn ?? 0), correlation, connection)
            note(error, command.operation, command.subject(of: error), asker)
        }
        takeNews(of: command.operation, by: asker)
    }

    /// Answers a query, when what it has seen is durable.
    func answer(_ query: Query, _ correlation: CorrelationID, to connection: Connection) {
        if case .backup(let backup) = query {
            return self.backup(backup, correlation, for: connection)
        }
        let asker = Asker(caller: connection.caller, arrival: arrival)
        do throws(Refusal) {
            let reply: Reply
            if case .status = query {
                reply = try status(for: asker.caller)
            } else if case .metrics = query {
                reply = try metrics(for: asker.caller)
            } else if let answered = try ledger?.answer(query, by: asker.caller) {
                reply = answered
            } else {
                throw damaged
            }
            append(.reply(reply), correlation, connection)
        } catch {
            append(.refusal(error, lsn: ledger?.lsn ?? 0), correlation, connection)
            note(error, query.operation, RefusedSubject(), asker)
        }
    }

    private func decide(
        _ command: Command, by caller: Caller
    ) throws(Refusal) -> Decision.Outcome {
        try checkRate(command, caller)
        // In place: a copy of the ledger would copy all it holds at its first change.
        guard let outcome = try ledger?.execute(command, by: caller, at: .now) else {
            throw damaged
        }
        return outcome
    }

    private func checkRate(_ command: Command, _ caller: Caller) throws(Refusal) {
        guard caller.role == .agent else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        guard let pause = rate.admit(uid: caller.uid, command.changeCount, at: now) else { return }
        throw Refusal(
            .busy,
            "the user \(caller.uid) asks for more than \(settings.changesPerSecond) changes a "
                + "second; nothing was changed, try again in \(pause) ms",
            retryMilliseconds: pause)
    }

    /// What everything is answered with while there is no state to speak of.
    var damaged: Refusal {
        fault?.refusal ?? Refusal(.stateDamaged, "the state directory cannot be read")
    }

    /// Takes what a request is told: it leaves when all that is behind it is durable, and at the
    /// end of this tick if that is so already.
    func append(
        _ outcome: ServerSession.Outcome, _ correlation: CorrelationID, _ connection: Connection
    ) {
        if case .refusal(let refusal, _) = outcome { meter.refused(refusal.code) }
        if outcome.lsn <= durableLSN {
            connection.session.write(outcome, to: correlation, into: &answer)
            connection.answer(answer.bytes, to: correlation)
            answer.removeAll(from: 0)
        } else {
            open.append(outcome, to: correlation, of: connection)
            planTickEnd()
        }
    }

    /// A connection has something to write, which it does together with the others.
    func hasOutput(_ connection: Connection) {
        writers.append(connection)
        planTickEnd()
    }

    /// One write for each connection that has something to write.
    private func flush() {
        var due: [Connection] = []
        swap(&due, &writers)
        for connection in due { connection.flushAnswers() }
    }

    // MARK: Batches

    /// When a request of this tick arrived: one look at the clock serves them all.
    var arrival: NIODeadline {
        if let tickBegan { return tickBegan }
        let now = NIODeadline.now()
        tickBegan = now
        planTickEnd()
        return now
    }

    /// Runs behind everything that is readable in this tick.
    func planTickEnd() {
        guard !isTickEndPlanned else { return }
        isTickEndPlanned = true
        loop.execute {
            self.isTickEndPlanned = false
            self.tickBegan = nil
            self.commit()
            self.flush()
        }
    }

    /// Hands the open batch to the journal thread, unless one is on its way already.
    private func commit() {
        guard inFlight == nil, !hasFailed else { return }
        // Without room in the journal this does nothing, and is tried again when there is some.
        if !isDraining, ledger?.hasBacklog == true {
            ledger?.executeBacklog(at: .now)
            takeNews(of: "wake", by: nil)
        }
        do throws(StoreError) {
            if ledger?.hasOpenBatch == true, let sealed = try ledger?.sealBatch(), let storage {
                inFlight = open.take()
                let start = NIODeadline.now()
                let isOfHeavy =
                    inFlight?.entries.contains { $0.connection.account.isHeavy } ?? false
                storage.thread.run { (journal) throws(StoreError) in
                    try journal.commit(sealed)
                } then: { result in
                    self.meter.committed(sealed.count, since: start)
                    if isOfHeavy {
                        self.turns.committed(after: (NIODeadline.now() - start).nanoseconds)
                    }
                    self.commitEnded(result)
                }
                return
            }
        } catch {
            return fail(error)
        }
        // Nothing was changed, and all that was seen is durable.
        send(open.take())
        drainedIfDone()
    }

    private func commitEnded(_ result: Result<Commit, StoreError>) {
        guard let batch = inFlight else { return }  // the storage has failed meanwhile
        switch result {
        case .failure(let error): fail(error)
        case .success(let commit):
            ledger?.committed(commit)
            inFlight = nil
            send(batch)
            planPump()
            storage?.afterCommit(commit)
            self.commit()
        }
    }

    /// The answers of a durable batch leave. The log may wait: to wake its thread takes longer
    /// than to write an answer.
    private func send(_ batch: Batch) {
        batch.forEach { entry, answer in
            entry.connection.answer(answer, to: entry.correlation)
        }
        let now = NIODeadline.now()
        flush()
        if !batch.notes.isEmpty { log.write(batch.notes, answeredAt: now) }
    }

    // MARK: The end

    /// Looks at no further request, and calls when every decided one has been answered.
    func drain(then: @escaping () -> Void) {
        isDraining = true
        whenDrained = then
        endWaits(because: .shuttingDown)
        endWatches(because: .shuttingDown)
        planTickEnd()
    }

    private func drainedIfDone() {
        guard isDraining, inFlight == nil, open.isEmpty, let then = whenDrained else { return }
        whenDrained = nil
        then()
    }

    /// The journal failed: nothing is decided any more, and everybody learns what is certain.
    private func fail(_ error: StoreError) {
        guard !hasFailed else { return }
        hasFailed = true
        isDraining = true
        whenDrained = nil
        endWaits(because: .storageFailed)
        let handedOver = inFlight ?? Batch()
        inFlight = nil
        send(handedOver.afterFailure(wasHandedOver: true))
        send(open.take().afterFailure(wasHandedOver: false))
        journalFailed(error)
    }
}

// MARK: - For the operator

extension Service {
    /// What is wrong, if anything is.
    var mode: DaemonStatus.Mode {
        if ledger == nil { return .damaged }
        if fault != nil { return .readOnly }
        if ledger?.state.isQuarantined == true { return .quarantine }
        return spareFault == nil ? .ok : .storageFull
    }

    private func status(for caller: Caller) throws(Refusal) -> Reply {
        try (ledger?.state ?? State(incarnation: 0)).permit(.status, to: caller)
        let counts = counts
        let status = DaemonStatus(
            mode: mode, detail: modeDetail, version: Release.version,
            uptimeMilliseconds: UInt64((NIODeadline.now() - started).nanoseconds / 1_000_000),
            incarnation: incarnation, durableLSN: durableLSN,
            prefixCount: UInt64(counts.prefixes), allocationCount: UInt64(counts.allocations),
            waitingCount: UInt64(counts.waiting), connectionCount: UInt64(connectionCount()),
            stateDirectory: settings.stateDirectory,
            lastCheckpoint: storage?.lastCheckpoint.at,
            checkpointLSN: storage?.lastCheckpoint.lsn ?? recovery?.checkpointLSN ?? 0,
            logEntriesDropped: log.droppedCount)
        return Reply(lsn: ledger?.lsn ?? 0, answer: .status(status))
    }

    private func metrics(for caller: Caller) throws(Refusal) -> Reply {
        try (ledger?.state ?? State(incarnation: 0)).permit(.metrics, to: caller)
        return Reply(
            lsn: ledger?.lsn ?? 0, answer: .metrics(meter.reading(watchCount: watches.count)))
    }

    private var modeDetail: String? {
        if let fault = fault ?? spareFault { return fault.description }
        guard ledger?.state.isQuarantined == true else { return nil }
        return """
            the state was restored and may be old: release what has gone, let the others ask again \
            for what they hold, and end it with ipamc reconcile
            """
    }

    /// One line for `systemctl status`.
    var statusLine: String {
        switch mode {
        case .damaged: return "State damaged, nothing is served: \(fault?.description ?? "")"
        case .readOnly: return "Read-only: \(fault?.description ?? "")"
        case .storageFull:
            return "No room for another journal segment: \(spareFault?.description ?? "")"
        case .quarantine:
            return """
                In quarantine after a restore: nothing new is handed out before ipamc reconcile
                """
        case .ok:
            let counts = counts
            return """
                Serving \(counts.prefixes) prefixes, \(counts.allocations) allocations \
                (\(counts.waiting) waiting), LSN \(durableLSN)
                """
        }
    }
}
