import IPAM
import IPAMEngine
import NIOCore
import Systemd

/// Who asked for something, and when the daemon saw it.
struct Asker: Sendable {
    let caller: Caller
    let arrival: NIODeadline
}

/// A change that has become durable, kept as values until the log's own thread makes text of
/// it: the event loop has better things to do. An object, so that to hand it on is to count once
/// and not for each of its values.
final class Change: Sendable {
    let operation: String
    /// Absent for what an earlier change woke.
    let asker: Asker?
    let lsn: UInt64
    let consequences: Consequences
    /// Those whose requests waited in their connections and are served with this change.
    let served: [ResourceKey: Asker]

    init(
        operation: String, asker: Asker?, lsn: UInt64, consequences: Consequences,
        served: [ResourceKey: Asker] = [:]
    ) {
        self.operation = operation
        self.asker = asker
        self.lsn = lsn
        self.consequences = consequences
        self.served = served
    }

    /// An entry for each object that changed, and for what else changed.
    func entries(answeredAt now: NIODeadline) -> [LogEntry] {
        var entries = entriesWithoutObject.map { entry in
            with(asker, entry.with(.operation, operation).with(.lsn, lsn), now)
        }
        for (index, event) in consequences.events.enumerated() {
            let old = consequences.inverses[index].resource
            let isWoken = index >= consequences.wokenFrom
            guard let resource = event.resource ?? old, isTold(resource) else { continue }
            entries.append(entry(resource, old, event.resource, isWoken, now))
        }
        return entries
    }

    /// How many entries it makes.
    var entryCount: Int {
        let others = (consequences.endsQuarantine ? 1 : 0) + (consequences.access == nil ? 0 : 1)
        // Most changes are of one object, and most of those that are counted are dropped.
        if consequences.events.count == 1, case .put = consequences.events[0] { return 1 + others }
        return others
            + zip(consequences.events, consequences.inverses).count { event, inverse in
                (event.resource ?? inverse.resource).map(isTold) ?? false
            }
    }

    private var entriesWithoutObject: [LogEntry] {
        var entries: [LogEntry] = []
        if consequences.endsQuarantine {
            let text = "the quarantine has ended: space is given out again"
            entries.append(LogEntry(.reconciled, .notice, text))
        }
        if let change = consequences.access {
            let text = "the namespace \(change.namespace) is for \(Self.text(change.access))"
            entries.append(
                LogEntry(.accessChanged, .notice, text).with(.namespace, change.namespace))
        }
        return entries
    }

    private static func text(_ access: NamespaceAccess?) -> String {
        guard let access else { return "every agent" }
        let names = access.users.map { "uid \($0)" } + access.groups.map { "gid \($0)" }
        return names.joined(separator: ", ") + " alone"
    }

    /// What a Prefix controls goes with it, and needs no entry of its own, unless there would be
    /// none: who reads the log may rely on an entry for each LSN.
    private func isTold(_ resource: Resource) -> Bool {
        resource.controller == nil || consequences.events.count == 1
    }

    private func entry(
        _ resource: Resource, _ old: Resource?, _ new: Resource?, _ isWoken: Bool,
        _ now: NIODeadline
    ) -> LogEntry {
        let (message, verb) = kind(old, new)
        let key = resource.key
        let block = resource.placement?.block
        let parent = resource.parent
        let failure: Reason? =
            if case .failed(let reason) = new?.status { reason } else { nil }
        let place = block?.description
        var text = "\(verb) \(key.kind) \(key.namespace)/\(key.name)"
        if let place { text += ": \(place)" }
        if let parent { text += " of \(parent)" }
        if let new, new.placement == nil { text += " (\(new.status.phase))" }
        let entry = LogEntry(message, .info, text)
            .with(.operation, isWoken ? "wake" : operation)
            .with(.kind, key.kind)
            .with(.namespace, key.namespace)
            .with(.name, key.name)
            .with(.prefix, place)
            .with(.parent, parent)
            .with(.phase, new?.status.phase)
            .with(.code, failure?.refusalCode)
            .with(.ownerUID, resource.owner)
            .with(.lsn, lsn)
        // A claim that waited as an object has nobody who asks now, but an owner.
        return with(isWoken ? served[key] : asker, entry, now)
    }

    private func with(
        _ asker: Asker?, _ entry: consuming LogEntry, _ now: NIODeadline
    ) -> LogEntry {
        guard let asker else { return entry }
        return entry.with(asker.caller).with(since: asker.arrival, to: now)
    }

    private func kind(_ old: Resource?, _ new: Resource?) -> (Message, verb: String) {
        guard let new else {
            return old?.key.kind == .prefixAllocation && operation != "delete"
                ? (.released, "released") : (.deleted, "deleted")
        }
        if old?.placement == nil, new.placement?.parent != nil { return (.allocated, "allocated") }
        return (.applied, old == nil ? "created" : "configured")
    }
}

/// What a refused command was about, as far as it was about one thing.
struct RefusedSubject: Equatable {
    var namespace: String?
    var kind: ResourceKind?
    var name: String?
    var prefix: IPPrefix?
    var parent: String?
}

extension Command {
    /// As the log and the command line name it.
    var operation: String {
        switch self {
        case .apply: "apply"
        case .request: "request"
        case .release: "release"
        case .delete: "delete"
        case .batch: "batch"
        case .reconcile: "reconcile"
        case .access: "access"
        }
    }

    /// The part or the document that was refused, if it is one.
    func subject(of refusal: Refusal) -> RefusedSubject {
        switch self {
        case .request(let request): RefusedSubject(request)
        case .release(let release): RefusedSubject(release)
        case .delete(let delete):
            delete.keys.count == 1 ? RefusedSubject(delete.keys[0]) : RefusedSubject()
        case .batch(let batch):
            switch refusal.part.map({ Int($0) }) {
            case .some(let part) where batch.parts.indices.contains(part):
                switch batch.parts[part] {
                case .request(let request): RefusedSubject(request)
                case .release(let release): RefusedSubject(release)
                }
            case .some, .none: RefusedSubject()
            }
        case .apply(let apply):
            Self.document(of: refusal, in: apply).map { RefusedSubject($0.key, $0.parent) }
                ?? RefusedSubject()
        case .reconcile: RefusedSubject()
        case .access(let access): RefusedSubject(namespace: access.namespace)
        }
    }

    private static func document(of refusal: Refusal, in apply: Apply) -> Manifest? {
        if apply.manifests.count == 1 { return apply.manifests[0] }
        guard let first = refusal.faults.first.map({ Int($0.document) }),
            apply.manifests.indices.contains(first),
            refusal.faults.allSatisfy({ $0.document == first })
        else { return nil }
        return apply.manifests[first]
    }
}

extension RefusedSubject {
    init(_ key: ResourceKey, _ parent: String? = nil) {
        self.init(namespace: key.namespace, kind: key.kind, name: key.name, parent: parent)
    }

    init(_ request: Command.Request) {
        self.init(
            namespace: request.namespace, kind: request.asPrefix ? .prefix : .prefixAllocation,
            name: request.name, prefix: request.prefix, parent: request.parent)
    }

    init(_ release: Command.Release) {
        let isOne = release.names.count + release.blocks.count == 1 && release.selector == nil
        self.init(
            namespace: release.namespace, kind: .prefixAllocation,
            name: isOne ? release.names.first : nil, prefix: isOne ? release.blocks.first : nil,
            parent: release.parent)
    }

    /// As the text of an entry says it.
    var text: String {
        guard let namespace else { return "" }
        let what = name ?? prefix?.description
        return what.map { " \(namespace)/\($0)" } ?? " in \(namespace)"
    }
}

extension Query {
    var operation: String {
        switch self {
        case .list: "list"
        case .used: "used"
        case .check: "check"
        case .status: "status"
        case .explain: "explain"
        case .usage: "usage"
        case .who: "who"
        case .backup: "backup"
        case .namespaces: "namespaces"
        case .metrics: "metrics"
        }
    }
}
