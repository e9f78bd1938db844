import IPAM

/// The check that does not trust the daemon's numbers. From the clients' clocks alone it knows for
/// every allocation a time in which it was certainly there: from when somebody had been told of it
/// until somebody first asked to end it. In that time
///
/// - no other allocation of the same parent has one of its addresses,
/// - the same name has the same answer, and is found,
/// - every dump has it.
struct IntervalCheck {
    /// A stay of one allocation.
    private struct Stay {
        let uid: ResourceUID
        let name: String
        let block: IPPrefix
        let parent: String
        let from: UInt64
        var to: UInt64
    }

    /// Somebody asked to end what had a name or a block, and may have done so at any time between.
    private struct End {
        let invoked: UInt64
        let returned: UInt64
    }

    private var stays: [Stay] = []
    private var ends: [String: [End]] = [:]
    private var blockEnds: [IPPrefix: [End]] = [:]

    /// An object; that no two have one uid is the daemon's to promise, and not believed here.
    private struct Identity: Hashable {
        let key: ResourceKey
        let uid: ResourceUID
    }

    /// All that was seen of each allocation, by whom it was made if that is known.
    private struct Seen {
        let resource: Resource
        var made: Entry?
        var firstReturn: UInt64
    }

    /// Checks a history of epochs.
    static func findings(_ epochs: [Epoch]) -> [Finding] {
        var check = IntervalCheck()
        let entries = epochs.flatMap(\.entries)
        for epoch in epochs { check.collectEnds(epoch) }
        check.collectStays(entries)
        return check.overlaps() + check.contradictions(entries) + check.absences(epochs)
    }

    private mutating func collectEnds(_ epoch: Epoch) {
        for entry in epoch.entries {
            guard case .command(let command) = entry.ask else { continue }
            switch entry.outcome {
            case .refused, .nothingChanged: continue
            case .answered(let reply):
                let end = End(invoked: entry.invoked, returned: entry.returned)
                for name in Said(reply.answer)?.endedNames ?? [] {
                    ends[name, default: []].append(end)
                }
            case .unknown:
                // Its daemon has ended before the dump.
                let end = End(invoked: entry.invoked, returned: epoch.last.returned)
                for name in command.namesToEnd { ends[name, default: []].append(end) }
                for block in command.blocksToEnd { blockEnds[block, default: []].append(end) }
            }
        }
    }

    private mutating func collectStays(_ entries: [Entry]) {
        var seen: [Identity: Seen] = [:]
        for entry in entries {
            guard case .answered(let reply) = entry.outcome else { continue }
            for (resource, isCreated) in reply.answer.resources where resource.parent != nil {
                let identity = Identity(key: resource.key, uid: resource.uid)
                var one =
                    seen[identity]
                    ?? Seen(resource: resource, made: nil, firstReturn: entry.returned)
                one.firstReturn = min(one.firstReturn, entry.returned)
                if isCreated { one.made = entry }
                seen[identity] = one
            }
        }
        for one in seen.values {
            let resource = one.resource
            guard let placement = resource.placement, let parent = placement.parent else {
                continue
            }
            // What was answered before it was asked for ended another one of the name.
            let possible =
                (ends[resource.key.name] ?? []) + (blockEnds[placement.block] ?? [])
            let to =
                possible.filter { end in one.made.map { end.returned >= $0.invoked } ?? true }
                .map(\.invoked).min() ?? .max
            guard one.firstReturn < to else { continue }
            stays.append(
                Stay(
                    uid: resource.uid, name: resource.key.name, block: placement.block,
                    parent: parent, from: one.firstReturn, to: to))
        }
        stays.sort { ($0.from, $0.name) < ($1.from, $1.name) }
    }

    /// Two owners of one address at a time. A child Prefix and its own allocation are one owner.
    private func overlaps() -> [Finding] {
        var findings: [Finding] = []
        var active: [String: [Stay]] = [:]
        for stay in stays {
            active[stay.parent, default: []].removeAll { $0.to <= stay.from }
            for other in active[stay.parent] ?? []
            where other.block.overlaps(stay.block) && !Self.isOneOwner(other, stay) {
                findings.append(
                    Finding(
                        "given out twice in \(stay.parent): \(other.block) to \(other.name) and "
                            + "\(stay.block) to \(stay.name)"))
            }
            active[stay.parent, default: []].append(stay)
        }
        return findings
    }

    private static func isOneOwner(_ one: Stay, _ other: Stay) -> Bool {
        one.name == other.name + ".prefix" || other.name == one.name + ".prefix"
    }

    /// Answers that speak against a stay in the middle of which they were asked for.
    private func contradictions(_ entries: [Entry]) -> [Finding] {
        let byName = Dictionary(grouping: stays, by: \.name)
        return entries.flatMap { entry -> [Finding] in
            switch (entry.ask, entry.outcome) {
            case (_, .answered(let reply)):
                return reply.answer.resources.compactMap { resource, _ in
                    let stay = stay(of: resource.key.name, during: entry, byName)
                    guard let stay, stay.uid != resource.uid else { return nil }
                    return Finding("\(stay.name) has \(stay.block), and somebody else: \(entry)")
                }
            case (.list(let list), .refused(.notFound, _)):
                return list.names.compactMap { name in
                    stay(of: name, during: entry, byName)
                        .map { Finding("\(name) has \($0.block) and is not found: \(entry)") }
                }
            case (.list, .refused), (.list, .nothingChanged), (.list, .unknown), (.command, _):
                return []
            }
        }
    }

    private func stay(
        of name: String, during entry: Entry, _ byName: [String: [Stay]]
    ) -> Stay? {
        byName[name]?.first { $0.from < entry.invoked && entry.returned < $0.to }
    }

    /// What no dump may lack.
    private func absences(_ epochs: [Epoch]) -> [Finding] {
        let dumps = epochs.map(\.last).sorted { $0.invoked < $1.invoked }
        let blocks = dumps.map { dump in
            Dictionary(
                dump.things.map { ($0.key.name, $0.block) }, uniquingKeysWith: { first, _ in first }
            )
        }
        var findings: [Finding] = []
        var first = 0
        for stay in stays {
            while first < dumps.count, dumps[first].invoked <= stay.from { first += 1 }
            for index in first..<dumps.count {
                guard dumps[index].returned < stay.to else { break }
                guard blocks[index][stay.name] != .some(stay.block) else { continue }
                findings.append(
                    Finding(
                        "lost: \(stay.name) had \(stay.block), and the daemon does not hold it at "
                            + "LSN \(dumps[index].lsn)"))
                break
            }
        }
        return findings
    }
}

// MARK: - What is named

extension Answer {
    /// The objects that an answer shows, and whether it says that it made them.
    fileprivate var resources: [(Resource, isCreated: Bool)] {
        switch self {
        case .allocated(let allocated): [(allocated.resource, allocated.isCreated)]
        case .batch(let batch):
            batch.parts.compactMap { part in
                switch part {
                case .allocated(let allocated): (allocated.resource, allocated.isCreated)
                case .released: nil
                }
            }
        case .listed(let listed): listed.items.map { ($0.resource, false) }
        case .applied, .released, .deleted, .used, .checked, .status, .explained, .usage, .found,
            .reconciled, .backup, .accessed, .namespaces, .metrics:
            []
        }
    }
}

extension Said {
    /// The names of what an answer says has ended.
    fileprivate var endedNames: [String] {
        switch self {
        case .released(let items): items.map(\.name)
        case .deleted(let keys): keys.flatMap { [$0.name, "\($0.name).prefix"] }
        case .batch(let parts): parts.flatMap(\.endedNames)
        case .applied, .allocated, .listed, .refused: []
        }
    }
}

extension Command {
    /// The names of what this may end.
    fileprivate var namesToEnd: [String] {
        switch self {
        case .release(let release): release.names
        case .delete(let delete): delete.keys.flatMap { [$0.name, "\($0.name).prefix"] }
        case .batch(let batch): releases(in: batch).flatMap(\.names)
        case .apply, .request, .reconcile, .access: []
        }
    }

    fileprivate var blocksToEnd: [IPPrefix] {
        switch self {
        case .release(let release): release.blocks
        case .batch(let batch): releases(in: batch).flatMap(\.blocks)
        case .apply, .request, .delete, .reconcile, .access: []
        }
    }

    private func releases(in batch: Batch) -> [Release] {
        batch.parts.compactMap { part in
            switch part {
            case .release(let release): release
            case .request: nil
            }
        }
    }
}
