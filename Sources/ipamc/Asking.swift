internal import IPAM
internal import IPAMClient

/// Asks the daemon; a failure becomes what the command line says about it. `again` are the words
/// of the command that asks again, where the outcome may be unknown.
func asking<Value>(
    again: [String]? = nil, _ ask: () throws(ClientError) -> Value
) throws(Failure) -> Value {
    do throws(ClientError) {
        return try ask()
    } catch {
        throw Failure(error, again: again)
    }
}

extension Client {
    /// Every object that a query asks for, page after page.
    mutating func all(_ query: Query.List) throws(ClientError) -> [Answer.Listed.Item] {
        var query = query
        var items: [Answer.Listed.Item] = []
        let progress = Progress("listing", unit: " objects")
        defer { progress.end() }
        while true {
            let page = try list(query).value
            items += page.items
            progress.show(items.count)
            guard let next = page.next else { return items }
            query.after = next
        }
    }

    /// Every object that a query without names asks for. The default namespace, which nobody
    /// named, is there for the user even before the first `apply` makes it: it is empty.
    mutating func all(
        _ query: Query.List, _ options: GlobalOptions
    ) throws(ClientError) -> [Answer.Listed.Item] {
        do throws(ClientError) {
            return try all(query)
        } catch .refused(let refusal)
            where refusal.code == .unknownNamespace && !options.isNamespaceNamed
            && query.names.isEmpty
        {
            return []
        }
    }

    /// Every block that is taken in a Prefix. Only what is Allocated has any.
    mutating func allUsed(in item: Answer.Listed.Item) throws(ClientError)
        -> [Answer.UsedBlocks.Item]
    {
        let key = item.resource.key
        guard key.kind == .prefix, item.resource.placement != nil else { return [] }
        var query = Query.Used(namespace: key.namespace, name: key.name)
        var items: [Answer.UsedBlocks.Item] = []
        while true {
            let page = try used(query).value
            items += page.items
            guard let next = page.next else { return items }
            query.after = next
        }
    }

    /// Resources in IronCore's shape, each Prefix with what is taken in it.
    mutating func documents(
        _ items: [Answer.Listed.Item]
    ) throws(ClientError) -> [ResourceDocument] {
        var documents: [ResourceDocument] = []
        for item in items {
            documents.append(ResourceDocument(item, used: try allUsed(in: item).map(\.block)))
        }
        return documents
    }
}
