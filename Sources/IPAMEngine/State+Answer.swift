package import IPAM

extension State {
    /// Answers a question about the objects, as the caller may see them.
    ///
    /// - Precondition: the query is none of `.status`, `.metrics` and `.backup`: the daemon speaks
    ///   for itself.
    package func answer(_ query: Query, by caller: Caller) throws(Refusal) -> Reply {
        try permit(query, to: caller)
        let answer: Answer =
            switch query {
            case .list(let list): .listed(try answer(list, caller))
            case .used(let used): .used(try answer(used, caller))
            case .check:
                .checked(
                    Answer.Checked(
                        resourceCount: resourceCount, violations: violations(),
                        warnings: warnings()))
            case .explain(let explain): .explained(try answer(explain, caller))
            case .usage(let usage): .usage(try answer(usage, caller))
            case .who(let who): .found(try answer(who, caller))
            case .namespaces(let query): .namespaces(answer(query, caller))
            case .status, .metrics, .backup:
                preconditionFailure("The daemon answers for itself and its files.")
            }
        return Reply(lsn: lsn, answer: answer)
    }

    /// Refuses a caller who may not ask this; the daemon uses it for its status too.
    package func permit(_ query: Query, to caller: Caller) throws(Refusal) {
        if case .backup = query, caller.role != .administrator {
            throw Refusal(
                .notPermitted, "a backup is for administrators; be root or join ipam-admin")
        }
        switch caller.role {
        case .administrator, .observer: return
        case .agent:
            switch query {
            case .list, .used, .status, .explain, .usage, .who, .backup, .namespaces: return
            case .check, .metrics:
                throw Refusal(
                    .notPermitted,
                    "this reads everything; join the group ipam-monitor or ipam-admin")
            }
        case .stranger: throw .stranger
        }
    }

    private var resourceCount: UInt64 { UInt64(counts.prefixes + counts.allocations) }

    private func answer(_ list: Query.List, _ caller: Caller) throws(Refusal) -> Answer.Listed {
        try list.selector?.check()
        if let namespace = list.namespace { try checkExists(namespace, for: caller) }
        let wanted = try names(of: list, caller)
        var page = Page(
            limit: min(Int(list.limit), Limits.pageItemsMax), caller: caller,
            isQuarantined: isQuarantined)
        var first: String? = list.after?.namespace
        for namespace in namespaceNames(list.namespace, from: list.after, for: caller) {
            guard let objects = namespaces[namespace] else { continue }
            let after = first == namespace ? list.after?.name : nil
            first = nil
            if let wanted {
                for name in wanted where after.map({ name > $0 }) ?? true {
                    guard let resource = objects.resource(list.kind, name),
                        page.visit(resource, in: objects, list)
                    else { break }
                }
            } else {
                objects.visit(list.kind, after: after) { page.visit($0, in: objects, list) }
            }
            if page.isFull {
                return Answer.Listed(items: page.items, next: page.last)
            }
        }
        return Answer.Listed(items: page.items)
    }

    /// The namespaces that a list goes through, from its position on.
    func namespaceNames(
        _ namespace: String?, from position: Query.Position?, for caller: Caller
    ) -> [String] {
        if let namespace { return [namespace] }
        var names: [String] = []
        namespaces.visit { namespace in
            let name = namespace.name
            if position.map({ name >= $0.namespace }) ?? true, !namespace.isClosed(to: caller) {
                names.append(name)
            }
            return true
        }
        return names
    }

    /// The names that are asked for, in order, once each; none if all objects are meant.
    func names(of list: Query.List, _ caller: Caller) throws(Refusal) -> [String]? {
        guard !list.names.isEmpty else { return nil }
        try checkCount(list.names.count, of: "names")
        guard let namespace = list.namespace else {
            throw Refusal(.malformed, "names are looked up in one namespace; name it")
        }
        for name in list.names {
            let resource = namespaces[namespace]?.resource(list.kind, name)
            guard let resource, caller.sees(resource) else {
                throw .notFound(ResourceKey(kind: list.kind, namespace: namespace, name: name))
            }
        }
        return list.names.count == 1 ? list.names : Set(list.names).sorted()
    }

    private func answer(
        _ used: Query.Used, _ caller: Caller
    ) throws(Refusal) -> Answer.UsedBlocks {
        try checkExists(used.namespace, for: caller)
        let key = ResourceKey(kind: .prefix, namespace: used.namespace, name: used.name)
        guard let namespace = namespaces[used.namespace], let node = namespace.prefixes[used.name],
            caller.sees(node.resource)
        else {
            throw .notFound(key)
        }
        let limit = max(1, min(Int(used.limit), Limits.pageItemsMax))
        var items: [Answer.UsedBlocks.Item] = []
        var last: IPPrefix?
        var next: IPPrefix?
        var work = 0
        node.space?.visitUsed(after: used.after) { allocation in
            if items.count == limit || work == Limits.pageWorkMax {
                next = last
                return false
            }
            last = allocation.placement?.block
            if let last, caller.sees(allocation) {
                items.append(.init(block: last, allocation: allocation.name))
            }
            work += 1
            return true
        }
        return Answer.UsedBlocks(items: items, next: next)
    }
}

/// A page of a list while it fills: it ends at a number of objects, of bytes, or of comparisons,
/// so that no list, however selective, holds up the others.
private struct Page {
    let limit: Int
    let caller: Caller
    let isQuarantined: Bool
    private(set) var items: [Answer.Listed.Item] = []
    private(set) var last: Query.Position?
    private var bytes = 0
    private var work = 0

    init(limit: Int, caller: Caller, isQuarantined: Bool) {
        self.limit = max(1, limit)
        self.caller = caller
        self.isQuarantined = isQuarantined
    }

    var isFull: Bool {
        items.count >= limit || bytes >= Limits.pageBytesMax || work >= Limits.pageWorkMax
    }

    /// Takes an object, if it is meant; returns whether there is room for more.
    mutating func visit(_ resource: Resource, in namespace: Namespace, _ list: Query.List) -> Bool {
        last = Query.Position(namespace: namespace.name, name: resource.name)
        work += 1
        if caller.sees(resource), list.selector?.matches(resource.labels) ?? true {
            items.append(namespace.item(resource, for: caller, isQuarantined: isQuarantined))
            work += namespace.workOfItem(resource)
            bytes += resource.approximateBytes
        }
        return !isFull
    }
}

extension Namespace {
    /// An object as a list shows it: with the reason, if it is not Allocated.
    func item(
        _ resource: Resource, for caller: Caller, isQuarantined: Bool
    ) -> Answer.Listed.Item {
        guard resource.placement == nil else { return Answer.Listed.Item(resource: resource) }
        let reason: Reason?
        if isQuarantined, resource.spec.prefix == nil {
            reason = .quarantined
        } else if case .failed(let failure) = resource.status {
            reason = failure
        } else if case .none(let found) = place(Claim(resource)) {
            reason = found
        } else {
            reason = nil
        }
        let explanation = reason.map { reason in
            explain(reason, Claim(resource), in: resource.key.namespace) { caller.sees($0) }
        }
        return Answer.Listed.Item(resource: resource, explanation: explanation)
    }

    /// How many comparisons that takes: a selector is compared with every Prefix.
    func workOfItem(_ resource: Resource) -> Int {
        if resource.placement != nil { return 0 }
        return resource.spec.selector == nil ? 1 : prefixes.count
    }
}

extension State {
    /// An object as a list shows it at this moment.
    package func item(_ resource: Resource, for caller: Caller) -> Answer.Listed.Item {
        namespaces[resource.key.namespace]?
            .item(resource, for: caller, isQuarantined: isQuarantined)
            ?? Answer.Listed.Item(resource: resource)
    }

    /// How many comparisons that takes.
    package func workOfItem(_ resource: Resource) -> Int {
        namespaces[resource.key.namespace]?.workOfItem(resource) ?? 0
    }

    /// Refuses a watch that the caller may not have, or that nothing can match.
    package func permit(_ watch: Watch, to caller: Caller) throws(Refusal) {
        try permit(.list(.init(kind: watch.kind)), to: caller)
        if let name = watch.namespace, isClosed(name, to: caller) { throw .unknownNamespace(name) }
        try watch.selector?.check()
    }
}

extension Selector {
    fileprivate func check() throws(Refusal) {
        if let fault = faults(at: "selector").first {
            throw Refusal(.invalid, fault.description, faults: [.init(document: 0, fault: fault)])
        }
    }
}
