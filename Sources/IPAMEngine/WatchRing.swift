package import IPAM

/// The last changes of objects, for those who watch: a bounded number of entries and bytes, the
/// newest at the end.
///
/// It lives in memory alone. Who asks for changes that are not here any more lists again; so
/// does everybody after a restart who had not seen all before it.
package struct WatchRing: Sendable {
    private struct Entry: Sendable {
        let lsn: UInt64
        let key: ResourceKey
        /// The object after the change; absent if it is gone.
        let new: Resource?
        /// What a watch compared before the change; absent if the object is new.
        let old: View?
        let bytes: Int
    }

    /// What decides whether an object concerns a watch.
    private struct View: Sendable {
        let labels: Labels
        let owner: UInt32

        init(_ resource: Resource) {
            labels = resource.labels
            owner = resource.owner
        }
    }

    /// How far a watch has come.
    package struct Position: Sendable, Hashable {
        /// Everything up to this change was looked at: from here a watch can be taken up again.
        package fileprivate(set) var lsn: UInt64
        /// How much of the next change was looked at too.
        fileprivate var count = 0

        package init(lsn: UInt64) { self.lsn = lsn }
    }

    /// A circle: the oldest entry is at `first`, and behind the last slot comes the first one.
    private var slots: [Entry?] = []
    private var first = 0
    private var count = 0
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
        // A change of more objects than the ring holds is not here at all.
        guard consequences.events.count <= capacity else {
            while count > 0 { dropOldest() }
            startLSN = lsn
            return
        }
        while count + consequences.events.count > capacity { dropOldest() }
        for (event, inverse) in zip(consequences.events, consequences.inverses) {
            let (old, new) = (inverse.resource, event.resource)
            let entry = Entry(
                lsn: lsn, key: event.key, new: new, old: old.map(View.init),
                bytes: (new ?? old)?.approximateBytes ?? 0)
            put(entry)
        }
        while bytes > Limits.watchBytesMax { dropOldest() }
    }

    private mutating func put(_ entry: Entry) {
        if count == slots.count { grow() }
        slots[(first + count) % slots.count] = entry
        count += 1
        bytes += entry.bytes
    }

    /// Doubles the circle, up to the capacity.
    private mutating func grow() {
        let room = min(capacity, max(64, 2 * slots.count)) - slots.count
        slots =
            (0..<count).map { slots[(first + $0) % slots.count] }
            + Array(repeating: nil, count: room)
        first = 0
    }

    /// The entry at a position, from the oldest on.
    private subscript(index: Int) -> Entry {
        guard let entry = slots[(first + index) % slots.count] else {
            preconditionFailure("The entries of the ring follow each other.")
        }
        return entry
    }

    /// Drops the oldest change, wholly.
    private mutating func dropOldest() {
        startLSN = self[0].lsn
        while count > 0, self[0].lsn == startLSN {
            bytes -= self[0].bytes
            slots[first] = nil
            first = (first + 1) % slots.count
            count -= 1
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
        work: inout Int, sees: (ResourceKey, UInt32) -> Bool
    ) -> [Change] {
        var changes: [Change] = []
        var bytes = 0
        var index = self.index(after: position.lsn) + position.count
        while index < count, self[index].lsn <= durableLSN {
            guard work > 0 else { return changes }
            let entry = self[index]
            if let change = change(entry, watch, sees) {
                changes.append(change)
                bytes += entry.bytes
            }
            work -= 1
            index += 1
            position.count += 1
            if index == count || self[index].lsn != entry.lsn {
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
    }

    private func change(
        _ entry: Entry, _ watch: Watch, _ sees: (ResourceKey, UInt32) -> Bool
    ) -> Change? {
        guard entry.key.kind == watch.kind,
            watch.namespace.map({ $0 == entry.key.namespace }) ?? true
        else { return nil }
        func concerns(_ view: View) -> Bool {
            sees(entry.key, view.owner) && watch.selector?.matches(view.labels) ?? true
        }
        if let new = entry.new, concerns(View(new)) { return .put(new) }
        return entry.old.map(concerns) ?? false ? .removed(entry.key) : nil
    }

    /// The first entry behind an LSN.
    private func index(after lsn: UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].lsn <= lsn { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
