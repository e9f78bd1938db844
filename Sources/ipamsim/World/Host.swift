import IPAM
import IPAMEngine
import IPAMStore
import IPAMWire

/// A daemon between its start and its end, in one thread: the production store, engine and
/// sessions, put together as `ipamd` does it.
///
/// What runs beside each other there, the event loop, the journal's thread and the background
/// one, runs here in turns: between two calls of one to the disk, the others may take a step.
final class Host {
    let disk: SimulatedDisk
    var world: World
    var ledger: Ledger
    var journal: Journal
    let checkpointer: Checkpointer
    let recovery: Recovery
    var connections: [Connection] = []
    /// What was decided since the last batch left, and what its clients will be told.
    var open: [Entry] = []
    var waiters: [Ticket: (client: Int, correlation: CorrelationID)] = [:]
    var clock: UInt64 = 1
    /// What room there is now, as the journal's thread has said and the loop not heard yet.
    var roomOnItsWay: JournalRoom?
    var isCheckpointDue = false
    var isMakingCheckpoint = false
    var hasJournalFailed = false
    /// Steps that other threads take between the calls of the one that runs.
    var meanwhile: [Workload.Step] = []
    /// The error of a step that was taken in between.
    var errorMeanwhile: StoreError?
    /// What went wrong, a sentence each.
    var faults: [String] = []

    struct Connection {
        var session: ServerSession
        var decoder = FrameDecoder()
    }

    struct Entry {
        let client: Int
        let correlation: CorrelationID
        var outcome: Outcome
    }

    enum Outcome {
        case reply(Reply)
        case refusal(Refusal, lsn: UInt64)
    }

    /// How a start may end.
    enum Start {
        case serving(Host)
        /// Nothing can be written: what is there is shown.
        case readOnly(State, StoreError)
        case refused(StoreError)
    }

    static let segmentBytes = 32 << 10

    /// Starts on a disk whatever it takes.
    static func start(
        on disk: SimulatedDisk, _ world: World, segmentBytes: Int = segmentBytes
    ) -> Start {
        var world = world
        let salts = SaltSource(seed: UInt64(world.chance.choose(1 << 62)))
        let settings = StoreSettings(
            segmentBytes: segmentBytes, newIncarnation: 7, salt: { salts.next() })
        do throws(StoreError) {
            switch try Store.open(disk, settings, at: Instant(milliseconds: 1)) {
            case .ready(let ready): return .serving(Host(ready, disk, world))
            case .readOnly(let ledger, _, let error): return .readOnly(ledger.state, error)
            }
        } catch {
            return .refused(error)
        }
    }

    private init(_ ready: Opened.Ready, _ disk: SimulatedDisk, _ world: World) {
        self.disk = disk
        self.world = world
        ledger = ready.ledger
        journal = ready.journal
        checkpointer = ready.checkpointer
        recovery = ready.recovery
    }

    /// The first moments: clients come back, and the next segment is made.
    func begin() throws(StoreError) {
        world.oracle.recovered(ledger.state)
        let checkpoints = disk.fileNames.filter { $0.hasPrefix("checkpoint-") }
        if recovery.notes.isEmpty, checkpoints.count > 3 {
            faults.append("\(checkpoints.count) checkpoints are kept")
        }
        for index in world.clients.indices {
            let caller = world.clients[index].caller
            connections.append(
                Connection(
                    session: ServerSession(
                        role: caller.role, incarnation: ledger.state.incarnation,
                        software: "ipamd")))
            receive(world.clients[index].connect(), from: index)
            world.clients[index].readAll()
        }
        try prepareSpare()
    }

    /// What was found wrong so far, once.
    func takeFaults() -> [String] {
        defer { faults = [] }
        return faults + world.takeFaults()
    }

    func now() -> Instant {
        clock += 1
        return Instant(milliseconds: clock)
    }
}

// MARK: - Requests

extension Host {
    /// A client asks; the daemon reads it in two pieces, cut anywhere.
    func ask(_ client: Int, _ request: Request) {
        guard let bytes = world.clients[client].ask(request) else { return }
        receive(bytes, from: client)
    }

    /// All clients ask again what had no answer when the last daemon ended.
    func askAgain() {
        for index in world.clients.indices {
            for command in world.clients[index].unanswered {
                guard let bytes = world.clients[index].askAgain(command) else { continue }
                receive(bytes, from: index)
            }
        }
    }

    private func receive(_ bytes: [UInt8], from client: Int) {
        let cut = world.chance.choose(bytes.count)
        for piece in [bytes[..<cut], bytes[cut...]] {
            connections[client].decoder.append(piece)
            do throws(ProtocolError) {
                while let frame = try connections[client].decoder.next() {
                    perform(
                        connections[client].session.receive(frame, durableLSN: ledger.durableLSN),
                        client)
                }
            } catch {
                faults.append("the client broke the protocol: \(error.sentence)")
            }
        }
    }

    private func perform(_ action: ServerSession.ReceiveAction, _ client: Int) {
        switch action {
        case .execute(let command, let correlation): decide(command, correlation, client)
        case .answer(let query, let correlation):
            do throws(Refusal) {
                let reply = try ledger.answer(query, by: world.clients[client].caller)
                append(.reply(reply), correlation, client)
            } catch {
                append(.refusal(error, lsn: ledger.lsn), correlation, client)
            }
        case .send(let bytes): world.clients[client].deliver(bytes)
        case .wait: break
        case .watch, .cancel, .close: faults.append("the daemon was asked \(action)")
        }
    }

    private func decide(_ command: Command, _ correlation: CorrelationID, _ client: Int) {
        do throws(Refusal) {
            let caller = world.clients[client].caller
            switch try ledger.execute(command, by: caller, at: now()) {
            case .reply(let reply): append(.reply(reply), correlation, client)
            case .waits(let ticket): waiters[ticket] = (client, correlation)
            }
        } catch {
            // A refusal is an answer like any other: it changes nothing. One of a document means
            // that the workload is wrong.
            let isWrong = [.invalid, .tooLarge, .malformed].contains(error.code)
            if isWrong { faults.append("the workload is wrong: \(error)") }
            append(.refusal(error, lsn: ledger.lsn), correlation, client)
        }
        takeNews()
    }

    func takeNews() {
        world.oracle.decided(ledger.state)
        for served in ledger.news.flatMap(\.consequences.served) {
            guard let waiter = waiters.removeValue(forKey: served.ticket) else { continue }
            switch served.outcome {
            case .success(let reply): append(.reply(reply), waiter.correlation, waiter.client)
            case .failure(let refusal):
                append(.refusal(refusal, lsn: ledger.lsn), waiter.correlation, waiter.client)
            }
        }
    }

    func append(_ outcome: Outcome, _ correlation: CorrelationID, _ client: Int) {
        open.append(Entry(client: client, correlation: correlation, outcome: outcome))
    }

    /// Answers leave. Whatever they speak of has to be durable by now.
    func send(_ entries: [Entry]) {
        if !disk.isEverythingStored, !disk.isDead, !entries.isEmpty {
            faults.append("an answer leaves before everything is synced")
        }
        for entry in entries {
            let bytes: [UInt8]
            switch entry.outcome {
            case .reply(let reply):
                if reply.lsn > ledger.durableLSN {
                    faults.append("an answer speaks of \(reply.lsn), which is not durable")
                }
                bytes = connections[entry.client].session.reply(reply, to: entry.correlation)
            case .refusal(let refusal, let lsn):
                bytes = connections[entry.client].session.refuse(
                    refusal, lsn: lsn, to: entry.correlation)
            }
            world.clients[entry.client].deliver(bytes)
        }
        world.read()
    }
}
