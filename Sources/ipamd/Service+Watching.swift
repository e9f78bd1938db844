import IPAM
import IPAMEngine
import IPAMStore
import IPAMWire
import NIOCore

/// A watch of a connection, and how far it has come.
final class Watching {
    let watch: Watch
    let correlation: CorrelationID
    let connection: Connection
    var position: WatchRing.Position
    /// The position that the client knows.
    var toldLSN: UInt64

    init(_ watch: Watch, _ correlation: CorrelationID, of connection: Connection) {
        self.watch = watch
        self.correlation = correlation
        self.connection = connection
        position = WatchRing.Position(lsn: watch.after)
        toldLSN = watch.after
    }
}

// Changes are kept once, in the ledger's ring; a watch is a position in it. So a client that does
// not read costs nothing: its position stays until the ring has moved on, and then the watch
// ends with `compacted`.

extension Service {
    /// Begins a watch. Its first event comes at once: it says that it has begun.
    func watch(_ watch: Watch, _ correlation: CorrelationID, from connection: Connection) {
        let watching = Watching(watch, correlation, of: connection)
        do throws(Refusal) {
            guard let ledger else { throw damaged }
            try ledger.state.permit(watch, to: connection.caller)
            try ledger.ring.check(watch, at: watching.position)
            try checkWatchCount(of: connection.caller)
        } catch {
            append(.refusal(error, lsn: ledger?.lsn ?? 0), correlation, connection)
            return note(
                error, "watch", RefusedSubject(),
                Asker(caller: connection.caller, arrival: arrival))
        }
        watches.append(watching)
        connection.send(Watch.Event(lsn: watch.after, changes: []), to: correlation)
        planPump()
    }

    private func checkWatchCount(of caller: Caller) throws(Refusal) {
        let ofUser = watches.count { $0.connection.caller.uid == caller.uid }
        let isAdministrator = caller.role == .administrator
        let most = isAdministrator ? Limits.watchesMax : DaemonLimits.watchesPerUserMax
        guard watches.count < Limits.watchesMax, ofUser < most else {
            throw Refusal(
                .busy, "there are \(watches.count) watches, \(ofUser) of this user; end one first")
        }
    }

    /// Ends a watch; returns its position, and nothing if there is no such watch.
    func endWatch(_ correlation: CorrelationID, of connection: Connection) -> UInt64? {
        let index = watches.firstIndex {
            $0.connection === connection && $0.correlation == correlation
        }
        return index.map { watches.remove(at: $0).position.lsn }
    }

    /// Ends all watches, for the daemon ends.
    func endWatches(because refusal: Refusal) {
        for watching in watches {
            append(
                .refusal(refusal, lsn: watching.position.lsn), watching.correlation,
                watching.connection)
        }
        watches = []
    }

    /// Sends on what has become durable, behind what else this tick has to do.
    func planPump() {
        guard !isPumpPlanned, !watches.isEmpty else { return }
        isPumpPlanned = true
        nextLook.run {
            self.isPumpPlanned = false
            self.pump()
        }
    }

    /// Tells the watches what is new, a bounded amount at a time: they take turns, and requests
    /// come in between.
    private func pump() {
        var work = DaemonLimits.watchChangesPerTick
        var visited: Set<ObjectIdentifier> = []
        var ended: [Watching] = []
        // A watch may end meanwhile, because its client goes: the loop has its own list.
        for watching in watches where work > 0 {
            visited.insert(ObjectIdentifier(watching))
            let account = watching.connection.account
            guard turns.rest(of: account) == nil else { continue }
            var slice = min(work, DaemonLimits.watchChangesPerTurn)
            work -= slice
            let refusal = turns.measure(account) { advance(watching, &slice) }
            work += max(0, slice)
            guard let refusal else { continue }
            ended.append(watching)
            append(
                .refusal(refusal, lsn: watching.position.lsn), watching.correlation,
                watching.connection)
        }
        for watching in ended { _ = endWatch(watching.correlation, of: watching.connection) }
        // Whose turn it was goes to the end of the line.
        watches =
            watches.filter { !visited.contains(ObjectIdentifier($0)) }
            + watches.filter { visited.contains(ObjectIdentifier($0)) }
        let isBehind = { (watching: Watching) in
            watching.position.lsn < self.durableLSN && watching.connection.takesEvents
        }
        guard let next = watches.first(where: isBehind) else { return }
        guard let moment = turns.rest(of: next.connection.account) else { return planPump() }
        isPumpPlanned = true
        loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(moment))) {
            self.isPumpPlanned = false
            self.planPump()
        }
    }

    /// Takes one watch further, as far as its client takes events; returns why it has to end.
    private func advance(_ watching: Watching, _ work: inout Int) -> Refusal? {
        let connection = watching.connection
        defer { connection.flush() }
        while work > 0, connection.takesEvents, watching.position.lsn < durableLSN {
            guard let ledger else { return damaged }
            do throws(Refusal) {
                try ledger.ring.check(watching.watch, at: watching.position)
            } catch {
                return error
            }
            let caller = connection.caller
            let state = ledger.state
            let found = ledger.ring.next(
                of: watching.watch, from: &watching.position, until: durableLSN, work: &work,
                sees: { key, owner in
                    caller.sees(key.kind, of: owner) && !state.isClosed(key.namespace, to: caller)
                })
            let changes = found.map { change -> Watch.Change in
                switch change {
                case .put(let resource):
                    work -= ledger.state.workOfItem(resource)
                    return .put(ledger.state.item(resource, for: caller))
                case .removed(let key): return .removed(key)
                }
            }
            let isFar = watching.position.lsn - watching.toldLSN >= DaemonLimits.watchSilenceMax
            if !changes.isEmpty || isFar {
                watching.toldLSN = watching.position.lsn
                connection.send(
                    Watch.Event(lsn: watching.position.lsn, changes: changes),
                    to: watching.correlation)
            }
        }
        return nil
    }
}
