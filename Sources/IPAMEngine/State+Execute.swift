package import IPAM

/// What came of a command: what to say, and what to remember. Without events nothing changed.
package struct Decision: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case reply(Reply)
        /// There is no room, and the request waits for it.
        case waits(Ticket)
    }

    package let outcome: Outcome
    package let consequences: Consequences
}

extension Decision.Outcome {
    /// The answer, unless the request waits.
    package var reply: Reply? {
        switch self {
        case .reply(let reply): reply
        case .waits: nil
        }
    }
}

/// What a change means beyond the answer to who asked for it.
package struct Consequences: Sendable, Hashable {
    /// What to remember, in order.
    package var events: [Event] = []
    /// What would undo each event; nothing for one that changed nothing.
    package var inverses: [Event] = []
    /// Requests that waited and wait no more.
    package var served: [Served] = []
    /// The state is trusted again.
    package var endsQuarantine = false
    /// The events from this one on are those of claims that the change woke.
    package var wokenFrom: Int
    /// A namespace is for others than before.
    package var access: AccessChange?

    package init(events: [Event] = [], inverses: [Event] = [], served: [Served] = []) {
        self.events = events
        self.inverses = inverses
        self.served = served
        wokenFrom = events.count
    }

    /// Whether there is nothing to remember.
    package var isEmpty: Bool { events.isEmpty && !endsQuarantine && access == nil }
}

/// The end of a request's waiting.
package struct Served: Sendable, Hashable {
    package let ticket: Ticket
    package let outcome: Result<Reply, Refusal>
}

/// A command while it is being decided: the facts so far, and how to undo them.
struct Change {
    let lsn: UInt64
    let now: Instant
    private(set) var events: [Event] = []
    fileprivate var inverses: [Event] = []
    /// The answers for those who waited, with the LSN that the change will have.
    private(set) var served: [(ticket: Ticket, outcome: Result<Answer, Refusal>)] = []
    /// Namespaces in which this change made space, or made a parent suitable.
    private(set) var namespacesWithRoom = SortedSet<String>()
    var endsQuarantine = false
    /// How many events there were before the first claim was woken.
    private(set) var ownEventCount: Int?
    /// Made true at the end of the change, which holds nothing else.
    var access: AccessChange?
    private var uidCount: UInt16 = 0
    /// The size of the objects that were put, roughly.
    private(set) var bytes = 0

    init(lsn: UInt64, now: Instant) {
        self.lsn = lsn
        self.now = now
    }

    mutating func nextUID(_ incarnation: UInt64) -> ResourceUID {
        defer { uidCount += 1 }
        return ResourceUID(incarnation: incarnation, lsn: lsn, index: uidCount)
    }

    mutating func wakesFromHere() { ownEventCount = events.count }

    mutating func madeRoom(in namespace: String) { namespacesWithRoom.insert(namespace) }

    mutating func serve(_ ticket: Ticket, _ outcome: Result<Answer, Refusal>) {
        served.append((ticket, outcome))
    }

    /// Refuses a change that has become too large.
    func checkSize(max most: Int) throws(Refusal) {
        guard bytes > most else { return }
        throw Refusal(
            .tooLarge,
            "the objects of this command have more than \(most) bytes; make it several commands")
    }

    fileprivate mutating func add(_ event: Event, inverse: Event) {
        events.append(event)
        if case .put(let resource) = event { bytes += resource.approximateBytes }
        inverses.append(inverse)
    }
}

extension State {
    /// Decides a command as one: wholly, or with a refusal that leaves no trace.
    ///
    /// The same state and the same arguments give the same events, byte for byte.
    package mutating func execute(
        _ command: Command, by caller: Caller, at now: Instant
    ) throws(Refusal) -> Decision {
        try permit(command, to: caller)
        var change = Change(lsn: lsn + 1, now: now)
        let backlogBefore = backlog
        let holdsBefore = holds
        let answer: Answer
        do throws(Refusal) {
            answer = try decide(command, by: caller, &change)
            try change.checkSize(max: changeBytesMax)
        } catch {
            undo(change, holds: holdsBefore)
            backlog = backlogBefore
            guard case .request(let request) = command, request.mayWait, error.code.isOfPlacement
            else { throw error }
            let ticket = try enqueue(WaitingRequest(request: request, caller: caller, lsn: lsn))
            return Decision(outcome: .waits(ticket), consequences: Consequences())
        }
        if command.isDryRun {
            undo(change, holds: holdsBefore)
            backlog = backlogBefore
            let reply = Reply(lsn: lsn, answer: answer)
            return Decision(outcome: .reply(reply), consequences: Consequences())
        }
        if let access = change.access { apply(access) }
        change.wakesFromHere()
        wake(&change)
        let consequences = finish(change)
        let reply = Reply(lsn: lsn, answer: answer)
        return Decision(outcome: .reply(reply), consequences: consequences)
    }

    private mutating func decide(
        _ command: Command, by caller: Caller, _ change: inout Change
    ) throws(Refusal) -> Answer {
        switch command {
        case .apply(let apply): .applied(try decide(apply, by: caller, &change))
        case .request(let request): .allocated(try decide(request, by: caller, &change))
        case .release(let release): .released(try decide(release, by: caller, &change))
        case .delete(let delete): .deleted(try decide(delete, by: caller, &change))
        case .batch(let batch): .batch(try decide(batch, by: caller, &change))
        case .reconcile: .reconciled(endQuarantine(&change))
        case .access(let access): .accessed(try decide(access, &change))
        }
    }

    /// One internal command of the backlog: claims that an earlier command woke and did not get
    /// to. Runs ahead of new commands, so that nobody overtakes those who wait.
    package mutating func executeBacklog(at now: Instant) -> Consequences {
        var change = Change(lsn: lsn + 1, now: now)
        change.wakesFromHere()
        continueWaking(&change)
        return finish(change)
    }

    package var hasBacklog: Bool { !backlog.isEmpty }

    /// Gives a change its number, if it changed anything.
    private mutating func finish(_ change: Change) -> Consequences {
        if !change.events.isEmpty || change.endsQuarantine || change.access != nil { lsn += 1 }
        let served = change.served.map { ticket, outcome in
            Served(ticket: ticket, outcome: outcome.map { Reply(lsn: lsn, answer: $0) })
        }
        var consequences = Consequences(
            events: change.events, inverses: change.inverses, served: served)
        consequences.endsQuarantine = change.endsQuarantine
        consequences.wokenFrom = change.ownEventCount ?? change.events.count
        consequences.access = change.access
        return consequences
    }

    /// Everybody who waits may find room now.
    private mutating func endQuarantine(_ change: inout Change) -> Answer.Reconciled {
        guard isQuarantined else { return Answer.Reconciled(wasQuarantined: false) }
        isQuarantined = false
        change.endsQuarantine = true
        namespaces.visit { namespace in
            change.madeRoom(in: namespace.name)
            return true
        }
        return Answer.Reconciled(wasQuarantined: true)
    }

    /// Makes a fact true as a part of a change; returns whether it was none before.
    @discardableResult
    mutating func record(_ event: Event, in change: inout Change) -> Bool {
        guard let inverse = apply(event) else { return false }
        change.add(event, inverse: inverse)
        let (old, new) = (inverse.resource, event.resource)
        if (old?.placement != nil && new == nil) || madeParent(old, new) {
            change.madeRoom(in: event.key.namespace)
        }
        return true
    }

    /// Whether a Prefix became a parent, or one that gives space to others than before.
    private func madeParent(_ old: Resource?, _ new: Resource?) -> Bool {
        guard let new, new.kind == .prefix, new.placement != nil else { return false }
        return old?.placement == nil || old?.labels != new.labels
            || old?.spec.policy != new.spec.policy
    }

    mutating func undo(
        _ change: Change, holds before: SortedMap<String, SortedMap<WaitingKey, Hold>>
    ) {
        for inverse in change.inverses.reversed() { apply(inverse) }
        if change.endsQuarantine { isQuarantined = true }
        restoreHolds(before)
    }

    private func permit(_ command: Command, to caller: Caller) throws(Refusal) {
        switch caller.role {
        case .administrator: return
        case .agent:
            switch command {
            case .request, .release, .batch: return
            case .delete(let delete):
                if delete.keys.allSatisfy({ mayEnd($0, caller) }) { return }
            case .apply, .reconcile, .access: break
            }
            throw Refusal(
                .notPermitted,
                "agents request and release allocations; to apply, or to delete a Prefix that "
                    + "they did not request, be root or a member of the group ipam-admin")
        case .observer:
            throw Refusal(
                .notPermitted,
                "observers change nothing; to request allocations, join the group ipam")
        case .stranger: throw .stranger
        }
    }
}

extension State {
    /// Whether an agent may delete an object, if it is there: an allocation that it sees, and a
    /// Prefix that it asked for.
    private func mayEnd(_ key: ResourceKey, _ caller: Caller) -> Bool {
        // What it may not know of is refused as unknown, behind this.
        if isClosed(key.namespace, to: caller) { return true }
        switch key.kind {
        case .prefixAllocation: return true
        case .prefix: return resource(key).map { $0.owner == caller.uid } ?? true
        }
    }
}

extension Refusal {
    static let stranger = Refusal(
        .notPermitted,
        "this user is in none of the groups ipam (requests), ipam-monitor (reads) and "
            + "ipam-admin (everything); join one and log in again")

    static func unknownNamespace(_ name: String) -> Refusal {
        Refusal(
            .unknownNamespace,
            "there is no namespace \(name.quotedForMessage) that you may use; an administrator's "
                + "first apply makes one, and ipamc access says for whom")
    }

    static func notFound(_ key: ResourceKey) -> Refusal {
        let name = key.name.quotedForMessage
        let namespace = key.namespace.quotedForMessage
        return Refusal(.notFound, "there is no \(key.kind) \(name) in the namespace \(namespace)")
    }
}

extension Caller {
    /// Whether this caller may know of an object. An agent sees where space can be had, and of
    /// those who have some only itself.
    func sees(_ resource: Resource) -> Bool { sees(resource.key.kind, of: resource.owner) }

    package func sees(_ kind: ResourceKind, of owner: UInt32) -> Bool {
        switch role {
        case .administrator, .observer: true
        case .agent: kind == .prefix || owner == uid
        case .stranger: false
        }
    }
}

extension RefusalCode {
    /// Whether this is the lack of a place that may come to be there.
    var isOfPlacement: Bool {
        Reason.allCases.contains { !$0.isPermanent && $0.refusalCode == self }
    }
}
