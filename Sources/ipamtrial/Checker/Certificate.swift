import IPAM

/// Proves that a history is strictly linearizable: the numbers of the answers are the order, so it
/// is a sort, a replay through the reference and a sweep of real time.
///
/// What has no answer may be anywhere behind what was known when it was asked, or nowhere. Where
/// numbers are missing, it is tried in; the dump at the end of the epoch has to come out.
struct Certificate {
    /// What the daemon holds after the epochs so far.
    private(set) var model: Reference
    private(set) var changeCount = 0
    private(set) var lookCount = 0
    private(set) var refusalCount = 0
    /// Entries in doubt, and how many of them turned out to be there.
    private(set) var doubtCount = 0
    private(set) var doubtsDone = 0

    init(_ model: Reference) { self.model = model }

    /// Takes an epoch; says what is wrong with it. After a finding the model is what was dumped as
    /// little as what was told, so nothing more can be checked.
    mutating func check(_ epoch: Epoch) -> [Finding] {
        let entries = epoch.entries
        let times = RealTime(entries, first: model.lsn, last: epoch.last.lsn)
        var findings = times.findings(entries)
        if epoch.last.lsn < model.lsn {
            findings.append(
                Finding("the daemon went back from LSN \(model.lsn) to \(epoch.last.lsn)"))
            return findings
        }
        for entry in entries where entry.lsn ?? 0 > epoch.last.lsn {
            findings.append(
                Finding("lost: only LSN \(epoch.last.lsn) is there, and this was told: \(entry)"))
        }
        guard findings.isEmpty else { return findings }
        var search = OrderSearch(epoch, times, from: model)
        guard let order = search.find() else {
            return [Finding(search.deepest)]
        }
        findings += replay(order, epoch, times)
        changeCount += order.values.reduce(0) { $0 + $1.count }
        doubtCount += entries.count { $0.isInDoubt }
        doubtsDone += order.values.reduce(0) { sum, ids in
            sum + ids.count { entries[$0].isInDoubt }
        }
        return findings
    }

    /// Goes through the states once more, in the order that was found, and compares each refusal
    /// with the states in which it may have been decided: one of them has to say the same.
    private mutating func replay(
        _ order: [UInt64: [Int]], _ epoch: Epoch, _ times: RealTime
    ) -> [Finding] {
        let entries = epoch.entries
        var open = entries.indices.filter { entries[$0].isDecidedRefusal }
            .sorted { times.floors[$0] < times.floors[$1] }[...]
        refusalCount += open.count
        lookCount += entries.count { $0.lsn != nil && !$0.hasChanged }
        var findings: [Finding] = []
        var current: [Int] = []
        while true {
            while let next = open.first, times.floors[next] <= model.lsn {
                current.append(next)
                open = open.dropFirst()
            }
            let lsn = model.lsn
            current.removeAll { index in
                let entry = entries[index]
                var state = model
                if state.perform(entry.ask, by: entry.uid) == entry.refusal { return true }
                guard times.ceilings[index] <= lsn else { return false }
                let span = "\(times.floors[index])...\(times.ceilings[index])"
                findings.append(Finding("no state of \(span) says so: \(entry)"))
                return true
            }
            guard model.lsn < epoch.last.lsn else { break }
            for (place, index) in (order[lsn + 1] ?? []).enumerated() {
                _ = model.perform(entries[index].ask, by: entries[index].uid, isServed: place > 0)
            }
            precondition(model.lsn == lsn + 1, "Each number of the order has its change.")
        }
        return findings
    }
}

extension Entry {
    var refusal: Said? {
        if case .refused(let code, let part) = outcome { .refused(code, part: part) } else { nil }
    }

    /// A refusal that says something of what the daemon holds. The others say something of the
    /// daemon, and can come at any time; that they change nothing is checked all the same.
    var isDecidedRefusal: Bool {
        guard case .refused(let code, _) = outcome else { return false }
        switch code {
        case .busy, .shuttingDown, .storageFull, .storageFailed, .stateDamaged, .outcomeUnknown,
            .quarantined, .cancelled:
            return false
        case .malformed, .unknownOpcode, .unknownField, .tooLarge, .invalid, .unknownKind,
            .invalidPrefix, .emptySelector, .notPermitted, .unknownNamespace, .notFound,
            .nameConflict, .nameTaken, .versionConflict, .ambiguous, .controlled, .inUse,
            .noSuitableParent, .noRoom, .parentNotFound, .parentNotAllocated, .parentNotSelected,
            .otherFamily, .requestTooLarge, .outsideParent, .lengthNotAllowed, .excluded,
            .quotaReached, .ownerOnly, .compacted, .userLimit:
            return true
        }
    }
}
