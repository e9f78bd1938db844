package import IPAM

/// The last changes of objects, for those who watch: a bounded number of entries and bytes, the
/// newest at the end.
///
/// It lives in memory alone. Who asks for changes that are not here any more lists again; so
/// does everybody after a restart who had not seen all before it.
package struct WatchRing: Sendable {
    private struct Entry: Sendable {
        let lsn: UInt64
        let old: Resource?
        let new: Resource?
        let bytes: Int
    }

    /// How far a watch has come.
    package struct Position: Sendable, Hashable {
        /// Everything up to this change was looked at: from here a watch can be taken up again.
        package fileprivate(set) var lsn: UInt64
        /// How much of the next change was looked at too.
        fileprivate var count = 0

        package init(lsn: UInt64) { self.lsn = lsn }
    }

    /// The oldest first. What is in front of `first` is gone, and its room is used again.
    private var entries: [Entry] = []
    private var first = 0
    private var bytes = 0
    private let incarnation: UInt64
    private let capacity: Int
    /// Changes up to this one are not here.
    package private(set) var startLSN: UInt64

    package init(
        startingAfter lsn: UInt64, incarnation: UInt64, capacity: Int = Limits.watchChangesMax
    ) {
        startLSN = lsn
        self.incarnation = incarnation
        self.capacity = capacity
    }

    /// Takes the events of one change, with what would undo them.
    package mutating func append(_ consequences: Consequences, lsn: UInt64) {
        for (event, inverse) in zip(consequences.events, consequences.inverses) {
            let (old, new) = (inverse.resource, event.resource)
            let size = (old?.approximateBytes ?? 0) + (new?.approximateBytes ?? 0)
            entries.append(Entry(lsn: lsn, old: old, new: new, bytes: size))
            bytes += size
        }
        while entries.count - first > capacity || bytes > Limits.watchBytesMax { dropOldest() }
        if first > capacity {
            entries.removeFirst(first)
            first = 0
        }
    }

    /// Drops the oldest change, wholly.
    private mutating func dropOldest() {
        startLSN = entries[first].lsn
        while first < entries.count, entries[first].lsn == startLSN {
            bytes -= entries[first].bytes
            entries[first] = Entry(lsn: startLSN, old: nil, new: nil, bytes: 0)
            first += 1
        }
    }

    /// Refuses a watch whose changes are not all here: the client lists again.
    package func check(_ watch: Watch, at position: Position) throws(Refusal) {
        guard watch.incarnation == incarnation else {
            throw Refusal(
                .compacted,
                "the daemon's state is another one than that of this position; list again")
        }
        guard position.lsn >= startLSN else {
            throw Refusal(
                .compacted,
                "the changes from \(position.lsn + 1) to \(startLSN) are not kept any more; list "
                    + "again")
        }
    }

    /// The next changes of a watch, up to an LSN and to a bounded number; none if nothing
    /// concerns it. The position moves on to what was looked at, and `work`, how much may be
    /// looked at, is reduced by it.
    package func next(
        of watch: Watch, from position: inout Position, until durableLSN: UInt64,
        work: inout Int, sees: (Resource) -> Bool
    ) -> [Change] {
        var changes: [Change] = []
        var bytes = 0
        var index = self.index(after: position.lsn) + position.count
        while index < entries.count, entries[index].lsn <= durableLSN {
            guard work > 0 else { return changes }
            let entry = entries[index]
            if let change = Change(entry.old, entry.new, watch, sees) {
                changes.append(change)
                bytes += entry.bytes
            }
            work -= 1
            index += 1
            position.count += 1
            if index == entries.count || entries[index].lsn != entry.lsn {
                position = Position(lsn: entry.lsn)
            }
            if changes.count == Limits.eventChangesMax || bytes >= Limits.pageBytesMax {
                return changes
            }
        }
        // What is not in the list changed no object.
        position = Position(lsn: max(position.lsn, durableLSN))
        return changes
    }

    /// What a watch learns of one change of an object.
    package enum Change: Sendable {
        case put(Resource)
        case removed(ResourceKey)

        fileprivate init?(
            _ old: Resource?, _ new: Resource?, _ watch: Watch, _ sees: (Resource) -> Bool
        ) {
            func concerns(_ resource: Resource) -> Bool {
                resource.key.kind == watch.kind && sees(resource)
                    && watch.namespace.map { $0 == resource.key.namespace } ?? true
                    && watch.selector?.matches(resource.labels) ?? true
            }
            if let new, concerns(new) {
                self = .put(new)
            } else if let old, concerns(old) {
                self = .removed(old.key)
            } else {
                return nil
            }
        }
    }

    /// The first entry behind an LSN.
    private func index(after lsn: UInt64) -> Int {
        var low = first
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].lsn <= lsn { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
