package import IPAM

/// How far the waiting claims of a namespace were tried.
struct WakeProgress: Sendable, Hashable {
    /// The last claim that was tried; the next one is behind it.
    var last: WaitingKey?
    /// Whether a claim made room for others, so that all are to be tried again.
    var isAgain = false
}

extension State {
    /// Tries the waiting claims of every namespace in which a change made room, oldest first.
    ///
    /// A bounded number is tried within the command; what is left is backlog.
    mutating func wake(_ change: inout Change) {
        dropStaleHolds(&change)
        guard !change.namespacesWithRoom.isEmpty else { return }
        change.namespacesWithRoom.visit { name, _ in
            if let namespace = namespaces[name], !namespace.waiting.isEmpty {
                backlog[name] = WakeProgress()
            }
            return true
        }
        continueWaking(&change)
    }

    /// Takes the backlog further by at most `Limits.claimsPerWakeMax` claims, and by fewer if
    /// they are large.
    mutating func continueWaking(_ change: inout Change) {
        var left = Limits.claimsPerWakeMax
        while left > 0, let (name, progress) = backlog.first {
            backlog[name] = tryClaims(of: name, from: progress, &left, &change)
        }
    }

    /// A recovered state may have claims that nobody has tried since room was made: try all.
    package mutating func resumeWaiting() {
        namespaces.visit { namespace in
            if !namespace.waiting.isEmpty { backlog[namespace.name] = WakeProgress() }
            return true
        }
    }

    /// Tries claims in the order of their age; returns where to go on, or nothing at the end.
    private mutating func tryClaims(
        of name: String, from start: WakeProgress, _ left: inout Int, _ change: inout Change
    ) -> WakeProgress? {
        var keepers: [WaitingKey] = []
        holds[name]?.visit { key, _ in
            keepers.append(key)
            return true
        }
        var progress = start
        var walk = WaitingWalk(line(of: name), behind: start.last, keepers: keepers)
        while left > 0, let claim = walk.next(in: line(of: name)) {
            let allocation = claim.ticket == 0 ? namespaces[name]?.allocations[claim.name] : nil
            guard hasRoom(for: allocation, in: name, change) else {
                left = 0
                return progress
            }
            left -= 1
            progress.last = claim
            let wish = allocation?.wish ?? .single(claim)
            let madeRoom = tryClaim(claim, allocation, in: name, &change)
            if madeRoom {
                progress.isAgain = true
                walk.roomWasMade(in: line(of: name))
            }
            // Where one found room there may be more, and who keeps a block has one that the next
            // cannot have.
            if !madeRoom, line(of: name).contains(claim), holds[name]?[claim] == nil {
                walk.settle(wish)
            } else {
                walk.goOn(wish, in: line(of: name))
            }
        }
        if left == 0 { return progress }
        return progress.isAgain ? WakeProgress() : nil
    }

    /// Not to be kept: a copy in somebody's hands makes each change of it copy it whole.
    private func line(of name: String) -> WaitingLine {
        namespaces[name]?.waiting ?? WaitingLine()
    }

    /// Whether the record still has room for a claim, and for the Prefix that controls it. Alone
    /// it always has: what was stored once is smaller.
    private func hasRoom(for allocation: Resource?, in name: String, _ change: Change) -> Bool {
        guard change.bytes > 0 else { return true }
        let prefix = allocation?.controller.flatMap { namespaces[name]?.prefixes[$0]?.resource }
        let bytes = (allocation?.approximateBytes ?? 0) + (prefix?.approximateBytes ?? 0)
        return change.bytes + bytes <= recordBytesMax / 8 * 7
    }

    /// Places a claim, that of an allocation or of a request, if there is room now; returns whether
    /// that made room for others.
    private mutating func tryClaim(
        _ key: WaitingKey, _ allocation: Resource?, in name: String, _ change: inout Change
    ) -> Bool {
        // Somebody before it in the line may have been served with it.
        guard namespaces[name]?.waiting.contains(key) ?? false else { return false }
        if let waiting = waitingRequests[key.ticket], isClosed(name, to: waiting.caller) {
            return serve(key, waiting, &change)
        }
        if let waiting = waitingRequests[key.ticket],
            let existing = resource(waiting.request.key)
        {
            return !waitsOn(existing, waiting) && serve(key, waiting, &change)
        }
        guard let claim = allocation.map({ Claim($0) }) ?? claim(of: key) else { return false }
        var madeRoom = giveUpHoldIfReady(of: key, claim, in: name)
        switch place(claim, in: name) {
        case .found(let placement):
            madeRoom = giveUpHold(of: key, in: name) || madeRoom
            return settle(key, in: name, .allocated(placement), &change) || madeRoom
        case .none(let reason):
            if reason == .noRoom {
                madeRoom = takeHold(for: key, claim, in: name, at: change.lsn) || madeRoom
            }
            let status: Status = reason.isPermanent ? .failed(reason) : .pending
            return settle(key, in: name, status, &change) || madeRoom
        }
    }

    /// Whether what a request asks for is there and waits itself. What is there otherwise is the
    /// answer to the request, or takes its name.
    private func waitsOn(_ existing: Resource, _ waiting: WaitingRequest) -> Bool {
        do throws(Refusal) {
            _ = try answerAgain(existing, waiting.request, waiting.caller)
            return false
        } catch {
            return existing.isWaiting && error.code.isOfPlacement
        }
    }

    /// What a request that waits asks for; nothing for one that cannot be read any more.
    private func claim(of key: WaitingKey) -> Claim? {
        guard let waiting = waitingRequests[key.ticket] else { return nil }
        do throws(Refusal) {
            return Claim(try spec(of: waiting.request), owner: waiting.caller.uid)
        } catch {
            // It asks for a default length, and there is none at the moment.
            return nil
        }
    }

    /// Tells a request what came of it, or gives an allocation its new status, and its Prefix
    /// with it; returns whether that made a new parent.
    mutating func settle(
        _ key: WaitingKey, in name: String, _ status: Status, _ change: inout Change
    ) -> Bool {
        if let waiting = waitingRequests[key.ticket] {
            return status != .pending && serve(key, waiting, &change)
        }
        guard var allocation = namespaces[name]?.allocations[key.name],
            status != allocation.status
        else { return false }
        allocation.settle(status, &change, incarnation)
        record(.put(allocation), in: &change)
        guard allocation.placement != nil, let controller = allocation.controller,
            var prefix = namespaces[name]?.prefixes[controller]?.resource
        else { return false }
        prefix.status = allocation.status
        prefix.phaseSince = change.now
        prefix.version = change.lsn
        record(.put(prefix), in: &change)
        return true
    }
}

// MARK: - Requests that wait in their connections

extension State {
    /// Takes a request among those who wait.
    mutating func enqueue(_ waiting: WaitingRequest) throws(Refusal) -> Ticket {
        let user = waiting.caller.uid
        let ofUser = waitingRequestsByUser[user] ?? 0
        guard waitingRequests.count < Limits.waitingRequestsMax,
            ofUser < Limits.waitingRequestsPerUserMax
        else {
            throw Refusal(
                .busy,
                "\(waitingRequests.count) requests wait for room, \(ofUser) of this user; the "
                    + "maximum is \(Limits.waitingRequestsMax) and "
                    + "\(Limits.waitingRequestsPerUserMax); ask again without waiting")
        }
        lastTicket += 1
        waitingRequests[lastTicket] = waiting
        waitingRequestsByUser[user] = ofUser + 1
        let name = waiting.request.namespace
        let key = WaitingKey(waiting, lastTicket)
        namespaces[name]?.waiting.insert(key, .single(key))
        namespaces[name]?.waitingRequestCount += 1
        return lastTicket
    }

    /// Ends the waiting of a request whose time is up or whose client has gone; says what it
    /// would be told now. Nothing for one that does not wait any more.
    package mutating func withdraw(_ ticket: Ticket) -> Result<Reply, Refusal>? {
        guard let waiting = waitingRequests[ticket] else { return nil }
        var change = Change(lsn: lsn + 1, now: Instant(milliseconds: 0))
        var outcome: Result<Reply, Refusal>
        do throws(Refusal) {
            let answer = try decide(waiting.request, by: waiting.caller, &change)
            outcome = .success(Reply(lsn: lsn, answer: .allocated(answer)))
        } catch {
            outcome = .failure(error)
        }
        if !change.events.isEmpty {
            // It would fit, and the backlog has not come to it yet.
            undo(change, holds: holds)
            outcome = .failure(Refusal(.busy, "others wait before this request; ask again"))
        }
        let name = waiting.request.namespace
        if giveUpHold(of: WaitingKey(waiting, ticket), in: name) { backlog[name] = WakeProgress() }
        endWaiting(ticket, waiting)
        return outcome
    }

    private mutating func endWaiting(_ ticket: Ticket, _ waiting: WaitingRequest) {
        waitingRequests[ticket] = nil
        let user = waiting.caller.uid
        let left = (waitingRequestsByUser[user] ?? 1) - 1
        waitingRequestsByUser[user] = left == 0 ? nil : left
        let name = waiting.request.namespace
        let key = WaitingKey(waiting, ticket)
        namespaces[name]?.waiting.remove(key, .single(key))
        namespaces[name]?.waitingRequestCount -= 1
        dropNamespaceIfEmpty(name)
    }

    /// Executes a request that waited; returns whether that made a new parent.
    private mutating func serve(
        _ key: WaitingKey, _ waiting: WaitingRequest, _ change: inout Change
    ) -> Bool {
        let outcome: Result<Answer, Refusal>
        do throws(Refusal) {
            outcome = .success(.allocated(try decide(waiting.request, by: waiting.caller, &change)))
        } catch {
            outcome = .failure(error)
        }
        endWaiting(key.ticket, waiting)
        change.serve(key.ticket, outcome)
        return waiting.request.asPrefix
    }
}

extension Resource {
    /// Takes a new status. An allocation that had Failed is final: what follows it is another
    /// object of the same name.
    fileprivate mutating func settle(
        _ status: Status, _ change: inout Change, _ incarnation: UInt64
    ) {
        if case .failed = self.status {
            self = Resource(
                key: key, uid: change.nextUID(incarnation), version: change.lsn,
                created: change.now, owner: owner, apiGroup: apiGroup, labels: labels,
                annotations: annotations, spec: spec, phaseSince: change.now,
                controller: controller)
        }
        if status.phase != self.status.phase { phaseSince = change.now }
        self.status = status
        version = change.lsn
    }
}
