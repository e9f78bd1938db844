/// Finds what is missing in the entries that are shown: what the daemon says that it could not
/// tell, and numbers of changes that nobody tells of.
struct JournalGaps {
    /// Whether all entries are looked at, so that each change has one.
    let isWhole: Bool
    /// Of whom entries are wanted; nothing for everybody.
    let uid: UInt32?
    private var lastLSN: UInt64?
    private var isExplained = false

    init(isWhole: Bool, uid: UInt32?) {
        self.isWhole = isWhole
        self.uid = uid
    }

    /// What the entry says of others that are missing; nothing if it is an entry like any other.
    mutating func told(by entry: JournalEntry) -> String? {
        switch entry.message {
        case .entriesDropped:
            isExplained = true
            let count = entry[.dropped] ?? "some"
            guard let first = entry[.lsnFirst], let last = entry[.lsnLast] else {
                return "\(count) entries were dropped here"
            }
            return "\(count) entries were dropped here, of LSN \(first) to \(last) among others"
        case .entriesSuppressed:
            let user = entry[.peerUID]
            let who = user.map { "uid \($0)" } ?? "several users"
            return "\(entry[.suppressed] ?? "some") refusals and the like of \(who) were left out"
        case .applied, .allocated, .released, .deleted, .requestWaits, .reconciled, .accessChanged,
            .refused, nil:
            return nil
        }
    }

    /// Whether a gap may be one in what is asked for.
    func concerns(_ entry: JournalEntry) -> Bool {
        guard let uid, let user = entry[number: .peerUID] else { return true }
        return user == uid
    }

    /// What is missing between the change before and this one.
    mutating func before(_ entry: JournalEntry) -> String? {
        switch entry.message {
        case .applied, .allocated, .released, .deleted, .reconciled, .accessChanged: break
        case .requestWaits, .refused, .entriesDropped, .entriesSuppressed, nil: return nil
        }
        guard isWhole, let lsn = entry[number: .lsn] else { return nil }
        defer {
            lastLSN = lsn
            isExplained = false
        }
        guard let last = lastLSN, !isExplained else { return nil }
        if lsn < last { return "the LSN goes back from \(last) to \(lsn): another state" }
        let missing = lsn - last
        guard missing > 1 else { return nil }
        return missing == 2
            ? "there is no entry of LSN \(last + 1)"
            : "there is no entry of LSN \(last + 1) to \(lsn - 1)"
    }
}
