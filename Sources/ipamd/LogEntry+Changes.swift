import IPAM
import IPAMEngine
import Systemd

/// A change that has become durable, kept as values until the log's own thread makes text of
/// it: the event loop has better things to do.
struct Change: Sendable {
    let operation: String
    /// Absent for what those got whom an earlier change woke.
    let caller: Caller?
    let lsn: UInt64
    let consequences: Consequences

    /// An entry for each object that changed.
    var entries: [LogEntry] {
        zip(consequences.events, consequences.inverses).compactMap { event, inverse in
            entry(old: inverse.resource, new: event.resource)
        }
    }

    private func entry(old: Resource?, new: Resource?) -> LogEntry? {
        // What a Prefix controls goes with it, and needs no entry of its own.
        guard let resource = new ?? old, resource.controller == nil else { return nil }
        let (message, verb) = kind(old, new)
        let key = resource.key
        let block = resource.placement?.block
        let parent = resource.parent
        var text = "\(verb) \(key.kind) \(key.namespace)/\(key.name)"
        if let block { text += ": \(block)" }
        if let parent { text += " of \(parent)" }
        let entry = LogEntry(message, .info, text)
            .with(.operation, operation)
            .with(.kind, key.kind)
            .with(.namespace, key.namespace)
            .with(.name, key.name)
            .with(.prefix, block)
            .with(.parent, parent)
            .with(.lsn, lsn)
        return caller.map(entry.with) ?? entry
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

    /// The one object that a request is about, for the log.
    var subject: ResourceKey? {
        switch self {
        case .request(let request):
            ResourceKey(
                kind: request.asPrefix ? .prefix : .prefixAllocation,
                namespace: request.namespace, name: request.name)
        case .release(let release):
            release.names.count == 1
                ? ResourceKey(
                    kind: .prefixAllocation, namespace: release.namespace, name: release.names[0])
                : nil
        case .delete(let delete): delete.keys.count == 1 ? delete.keys[0] : nil
        case .apply, .batch, .reconcile, .access: nil
        }
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
