import IPAM
import IPAMEngine
import IPAMStore
import IPAMWire

/// The journal, and what keeps it going.
extension Host {
    func perform(_ step: Workload.Step) throws(StoreError) {
        switch step {
        case .ask(let client, let request): ask(client, request)
        case .commit: try commit()
        case .quiet: try beQuiet()
        case .checkpoint: try checkpoint()
        case .meanwhile(let long, let steps):
            meanwhile = steps
            try perform(long)
            let rest = meanwhile
            meanwhile = []
            for step in rest { try perform(step) }
        case .roomBytes(let bytes): disk.limit(to: bytes)
        case .restart, .kill, .crash: preconditionFailure("The end of a life is not a step of it.")
        }
    }

    /// Makes the open batch durable, and answers it.
    private func commit() throws(StoreError) {
        if ledger.hasBacklog {
            ledger.executeBacklog(at: now())
            takeNews()
        }
        let batch: SealedBatch?
        do throws(StoreError) { batch = try ledger.sealBatch() } catch {
            fail([])
            throw error
        }
        hearOfRoom()
        guard let batch else { return send(takeOpen()) }
        let inFlight = takeOpen()
        let commit: Commit
        do throws(StoreError) {
            // Meanwhile, clients ask for what goes into the next batch.
            commit = try interrupted(byAsksAlone: true) { () throws(StoreError) in
                try onJournal { () throws(StoreError) in try journal.commit(batch) }
            }
        } catch {
            fail(inFlight)
            throw error
        }
        ledger.committed(commit)
        send(inFlight)
        isCheckpointDue = isCheckpointDue || commit.checkpointIsDue
        // There is one thread for the background.
        if commit.needsSpare, !isMakingCheckpoint { try prepareSpare() }
    }

    private func takeOpen() -> [Entry] {
        defer { open = [] }
        return open
    }

    /// The journal failed: clients learn what is certain, and the daemon ends.
    private func fail(_ inFlight: [Entry]) {
        guard !disk.isDead else { return }
        let told =
            inFlight.map { $0.afterFailure(.outcomeUnknown) }
            + takeOpen().map { $0.afterFailure(.storageFailed) }
        for entry in told {
            guard case .refusal(let refusal, let lsn) = entry.outcome else { continue }
            world.clients[entry.client].deliver(
                connections[entry.client].session.refuse(
                    refusal, lsn: lsn, to: entry.correlation))
        }
        world.read()
    }

    /// Some ten milliseconds without a request: the seal, and what could not be done before.
    private func beQuiet() throws(StoreError) {
        try onJournal { () throws(StoreError) in try journal.seal() }
        guard !isMakingCheckpoint else { return }
        if journal.needsSpare { try prepareSpare() }
        if isCheckpointDue { try checkpoint() }
    }

    /// Makes the next segment ready. Without one the daemon goes on as long as there is room.
    func prepareSpare() throws(StoreError) {
        guard journal.needsSpare else { return }
        do throws(StoreError) {
            roomOnItsWay = journal.adopt(try checkpointer.prepareSpare())
            // The loop may have sealed another batch before it hears of this.
            if world.chance.choose(2) == 0 { hearOfRoom() }
        } catch {
            if disk.isDead || error.isFatal { throw error }
            ledger.spareFailed(error)
        }
    }

    private func hearOfRoom() {
        if let room = roomOnItsWay { ledger.update(room) }
        roomOnItsWay = nil
    }

    private func checkpoint() throws(StoreError) {
        let begun = try onJournal { () throws(StoreError) in try journal.beginCheckpoint() }
        guard let job = begun else { return }
        isCheckpointDue = false
        hearOfRoom()
        ledger.update(journal.room)
        try prepareSpare()
        try make(job)
        if journal.needsSpare { try prepareSpare() }
    }

    /// A checkpoint that fails costs nothing: the old ones and the journals are still there.
    private func make(_ job: CheckpointJob) throws(StoreError) {
        isMakingCheckpoint = true
        defer { isMakingCheckpoint = false }
        let report: CheckpointReport
        do throws(StoreError) {
            // Meanwhile, the journal takes more batches.
            report = try interrupted(byAsksAlone: false) { () throws(StoreError) in
                try checkpointer.run(job, at: Instant(milliseconds: 1))
            }
        } catch {
            if disk.isDead || error.isFatal { throw error }
            isCheckpointDue = true
            if let error = takeErrorMeanwhile() { throw error }
            return
        }
        if let error = takeErrorMeanwhile() { throw error }
        journal.finishCheckpoint(report)
    }

    /// The end in order: everything is answered, and a last checkpoint holds it all.
    func stop() throws(StoreError) {
        for (ticket, waiter) in waiters.sorted(by: { $0.key < $1.key }) {
            _ = ledger.withdraw(ticket)
            append(
                .refusal(Refusal(.shuttingDown, "the daemon stops"), lsn: ledger.lsn),
                waiter.correlation, waiter.client)
        }
        waiters = [:]
        try commit()
        let job = try onJournal { () throws(StoreError) in try journal.stop() }
        if let job { try make(job) }
    }

    private func onJournal<Value>(
        _ work: () throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        do throws(StoreError) { return try work() } catch {
            hasJournalFailed = true
            throw error
        }
    }

    /// When the journal has failed, what its thread was given before still runs: nothing of it may
    /// reach the disk.
    func doWhatWasHandedOver() {
        guard hasJournalFailed, !disk.isDead else { return }
        let callCount = disk.callCount
        let isStopped: Bool
        do throws(StoreError) {
            try journal.seal()
            _ = try journal.beginCheckpoint()
            isStopped = try journal.stop() != nil
        } catch {
            if case .poisoned = error { isStopped = false } else { isStopped = true }
        }
        if isStopped || disk.callCount > callCount {
            faults.append("the journal goes on after it has failed")
        }
    }

    /// Does something that calls the disk, and lets the planned steps be taken between its calls.
    private func interrupted<Value>(
        byAsksAlone: Bool, _ work: () throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        guard !meanwhile.isEmpty else { return try work() }
        disk.interlude = { [unowned self] in takeStepMeanwhile(isAsk: byAsksAlone) }
        defer { disk.interlude = nil }
        return try work()
    }

    private func takeStepMeanwhile(isAsk: Bool) {
        guard errorMeanwhile == nil, let next = meanwhile.first else { return }
        if isAsk { guard case .ask = next else { return } }
        let interlude = disk.interlude
        disk.interlude = nil
        defer { disk.interlude = interlude }
        do throws(StoreError) { try perform(meanwhile.removeFirst()) } catch {
            errorMeanwhile = error
        }
    }

    private func takeErrorMeanwhile() -> StoreError? {
        defer { errorMeanwhile = nil }
        return errorMeanwhile
    }
}

extension Host.Entry {
    /// What is told instead when the journal has failed. What was on its way may be there or not,
    /// and what was not handed over is not; the next start tells. A refusal may rest on a change
    /// that is lost.
    fileprivate func afterFailure(_ code: RefusalCode) -> Self {
        var entry = self
        let told: RefusalCode =
            switch outcome {
            case .reply: code
            case .refusal: .storageFailed
            }
        entry.outcome = .refusal(Refusal(told, "the storage failed"), lsn: 0)
        return entry
    }
}
