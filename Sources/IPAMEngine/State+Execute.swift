package import IPAM

/// What came of a command: what to say, and what to remember. Without events nothing changed.
package struct Decision: Sendable, Hashable {
    package let reply: Reply
    package let events: [Event]
}

/// A command while it is being decided: the facts so far, and how to undo them.
struct Change {
    let lsn: UInt64
    let now: Instant
    let caller: Caller
    private(set) var events: [Event] = []
    fileprivate var inverses: [Event] = []
    /// Namespaces in which this change made space, or made a parent suitable.
    private(set) var namespacesWithRoom = SortedSet<String>()
    private var uidCount: UInt16 = 0
    /// The size of the objects that were put, roughly.
    private(set) var bytes = 0

    init(lsn: UInt64, now: Instant, caller: Caller) {
        self.lsn = lsn
        self.now = now
        self.caller = caller
    }

    mutating func nextUID(_ incarnation: UInt64) -> ResourceUID {
        defer { uidCount += 1 }
        return ResourceUID(incarnation: incarnation, lsn: lsn, index: uidCount)
    }

    mutating func madeRoom(in namespace: String) { namespacesWithRoom.insert(namespace) }

    fileprivate mutating func add(_ event: Event, inverse: Event?) {
        events.append(event)
        if case .put(let resource) = event { bytes += resource.approximateBytes }
        if let inverse { inverses.append(inverse) }
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
        var change = Change(lsn: lsn + 1, now: now, caller: caller)
        let backlogBefore = backlog
        let answer: Answer
        do throws(Refusal) {
            answer = try decide(command, &change)
        } catch {
            undo(change)
            backlog = backlogBefore
            throw error
        }
        if command.isDryRun {
            undo(change)
            backlog = backlogBefore
            return Decision(reply: Reply(lsn: lsn, answer: answer), events: [])
        }
        wake(&change)
        if !change.events.isEmpty { lsn += 1 }
        return Decision(reply: Reply(lsn: lsn, answer: answer), events: change.events)
    }

    private mutating func decide(
        _ command: Command, _ change: inout Change
    ) throws(Refusal) -> Answer {
        switch command {
        case .apply(let apply): .applied(try decide(apply, &change))
        case .request(let request): .allocated(try decide(request, &change))
        case .release(let release): .released(try decide(release, &change))
        case .delete(let delete): .deleted(try decide(delete, &change))
        }
    }

    /// One internal command of the backlog: claims that an earlier command woke and did not get
    /// to. Runs ahead of new commands, so that nobody overtakes those who wait.
    package mutating func executeBacklog(at now: Instant) -> [Event] {
        let internalCaller = Caller(uid: 0, gid: 0, pid: 0, role: .administrator)
        var change = Change(lsn: lsn + 1, now: now, caller: internalCaller)
        continueWaking(&change)
        if !change.events.isEmpty { lsn += 1 }
        return change.events
    }

    package var hasBacklog: Bool { !backlog.isEmpty }

    /// Makes a fact true as a part of a change.
    mutating func record(_ event: Event, in change: inout Change) {
        let old = resource(event.key)
        change.add(event, inverse: apply(event))
        let new = resource(event.key)
        if (old?.placement != nil && new == nil) || madeParent(old, new) {
            change.madeRoom(in: event.key.namespace)
        }
    }

    /// Whether a Prefix became a parent, or one to which other selectors point.
    private func madeParent(_ old: Resource?, _ new: Resource?) -> Bool {
        guard let new, new.key.kind == .prefix, new.placement != nil else { return false }
        return old?.placement == nil || old?.labels != new.labels
    }

    private mutating func undo(_ change: Change) {
        for inverse in change.inverses.reversed() { apply(inverse) }
    }

    private func permit(_ command: Command, to caller: Caller) throws(Refusal) {
        switch caller.role {
        case .administrator: return
        case .agent:
            switch command {
            case .request, .release: return
            case .delete(let delete):
                if delete.keys.allSatisfy({ $0.kind == .prefixAllocation }) { return }
            case .apply: break
            }
            throw Refusal(
                .notPermitted,
                "agents request and release allocations; to apply, or to delete a Prefix, be "
                    + "root or a member of the group ipam-admin")
        case .observer:
            throw Refusal(
                .notPermitted,
                "observers change nothing; to request allocations, join the group ipam")
        case .stranger: throw .stranger
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
            "there is no namespace \(name.quotedForMessage); an administrator's first apply "
                + "into it makes it")
    }

    static func notFound(_ key: ResourceKey) -> Refusal {
        let name = key.name.quotedForMessage
        let namespace = key.namespace.quotedForMessage
        return Refusal(.notFound, "there is no \(key.kind) \(name) in the namespace \(namespace)")
    }
}

extension Command {
    fileprivate var isDryRun: Bool {
        switch self {
        case .apply(let apply): apply.isDryRun
        case .request(let request): request.isDryRun
        case .release, .delete: false
        }
    }
}

extension Caller {
    /// Whether this caller may know of an object. An agent sees where space can be had, and of
    /// those who have some only itself.
    func sees(_ resource: Resource) -> Bool {
        switch role {
        case .administrator, .observer: true
        case .agent: resource.key.kind == .prefix || resource.owner == uid
        case .stranger: false
        }
    }
}
