internal import IPAM
internal import IPAMClient

/// Waits until objects are Allocated. Only observes: they are applied, whatever comes of the wait.
struct AllocationWait {
    /// Those that are listed and watched together.
    private struct Group: Hashable {
        let kind: ResourceKind
        let namespace: String
    }

    private let groups: [(group: Group, names: [String])]
    private let wait: TimeSpan
    private let options: GlobalOptions

    init(_ keys: [ResourceKey], _ wait: TimeSpan, _ options: GlobalOptions) {
        let all = Dictionary(grouping: Set(keys).sorted()) { key in
            Group(kind: key.kind, namespace: key.namespace)
        }
        groups = all.map { ($0.key, $0.value.map(\.name)) }.sorted { left, right in
            (left.0.kind.rawValue, left.0.namespace) < (right.0.kind.rawValue, right.0.namespace)
        }
        self.wait = wait
        self.options = options
    }

    /// Returns once all are Allocated.
    ///
    /// One group after the other, for what is Allocated stays so.
    func run(_ client: consuming Client) throws(Failure) {
        let end = ContinuousClock.now + wait.duration
        let line = LiveLine("waiting", atMost: wait)
        defer { line.end() }
        var client: Client? = client
        for (group, names) in groups {
            let first: Client
            if let taken = client.take() { first = taken } else { first = try options.connect() }
            if try areAllocated(group, names, first, end, line) { continue }
            // The last of them may have got its place just now.
            guard let failure = try failure() else { return }
            throw failure
        }
    }

    /// Follows a group until all of it is Allocated; false if the time is up, or if one of it
    /// never will be.
    private func areAllocated(
        _ group: Group, _ names: [String], _ client: consuming Client,
        _ end: ContinuousClock.Instant, _ line: LiveLine
    ) throws(Failure) -> Bool {
        var waiting = Set(names)
        var reasons: [String: String] = [:]
        var isHopeless = false
        var watch = ResourceWatch(query(group, names), options: options)
        try watch.follow(client, until: end) { changes, _ in
            for change in changes {
                switch change {
                case .put(let item):
                    reasons[item.resource.key.name] = item.explanation.map {
                        ", \($0.reason): \($0.sentence)"
                    }
                    switch item.resource.status {
                    case .pending: waiting.insert(item.resource.key.name)
                    case .allocated: waiting.remove(item.resource.key.name)
                    case .failed: isHopeless = true
                    }
                case .removed: isHopeless = true
                }
            }
            if let first = waiting.min() {
                let why = reasons[first] ?? ""
                line.say("waiting for \(waiting.count): \(group.kind.word)/\(first)\(why)")
            }
            return !waiting.isEmpty && !isHopeless
        }
        return waiting.isEmpty
    }

    private func query(_ group: Group, _ names: [String]) -> Query.List {
        Query.List(kind: group.kind, namespace: group.namespace, names: names)
    }

    /// Who is not Allocated, and why, as it is now.
    private func failure() throws(Failure) -> Failure? {
        var client = try options.connect()
        var rest: [Answer.Listed.Item] = []
        for (group, names) in groups {
            rest += try asking { () throws(ClientError) in
                try client.all(query(group, names)).filter { $0.resource.placement == nil }
            }
        }
        guard !rest.isEmpty else { return nil }
        return Failure(notAllocated: rest, of: groups.reduce(0) { $0 + $1.names.count }, wait)
    }
}

extension Failure {
    /// A wait that ended before all were Allocated. What Failed is so for good.
    init(notAllocated items: [Answer.Listed.Item], of count: Int, _ wait: TimeSpan) {
        let failed = items.first { $0.resource.status.phase == .failed }
        let sentence =
            "\(items.count) of \(count) \(count == 1 ? "object" : "objects") applied "
            + (items.count == 1 ? "is" : "are") + " not Allocated"
        if case .failed(let reason)? = failed?.resource.status {
            self.init(.refused, reason.refusalCode.description, sentence)
        } else {
            self.init(.nothingChanged, "pending", "\(sentence) after \(wait.text)")
        }
        names = items.map(\.resource.key.description)
        details = items.map { item in
            let why = item.explanation.map { ": \($0.reason): \($0.sentence)" } ?? ""
            return "\(item.resource.key) is \(item.resource.status.phase)\(why)"
        }
    }
}
