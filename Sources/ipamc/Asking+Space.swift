internal import IPAM
internal import IPAMClient

extension Client {
    /// What is used and free in every Prefix that a query asks for, page after page, and the
    /// LSN of the first page. The default namespace is there before the first `apply` makes it.
    mutating func all(
        _ query: Query.Usage, _ options: GlobalOptions
    ) throws(ClientError) -> ([PrefixUsage], lsn: UInt64) {
        do throws(ClientError) {
            return try all(query)
        } catch .refused(let refusal)
            where refusal.code == .unknownNamespace && !options.isNamespaceNamed
            && query.names.isEmpty
        {
            return ([], greeting.durableLSN)
        }
    }

    mutating func all(
        _ query: Query.Usage
    ) throws(ClientError) -> ([PrefixUsage], lsn: UInt64) {
        var query = query
        let first = try usage(query)
        var (items, next) = (first.value.items, first.value.next)
        while let position = next {
            query.after = position
            let page = try usage(query).value
            items += page.items
            next = page.next
        }
        return (items, first.lsn)
    }

    /// Everybody who has a prefix.
    mutating func all(_ query: Query.Who) throws(ClientError) -> ([Resource], lsn: UInt64) {
        var query = query
        let first = try who(query)
        var (resources, next) = (first.value.resources, first.value.next)
        while let position = next {
            query.after = position
            let page = try who(query).value
            resources += page.resources
            next = page.next
        }
        return (resources, first.lsn)
    }

    /// What every parent has to say to a request. The outcome is that of the first page.
    mutating func all(
        _ query: Query.Explain
    ) throws(ClientError) -> (Answer.Explained, lsn: UInt64) {
        var query = query
        let first = try explain(query)
        var (candidates, next) = (first.value.candidates, first.value.next)
        while let name = next {
            query.after = name
            let page = try explain(query).value
            candidates += page.candidates
            next = page.next
        }
        let explained = Answer.Explained(
            placement: first.value.placement, explanation: first.value.explanation,
            candidates: candidates)
        return (explained, first.lsn)
    }
}
