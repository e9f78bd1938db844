import IPAM

/// What the order of real time says of the numbers: the greatest that anybody had been told before
/// a question was asked, and the least that somebody was told who asked after its answer.
struct RealTime: Sendable {
    /// For each entry of an epoch: what it was decided on has at least this number.
    private(set) var floors: [UInt64]
    /// What it was decided on has at most this number; nothing if nobody knows.
    private(set) var ceilings: [UInt64]

    /// `first` is what everybody could know before the epoch, `last` the number of the dump at its
    /// end.
    init(_ entries: [Entry], first: UInt64, last: UInt64) {
        floors = [UInt64](repeating: first, count: entries.count)
        ceilings = [UInt64](repeating: last, count: entries.count)
        let byInvoke = entries.indices.sorted { entries[$0].invoked < entries[$1].invoked }
        let byReturn = entries.indices.sorted { entries[$0].returned < entries[$1].returned }
        var returned = byReturn[...]
        var known = first
        for index in byInvoke {
            while let other = returned.first, entries[other].returned < entries[index].invoked {
                known = max(known, entries[other].lsn ?? 0)
                returned = returned.dropFirst()
            }
            floors[index] = known
        }
        var invoked = byInvoke[...]
        var least = last
        for index in byReturn.reversed() {
            while let other = invoked.last, entries[other].invoked > entries[index].returned {
                least = min(least, entries[other].lsn ?? .max)
                invoked = invoked.dropLast()
            }
            ceilings[index] = least
        }
    }

    /// A change is newer than all that had been told before it was asked for, and a look at least
    /// as new.
    func findings(_ entries: [Entry]) -> [Finding] {
        entries.indices.compactMap { index in
            let entry = entries[index]
            guard let lsn = entry.lsn else { return nil }
            let floor = floors[index]
            if entry.hasChanged ? lsn > floor : lsn >= floor { return nil }
            let kind = entry.hasChanged ? "a change" : "a look"
            return Finding(
                "\(kind) has LSN \(lsn), and \(floor) was told before it was asked for: \(entry)")
        }
    }
}
