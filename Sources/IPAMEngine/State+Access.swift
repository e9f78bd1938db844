package import IPAM

/// That a namespace is for other agents than before.
///
/// | number | field | |
/// |---|---|---|
/// | 1, critical | namespace | text |
/// | 2, critical | access | namespace access; absent: every agent |
package struct AccessChange: Sendable, Hashable {
    package let namespace: String
    package let access: NamespaceAccess?

    package init(namespace: String, access: NamespaceAccess?) {
        self.namespace = namespace
        self.access = access
    }
}

extension AccessChange: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(.critical(1), namespace)
        writer.field(.critical(2), ifPresent: access)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var namespace: String?
        var access: NamespaceAccess?
        while let field = try fields.next() {
            switch field.number {
            case 1: namespace = try field.text()
            case 2: access = try field.structure("namespace access")
            default: try field.skip()
            }
        }
        let name = try fields.required(namespace, 1)
        if let fault = NameRule.labelFault(name) {
            throw fields.invalid("the namespace \(fault)", 1)
        }
        self.init(namespace: name, access: access)
    }
}

extension State {
    /// Makes a rule true; on its own it frees and takes no space.
    package mutating func apply(_ change: AccessChange) {
        let name = change.namespace
        if namespaces[name] == nil {
            guard change.access != nil else { return }
            namespaces[name] = Namespace(name)
        }
        namespaces[name]?.access = change.access
        dropNamespaceIfEmpty(name)
    }

    /// The namespaces with a rule, in the order of their names: contents of a checkpoint.
    package func visitAccess(_ visit: (String, NamespaceAccess) -> Void) {
        namespaces.visit { namespace in
            if let access = namespace.access { visit(namespace.name, access) }
            return true
        }
    }

    /// Whether a namespace is there and kept from a caller. To such a caller it does not exist.
    package func isClosed(_ namespace: String, to caller: Caller) -> Bool {
        caller.role == .agent && namespaces[namespace]?.isClosed(to: caller) ?? false
    }

    /// Refuses what names a namespace that does not exist for the caller. Requests may wait in
    /// one for what an administrator may bring back.
    package func checkExists(_ name: String, for caller: Caller) throws(Refusal) {
        guard let namespace = namespaces[name], namespace.isThere, !namespace.isClosed(to: caller)
        else { throw .unknownNamespace(name) }
    }

    mutating func decide(
        _ command: Command.Access, _ change: inout Change
    ) throws(Refusal) -> Answer.Accessed {
        if let fault = NameRule.labelFault(command.namespace) {
            throw Refusal(.malformed, "the namespace \(fault)")
        }
        let count = (command.access?.users.count ?? 0) + (command.access?.groups.count ?? 0)
        guard command.access == nil || (1...Limits.accessEntriesMax).contains(count) else {
            throw Refusal(
                .malformed,
                "a namespace is limited to 1 to \(Limits.accessEntriesMax) users and groups, "
                    + "not to \(count)")
        }
        guard namespaces[command.namespace]?.access != command.access else {
            return Answer.Accessed(isChanged: false)
        }
        change.access = AccessChange(namespace: command.namespace, access: command.access)
        // Who waits there and may not any more hears of it.
        change.madeRoom(in: command.namespace)
        return Answer.Accessed(isChanged: true)
    }

    func answer(_ query: Query.Namespaces, _ caller: Caller) -> Answer.Namespaces {
        let limit = max(1, min(Int(query.limit), Limits.pageItemsMax))
        var items: [Answer.Namespaces.Item] = []
        var next: String?
        namespaces.visit(after: query.after) { namespace in
            guard namespace.isThere, !namespace.isClosed(to: caller) else { return true }
            if items.count == limit {
                next = items.last?.name
                return false
            }
            items.append(namespace.item(for: caller))
            return true
        }
        return Answer.Namespaces(items: items, next: next)
    }
}

extension Namespace {
    func isClosed(to caller: Caller) -> Bool {
        guard caller.role == .agent, let access else { return false }
        return !access.admits(caller)
    }

    fileprivate func item(for caller: Caller) -> Answer.Namespaces.Item {
        let isAgent = caller.role == .agent
        var own = isAgent ? 0 : allocations.count
        if isAgent {
            allocations.visit { allocation in
                if allocation.owner == caller.uid { own += 1 }
                return true
            }
        }
        return Answer.Namespaces.Item(
            name: name, prefixCount: UInt64(prefixes.count), allocationCount: UInt64(own),
            access: isAgent ? nil : access)
    }
}
