import IPAM

/// A request that waits in its connection.
struct NaiveWaitingRequest: Sendable {
    typealias Ticket = UInt64

    let ticket: Ticket
    let request: Command.Request
    let caller: Caller
    /// The last change when it came.
    let since: UInt64
}

extension NaiveModel {
    /// Somebody who waits.
    private enum Waiter {
        case allocation(Resource)
        case request(NaiveWaitingRequest)

        /// By age: the change that made it, and what came after that change waits behind.
        var age: (UInt64, UInt64, UInt64) {
            switch self {
            case .allocation(let allocation):
                (allocation.uid.age >> 16, 0, allocation.uid.age & 0xffff)
            case .request(let waiting): (waiting.since, 1, waiting.ticket)
            }
        }
    }

    /// What claims have in common of which one finds no room where another has found none.
    private struct Wish: Hashable {
        let spec: Spec
        let owner: UInt32
    }

    /// Serves those who wait where the command made room, the oldest first. Whoever gets space may
    /// make room in turn, as a new parent or by giving up a hold; then all are tried once more, the
    /// oldest first, when the line is through.
    ///
    /// All are tried; but a command need not look at those of whom it knows that it would be in
    /// vain, so they do not count.
    mutating func wake() {
        while let namespace = turn.namespacesToWake.min() {
            turn.namespacesToWake.remove(namespace)
            var inVain: Set<Wish> = []
            for waiter in waiters(in: namespace) {
                let wish = wish(of: waiter)
                if wish.map({ !inVain.contains($0) }) ?? true { countTry() }
                let isAgain = turn.namespacesToWake.remove(namespace) != nil
                switch waiter {
                case .allocation(let allocation): retry(allocation)
                case .request(let waiting): retry(waiting)
                }
                if turn.namespacesToWake.contains(namespace) {
                    inVain = []
                } else if let wish, waitsForNothing(waiter) {
                    inVain.insert(wish)
                }
                if isAgain { turn.namespacesToWake.insert(namespace) }
            }
        }
    }

    /// What a claim asks for that has no claim of its own on a block.
    private func wish(of waiter: Waiter) -> Wish? {
        guard case .allocation(let allocation) = waiter, allocation.status == .pending,
            !keepsBlock(allocation)
        else { return nil }
        return Wish(spec: allocation.spec, owner: allocation.owner)
    }

    private func waitsForNothing(_ waiter: Waiter) -> Bool {
        guard case .allocation(let allocation) = waiter else { return false }
        return find(allocation.key) == allocation && !keepsBlock(allocation)
    }

    private func keepsBlock(_ allocation: Resource) -> Bool {
        holds.contains { $0.claimant == .allocation(allocation.key) }
    }

    /// Pending allocations, those that Failed and that a Prefix asks for again, and requests.
    private func waiters(in namespace: String) -> [Waiter] {
        let allocations = allocations(in: namespace).filter { allocation in
            switch allocation.status {
            case .pending: true
            case .allocated: false
            case .failed: allocation.controller != nil
            }
        }
        let requests = requests.filter { $0.request.namespace == namespace }
        return (allocations.map(Waiter.allocation) + requests.map(Waiter.request))
            .sorted { $0.age < $1.age }
    }

    /// Gives a claim the place that there is for it.
    mutating func serve(_ allocation: Resource) {
        guard case .found(let placement) = place(NaiveClaim(allocation)) else { return }
        endHold(of: .allocation(allocation.key), for: placement)
        settle(allocation, .allocated(placement))
    }

    private mutating func retry(_ allocation: Resource) {
        // A namesake that came before it may have got it served.
        guard allocation.placement == nil, find(allocation.key) == allocation else { return }
        let claim = NaiveClaim(allocation)
        switch place(claim) {
        case .found: serve(allocation)
        case .nothing(let reason):
            let status: Status = reason.isPermanent ? .failed(reason) : .pending
            if allocation.status != status { settle(allocation, status) }
            if reason == .noRoom { hold(claim) } else { dropHold(of: .allocation(allocation.key)) }
        }
    }

    /// Asks once more for a request that waits. It ends with an answer, or with a refusal that
    /// waiting cannot change: a reason that is for ever, or a name that another has now. It is read
    /// anew each time, for its parent may be another one now, with another family and another
    /// default length; one that cannot be read at the moment goes on waiting.
    private mutating func retry(_ waiting: NaiveWaitingRequest) {
        let caller = turn.caller
        turn.caller = waiting.caller
        turn.ticket = waiting.ticket
        defer {
            turn.caller = caller
            turn.ticket = nil
        }
        var served: NaiveChange.Served?
        do throws(NaiveRefusal) {
            let answer = try decide(waiting.request)
            served = .init(ticket: waiting.ticket, answer: answer, refusal: nil)
        } catch {
            let isForEver = error.codes.allSatisfy { code in
                code == .nameConflict || code == .nameTaken
                    || Reason.allCases.contains { $0.isPermanent && $0.refusalCode == code }
            }
            if !isForEver {
                keepWaiting(waiting, error)
            } else {
                served = .init(ticket: waiting.ticket, answer: nil, refusal: error)
            }
        }
        guard let served else { return }
        turn.change.served.append(served)
        requests.removeAll { $0.ticket == waiting.ticket }
        dropHold(of: .request(waiting.ticket))
    }

    private mutating func keepWaiting(_ waiting: NaiveWaitingRequest, _ refusal: NaiveRefusal) {
        do throws(NaiveRefusal) {
            let claim = try claim(of: waiting.request)
            if refusal.codes == [.noRoom], existing(waiting.request) == nil {
                hold(claim)
            } else {
                dropHold(of: .request(waiting.ticket))
            }
        } catch {
            dropHold(of: .request(waiting.ticket))
        }
    }

    /// Gives a claim its new status, and its Prefix what follows. An allocation that Failed is
    /// over: another one takes its place.
    private mutating func settle(_ claim: Resource, _ status: Status) {
        var settled = claim
        if case .failed = claim.status {
            settled = Resource(
                key: claim.key, uid: nextUID(), version: turn.lsn, created: turn.now,
                owner: claim.owner, apiGroup: claim.apiGroup, labels: claim.labels,
                annotations: claim.annotations, spec: claim.spec, phaseSince: turn.now,
                controller: claim.controller)
        }
        if settled.status.phase != status.phase { settled.phaseSince = turn.now }
        settled.status = status
        settled.version = turn.lsn
        put(settled)
        guard settled.placement != nil, let controller = claim.controller,
            var child = prefix(controller, claim.key.namespace)
        else { return }
        child.status = settled.status
        child.phaseSince = turn.now
        child.version = turn.lsn
        put(child)
    }
}
