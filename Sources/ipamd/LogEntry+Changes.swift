import IPAM
import Systemd

/// A change that has become durable, kept as values until the log's own thread makes text of
/// it: the event loop has better things to do.
struct Change: Sendable {
    let command: Command
    let reply: Reply
    let caller: Caller
    /// The objects that the answer names, as they are after the change, or as they were before
    /// a deletion.
    let resources: [ResourceKey: Resource]

    /// An entry for each object that changed; none if nothing did.
    var entries: [LogEntry] {
        guard !command.isDryRun else { return [] }
        let entries: [LogEntry] =
            switch reply.answer {
            case .applied(let applied):
                applied.items.filter { $0.outcome != .unchanged }.map { item in
                    entry(.applied, "apply", item.key, verb: item.outcome.verb)
                }
            case .allocated(let allocated):
                allocated.isCreated
                    ? [entry(.allocated, "request", allocated.resource.key, verb: "allocated")]
                    : []
            case .released(let released):
                released.items.map { item in
                    let key = ResourceKey(
                        kind: .prefixAllocation, namespace: command.namespace, name: item.name)
                    return entry(
                        .released, "release", key, verb: "released", block: item.block)
                }
            case .deleted(let deleted):
                deleted.keys.map { entry(.deleted, "delete", $0, verb: "deleted") }
            case .listed, .used, .checked, .status: []
            }
        return entries.map { $0.with(.lsn, reply.lsn).with(caller) }
    }

    private func entry(
        _ message: Message, _ operation: String, _ key: ResourceKey, verb: String,
        block given: IPPrefix? = nil
    ) -> LogEntry {
        let resource = resources[key]
        let block = given ?? resource?.placement?.block
        let parent = resource?.parent
        var text = "\(verb) \(key.kind) \(key.namespace)/\(key.name)"
        if let block { text += ": \(block)" }
        if let parent { text += " of \(parent)" }
        return LogEntry(message, .info, text)
            .with(.operation, operation)
            .with(.kind, key.kind)
            .with(.namespace, key.namespace)
            .with(.name, key.name)
            .with(.prefix, block)
            .with(.parent, parent)
    }
}

extension Answer.Applied.Outcome {
    fileprivate var verb: String {
        switch self {
        case .created: "created"
        case .configured: "configured"
        case .unchanged: "unchanged"
        }
    }
}

extension Command {
    var isDryRun: Bool {
        switch self {
        case .apply(let apply): apply.isDryRun
        case .request(let request): request.isDryRun
        case .release, .delete: false
        }
    }

    /// The namespace of a request or a release; the others name one for each object.
    fileprivate var namespace: String {
        switch self {
        case .request(let request): request.namespace
        case .release(let release): release.namespace
        case .apply, .delete: "default"
        }
    }

    /// As the log and the command line name it.
    var operation: String {
        switch self {
        case .apply: "apply"
        case .request: "request"
        case .release: "release"
        case .delete: "delete"
        }
    }

    /// The one object that a request is about, for the log.
    var subject: ResourceKey? {
        switch self {
        case .request(let request):
            ResourceKey(
                kind: .prefixAllocation, namespace: request.namespace, name: request.name)
        case .release(let release):
            release.names.count == 1
                ? ResourceKey(
                    kind: .prefixAllocation, namespace: release.namespace, name: release.names[0])
                : nil
        case .delete(let delete): delete.keys.count == 1 ? delete.keys[0] : nil
        case .apply: nil
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
        }
    }
}
