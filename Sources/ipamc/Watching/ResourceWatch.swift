internal import IPAM
internal import IPAMClient

/// Objects as they are, and then each change: listed, then watched from there on without a gap,
/// over as many conversations as it takes.
struct ResourceWatch {
    private let options: GlobalOptions
    private let query: Query.List
    private let names: Set<String>
    /// Everything up to it has been reported; absent before there was a list.
    private(set) var position: WatchPosition?
    /// The version of each object that was reported last.
    private var known: [ResourceKey: UInt64] = [:]
    /// Whether there was a list, so that what is not known is not there.
    private var isComplete = false

    /// A group of changes that happened up to a position, and whether more are wanted.
    typealias Report = ([Watch.Change], WatchPosition) -> Bool

    /// `query` says which objects; `since` a position whose changes are known, so that there is
    /// no list at first.
    init(_ query: Query.List, since position: WatchPosition? = nil, options: GlobalOptions) {
        self.query = query
        self.options = options
        self.position = position
        names = Set(query.names)
    }

    /// Reports until nobody wants more, or until the time is up; without one, for ever.
    ///
    /// A daemon that stops and comes back within the timeout is watched again; one that no
    /// longer knows the position is asked for the list again.
    mutating func follow(
        _ first: consuming Client, until end: ContinuousClock.Instant? = nil, each: Report
    ) throws(Failure) {
        var client = first
        while true {
            do throws(ClientError) {
                return try follow(&client, end, each)
            } catch {
                if case .refused(let refusal) = error, refusal.code == .compacted {
                    let place = position.map(\.description) ?? "the list"
                    StandardStreams.writeError(
                        "ipamc: the changes after \(place) are no longer known (compacted); "
                            + "this is the list as it is now\n")
                    position = nil
                    continue
                }
                guard error.isLostConnection else { throw Failure(error) }
            }
            let patience = ContinuousClock.now + options.timeout.duration
            client = try options.reconnect(
                by: end.map { min($0, patience) } ?? patience,
                knowing: position.map { Witness(incarnation: $0.incarnation, lsn: $0.lsn) })
        }
    }

    private mutating func follow(
        _ client: inout Client, _ end: ContinuousClock.Instant?, _ each: Report
    ) throws(ClientError) {
        if position == nil {
            guard try list(&client, each) else { return }
        }
        guard let position else { return }
        let watch = Watch(
            kind: query.kind, namespace: query.namespace, selector: query.selector,
            after: position.lsn, incarnation: position.incarnation)
        let left = end.map { ContinuousClock.now.duration(to: $0) }
        _ = try client.watch(watch, for: left) { event in report(event, each) }
    }

    /// Reports the objects as they are, and what went while nobody watched. Names need only be
    /// there the first time.
    private mutating func list(
        _ client: inout Client, _ each: Report
    ) throws(ClientError) -> Bool {
        var query = query
        if isComplete { query.names = [] }
        let (items, lsn) = try client.allWithLSN(query, options)
        let position = WatchPosition(lsn: lsn, incarnation: client.greeting.incarnation)
        let before = known
        known = [:]
        var changes: [Watch.Change] = []
        for item in items where isMeant(item.resource.key) {
            let resource = item.resource
            known[resource.key] = resource.version
            if before[resource.key] != resource.version { changes.append(.put(item)) }
        }
        for key in before.keys.sorted() where known[key] == nil { changes.append(.removed(key)) }
        isComplete = true
        let isWanted = each(changes, position)
        self.position = position
        return isWanted
    }

    private mutating func report(_ event: Watch.Event, _ each: Report) -> Bool {
        guard var position else { return false }
        let news = event.changes.filter { isNews($0) }
        position.lsn = event.lsn
        let isWanted = each(news, position)
        self.position = position
        return isWanted
    }

    /// Whether a change says what nobody has been told. A page of the list may have been newer
    /// than its first, and then changes come that it has shown, or that came and went before it.
    private mutating func isNews(_ change: Watch.Change) -> Bool {
        switch change {
        case .put(let item):
            let resource = item.resource
            guard isMeant(resource.key) else { return false }
            if let version = known[resource.key], resource.version <= version { return false }
            known[resource.key] = resource.version
            return true
        case .removed(let key):
            let wasKnown = known.removeValue(forKey: key) != nil
            return isMeant(key) && (wasKnown || !isComplete)
        }
    }

    private func isMeant(_ key: ResourceKey) -> Bool { names.isEmpty || names.contains(key.name) }
}

extension Client {
    /// Every object that a query asks for, and the LSN of the first page. The default namespace
    /// is there before the first `apply` makes it.
    fileprivate mutating func allWithLSN(
        _ query: Query.List, _ options: GlobalOptions
    ) throws(ClientError) -> ([Answer.Listed.Item], UInt64) {
        let first: Answered<Answer.Listed>
        do throws(ClientError) {
            first = try list(query)
        } catch .refused(let refusal)
            where refusal.code == .unknownNamespace && !options.isNamespaceNamed
            && query.names.isEmpty
        {
            return ([], greeting.durableLSN)
        }
        guard let next = first.value.next else { return (first.value.items, first.lsn) }
        var query = query
        query.after = next
        return (first.value.items + (try all(query)), first.lsn)
    }
}
