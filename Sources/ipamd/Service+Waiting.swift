import IPAM
import IPAMEngine
import IPAMStore
import IPAMWire
import NIOCore

/// A request that waits in its connection for room.
struct Waiter {
    let connection: Connection
    let correlation: CorrelationID
    let request: Command.Request
    let arrival: NIODeadline
    let deadline: Scheduled<Void>
}

extension Service {
    /// A request found no room and waits: until it is served, its time is up, or its client has
    /// had enough.
    func wait(
        _ ticket: Ticket, _ request: Command.Request, _ correlation: CorrelationID,
        of connection: Connection, since arrival: NIODeadline
    ) {
        let time = TimeAmount.milliseconds(Int64(request.waitMilliseconds ?? 0))
        let deadline = loop.scheduleTask(in: time) { self.endWait(ticket) }
        waiters[ticket] = Waiter(
            connection: connection, correlation: correlation, request: request,
            arrival: arrival, deadline: deadline)
        connection.waits[correlation] = ticket
        noteWaiting(request, connection.caller)
    }

    /// Tells those whose waiting a change has ended.
    func answer(_ served: [Served]) {
        for served in served {
            guard let waiter = forget(served.ticket) else { continue }
            switch served.outcome {
            case .success(let reply):
                append(.reply(reply), waiter.correlation, waiter.connection)
            case .failure(let refusal): refuse(refusal, waiter)
            }
        }
    }

    /// The time of a request is up, or somebody does not want it any more: then `refusal` is what
    /// it is told, instead of why there is no room.
    func endWait(_ ticket: Ticket, because refusal: Refusal? = nil) {
        guard let outcome = ledger?.withdraw(ticket), let waiter = forget(ticket) else { return }
        switch outcome {
        // Another request of the same name was served meanwhile: that is the answer.
        case .success(let reply): append(.reply(reply), waiter.correlation, waiter.connection)
        case .failure(let reason): refuse(refusal ?? reason, waiter)
        }
        // What it kept for itself may serve others now.
        planTickEnd()
    }

    /// Ends the waiting of all, for the daemon ends.
    func endWaits(because refusal: Refusal) {
        for ticket in waiters.keys.sorted() { endWait(ticket, because: refusal) }
    }

    private func forget(_ ticket: Ticket) -> Waiter? {
        guard let waiter = waiters.removeValue(forKey: ticket) else { return nil }
        waiter.deadline.cancel()
        waiter.connection.waits[waiter.correlation] = nil
        return waiter
    }

    private func refuse(_ refusal: Refusal, _ waiter: Waiter) {
        append(
            .refusal(refusal, lsn: ledger?.lsn ?? 0), waiter.correlation, waiter.connection)
        let command = Command.request(waiter.request)
        note(
            refusal, command.operation, command.subject(of: refusal),
            Asker(caller: waiter.connection.caller, arrival: waiter.arrival))
    }

    // MARK: Cancelling

    /// Ends a waiting request or a watch of the same connection. Its own last answer comes
    /// first, then that of the cancel.
    func cancel(
        _ target: CorrelationID, _ correlation: CorrelationID, from connection: Connection
    ) {
        let lsn = ledger?.lsn ?? 0
        let isFound: Bool
        if let ticket = connection.waits[target] {
            endWait(ticket, because: .cancelled)
            isFound = true
        } else if let ended = endWatch(target, of: connection) {
            append(.watchEnded(lsn: ended), target, connection)
            isFound = true
        } else {
            isFound = false
        }
        append(.cancelled(found: isFound, lsn: lsn), correlation, connection)
    }

    /// The client has said all it will say, or has gone: nobody waits for a request any more.
    func abandon(_ connection: Connection) {
        for ticket in connection.waits.values.sorted() { endWait(ticket, because: .cancelled) }
        for watching in watches where watching.connection === connection {
            _ = endWatch(watching.correlation, of: connection)
            append(.watchEnded(lsn: watching.position.lsn), watching.correlation, connection)
        }
    }
}

extension Refusal {
    static let cancelled = Refusal(
        .cancelled, "the client does not wait any more; nothing was changed")
    static let shuttingDown = Refusal(
        .shuttingDown, "the daemon stops; nothing was changed, ask again when it is back")
}
