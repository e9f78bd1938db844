import IPAM

/// The daemon's resource model once more, written from its documents and not from the engine:
/// a list of objects, searched from the beginning each time. No index, no tree, nothing kept from
/// one question to the next, so that it is slow and easy to believe.
///
/// It says what the engine shall answer, and what shall be there afterwards. Sentences are no part
/// of that, for they may change at any time; codes, blocks and phases are.
struct NaiveModel: Sendable {
    let incarnation: UInt64
    private(set) var lsn: UInt64 = 0
    /// Every object, in the order in which they were made.
    var objects: [Resource] = []
    /// What long waiting claims keep for themselves.
    var holds: [NaiveHold] = []
    /// Requests that wait in their connections.
    var requests: [NaiveWaitingRequest] = []
    private var ticketCount: UInt64 = 0
    /// The command that is being decided.
    var turn = NaiveTurn(
        lsn: 0, now: Instant(milliseconds: 0),
        caller: Caller(uid: 0, gid: 0, pid: 0, role: .administrator))

    init(incarnation: UInt64) { self.incarnation = incarnation }

    /// What comes of a command.
    enum Outcome: Sendable {
        case done(Answer, NaiveChange)
        /// A request found no room, and waits.
        case waits(NaiveWaitingRequest.Ticket)
        case refused(NaiveRefusal)
    }

    /// Decides a command. A refusal and a dry run are decided on a copy that nobody keeps.
    mutating func perform(_ command: Command, by caller: Caller, at now: Instant) -> Outcome {
        var next = self
        next.turn = NaiveTurn(lsn: lsn + 1, now: now, caller: caller)
        let answer: Answer
        do throws(NaiveRefusal) {
            answer = try next.decide(command)
        } catch {
            if case .request(let request) = command, let ticket = wait(request, caller, error) {
                return .waits(ticket)
            }
            return .refused(error)
        }
        if command.isDryRun { return .done(answer, NaiveChange(lsn: lsn)) }
        next.wake()
        if next.turn.change.touched.isEmpty { return .done(answer, NaiveChange(lsn: lsn)) }
        next.endChange()
        self = next
        return .done(answer, turn.change)
    }

    /// What was written since the last change is a change with a number of its own.
    private mutating func endChange() {
        if turn.change.touched.count > turn.touchedBefore { lsn += 1 }
        turn.touchedBefore = turn.change.touched.count
    }

    /// One command looks at so many waiting claims and no more; the next internal one goes on
    /// where it stopped.
    mutating func countTry() {
        if turn.triesLeft == 0 {
            endChange()
            turn.lsn = lsn + 1
            turn.uidCount = 0
            turn.triesLeft = Limits.claimsPerWakeMax
        }
        turn.triesLeft -= 1
    }

    /// Lets a request wait, if it may and if waiting can help.
    private mutating func wait(
        _ request: Command.Request, _ caller: Caller, _ refusal: NaiveRefusal
    ) -> NaiveWaitingRequest.Ticket? {
        guard request.waitMilliseconds != nil, !request.isDryRun, refusal.mayPass else {
            return nil
        }
        ticketCount += 1
        requests.append(
            NaiveWaitingRequest(
                ticket: ticketCount, request: request, caller: caller, since: lsn))
        return ticketCount
    }

    /// Ends the waiting of a request from outside. It is told what it would be told now; a hold
    /// that ends with it makes room.
    mutating func withdraw(_ ticket: NaiveWaitingRequest.Ticket, at now: Instant) -> Withdrawal? {
        guard let waiting = requests.first(where: { $0.ticket == ticket }) else { return nil }
        var tried = self
        tried.turn = NaiveTurn(lsn: lsn + 1, now: now, caller: waiting.caller)
        tried.turn.ticket = ticket
        var refusal: NaiveRefusal?
        do throws(NaiveRefusal) {
            _ = try tried.decide(waiting.request)
        } catch {
            refusal = error
            // Both are true, and neither is promised.
            if !hasNamespace(waiting.request.namespace) {
                refusal?.codes.append(.unknownNamespace)
            }
        }
        requests.removeAll { $0.ticket == ticket }
        turn = NaiveTurn(lsn: lsn + 1, now: now, caller: waiting.caller)
        dropHold(of: .request(ticket))
        wake()
        endChange()
        return Withdrawal(refusal: refusal, change: turn.change)
    }

    /// Ends the waiting of a request that can never be served as things are, with one of its
    /// codes; says whether it was one. When it is told of that is not said: one that has been
    /// tried in a command may hear it then, or at its next turn.
    mutating func endDoomed(_ ticket: NaiveWaitingRequest.Ticket, as code: RefusalCode) -> Bool {
        guard let waiting = requests.first(where: { $0.ticket == ticket }),
            !holds.contains(where: { $0.claimant == .request(ticket) })
        else { return false }
        var tried = self
        tried.turn = NaiveTurn(lsn: lsn, now: turn.now, caller: waiting.caller)
        tried.turn.ticket = ticket
        do throws(NaiveRefusal) {
            _ = try tried.decide(waiting.request)
            return false
        } catch {
            guard !error.mayPass, error.codes.contains(code) else { return false }
            requests.removeAll { $0.ticket == ticket }
            return true
        }
    }

    struct Withdrawal {
        /// What it is told; nothing if it would be served now.
        let refusal: NaiveRefusal?
        let change: NaiveChange
    }

    private mutating func decide(_ command: Command) throws(NaiveRefusal) -> Answer {
        try permit(command)
        switch command {
        case .apply(let apply): return .applied(try decide(apply))
        case .request(let request): return .allocated(try decide(request))
        case .release(let release): return .released(try decide(release))
        case .delete(let delete): return .deleted(try decide(delete))
        case .batch(let batch): return .batch(try decide(batch))
        // The model knows no restored states.
        case .reconcile: return .reconciled(.init(wasQuarantined: false))
        case .access: preconditionFailure("The workload limits no namespace.")
        }
    }

    /// Administrators do everything, agents ask for space, give it back, and delete what is
    /// theirs; nobody else changes anything.
    private func permit(_ command: Command) throws(NaiveRefusal) {
        switch (turn.caller.role, command) {
        case (.administrator, _): return
        case (.agent, .request), (.agent, .release), (.agent, .batch), (.agent, .delete): return
        case (.agent, .apply), (.agent, .reconcile), (.agent, .access), (.observer, _),
            (.stranger, _):
            throw NaiveRefusal(.notPermitted)
        }
    }
}

/// Why the model says no: any of these codes, where several reasons hold at once and no document
/// says which of them comes first.
struct NaiveRefusal: Error, Hashable {
    var codes: [RefusalCode]
    /// The part of the batch that is refused.
    var part: Int?
    /// Whether that may be another part as well.
    var isPartOpen = false

    init(_ code: RefusalCode) { codes = [code] }

    init(_ codes: [RefusalCode]) { self.codes = codes }
}

extension NaiveRefusal {
    /// Whether the same request may be served later, as others end.
    var mayPass: Bool {
        codes.allSatisfy { code in
            Reason.allCases.contains { !$0.isPermanent && $0.refusalCode == code }
        }
    }
}

/// What a command changed.
struct NaiveChange: Sendable {
    var lsn: UInt64
    /// The keys of what was written or removed, some of them several times.
    var touched: [ResourceKey] = []
    /// The ends of requests that waited.
    var served: [Served] = []

    struct Served: Sendable {
        let ticket: NaiveWaitingRequest.Ticket
        /// Nothing if it was refused.
        let answer: Answer.Allocated?
        let refusal: NaiveRefusal?
    }
}

/// A command while it is decided.
struct NaiveTurn: Sendable {
    var change: NaiveChange
    let now: Instant
    var caller: Caller
    /// The waiting request that is tried, if it is one.
    var ticket: NaiveWaitingRequest.Ticket?
    var uidCount: UInt16 = 0
    /// The number of this change; an internal command that follows has another one.
    var lsn: UInt64
    /// How many waiting claims it still looks at.
    var triesLeft = Limits.claimsPerWakeMax
    /// How much was written by the changes before.
    var touchedBefore = 0
    /// Where waiting claims are to be tried at the end.
    var namespacesToWake: Set<String> = []

    init(lsn: UInt64, now: Instant, caller: Caller) {
        change = NaiveChange(lsn: lsn)
        self.lsn = lsn
        self.now = now
        self.caller = caller
    }
}

extension NaiveModel {
    func find(_ key: ResourceKey) -> Resource? { objects.first { $0.key == key } }

    func prefix(_ name: String, _ namespace: String) -> Resource? {
        objects.first {
            $0.key.kind == .prefix && $0.key.name == name && $0.key.namespace == namespace
        }
    }

    func allocation(_ name: String, _ namespace: String) -> Resource? {
        objects.first {
            $0.key.kind == .prefixAllocation && $0.key.name == name
                && $0.key.namespace == namespace
        }
    }

    /// A namespace is there while something is in it.
    func hasNamespace(_ name: String) -> Bool { objects.contains { $0.key.namespace == name } }

    func prefixes(in namespace: String) -> [Resource] {
        objects.filter { $0.key.kind == .prefix && $0.key.namespace == namespace }
    }

    func allocations(in namespace: String) -> [Resource] {
        objects.filter { $0.key.kind == .prefixAllocation && $0.key.namespace == namespace }
    }

    /// The allocations that have a block of a Prefix.
    func holders(of parent: String, in namespace: String) -> [Resource] {
        objects.filter {
            $0.key.kind == .prefixAllocation && $0.placement?.parent == parent
                && $0.key.namespace == namespace
        }
    }

    func controlledAllocation(of child: Resource) -> Resource? {
        objects.first {
            $0.controller == child.key.name && $0.key.namespace == child.key.namespace
        }
    }

    /// What the caller may know of: an agent knows its own allocations, and all Prefixes.
    func isVisible(_ resource: Resource) -> Bool {
        switch turn.caller.role {
        case .administrator, .observer: true
        case .agent: resource.key.kind == .prefix || resource.owner == turn.caller.uid
        case .stranger: false
        }
    }

    mutating func nextUID() -> ResourceUID {
        defer { turn.uidCount += 1 }
        return ResourceUID(incarnation: incarnation, lsn: turn.lsn, index: turn.uidCount)
    }

    /// Writes an object; what becomes of those who wait is found out at the end of the command.
    mutating func put(_ resource: Resource) {
        let old = find(resource.key)
        if let index = objects.firstIndex(where: { $0.key == resource.key }) {
            objects[index] = resource
        } else {
            objects.append(resource)
        }
        turn.change.touched.append(resource.key)
        if resource.key.kind == .prefix, resource.placement != nil,
            old?.placement == nil || old?.labels != resource.labels
                || old?.spec.policy != resource.spec.policy
        {
            turn.namespacesToWake.insert(resource.key.namespace)
        }
    }

    mutating func remove(_ key: ResourceKey) {
        guard let old = find(key) else { return }
        objects.removeAll { $0.key == key }
        turn.change.touched.append(key)
        if old.placement != nil { turn.namespacesToWake.insert(key.namespace) }
        dropHold(of: .allocation(key))
        if key.kind == .prefix {
            holds.removeAll { $0.namespace == key.namespace && $0.parent == key.name }
        }
    }
}
