internal import IPAM

/// Finds where others have space in a Prefix, for users who are told only of their own.
///
/// `usage` says how much of each length is used, `explain` whether one could have a very block.
/// So halves are asked for, the largest first, until what was found is what `usage` says, or
/// the questions are used up: then a block is shown as used of which only a part is.
struct OthersSpace {
    /// A picture has some thousand cells, so more would not be seen.
    static let questionsMax = 6000

    private(set) var found: [IPPrefix] = []
    private(set) var questions = 0
    /// Whether some of what was found may be used only in part.
    private(set) var isRough = false

    /// Looks in a Prefix. `own` is what the user knows of in it, child Prefixes among it.
    mutating func look<Fault: Error>(
        in region: AddressMap.Region, _ usage: PrefixUsage, own: [IPPrefix],
        canBeHad: (IPPrefix) throws(Fault) -> Bool?
    ) throws(Fault) {
        guard let length = Self.finestLength(usage, own) else { return }
        let known = IPPrefixSet(own)
        let excluded = region.policy?.excluded(of: region.block) ?? IPPrefixSet()
        let askable = (region.policy?.minLength ?? 0)...(region.policy?.maxLength ?? 128)
        // With each block whether it is known that something around it is used.
        var queue: [(block: IPPrefix, isSuspect: Bool)] = [(region.block, false)]
        var next = 0
        while next < queue.count {
            let (block, isSuspect) = queue[next]
            next += 1
            if known.contains(block) || excluded.contains(block) { continue }
            let isPure = !known.overlaps(block) && !excluded.overlaps(block)
            let isAsked =
                isPure && askable.contains(block.length) && block.length > region.block.length
                && questions < Self.questionsMax
            var isTaken = isPure && isSuspect
            if isAsked {
                questions += 1
                let answer = try canBeHad(block)
                if answer == true { continue }
                isTaken = answer == false
            }
            if block.length < length, questions < Self.questionsMax {
                queue += [(block.halves.0, isTaken), (block.halves.1, isTaken)]
            } else if isTaken {
                found.append(block)
                if !isAsked || block.length < length { isRough = true }
            }
        }
    }

    /// What an answer of `explain` to a very prefix says: free, used at least in part, or nothing,
    /// as where a quota is reached.
    static func verdict(_ candidate: Answer.Explained.Candidate?) -> Bool? {
        guard let candidate, candidate.offer == nil else { return candidate.map { _ in true } }
        return candidate.reason == .noRoom ? false : nil
    }

    /// The prefix length of the smallest block that others have; nothing if they have none.
    private static func finestLength(_ usage: PrefixUsage, _ own: [IPPrefix]) -> UInt8? {
        var counts: [UInt8: UInt64] = [:]
        for block in own { counts[block.length, default: 0] += 1 }
        return usage.used.last { $0.count > counts[$0.length] ?? 0 }?.length
    }
}
