import IPAM

/// The space of one Prefix at one moment: what stands in it, as lists.
struct NaiveSpace {
    let whole: IPPrefix
    let used: [IPPrefix]
    let excluded: [IPPrefix]
    let reserved: [IPPrefix]
    let held: [IPPrefix]

    /// What a search can give out: the largest aligned blocks with nothing in them, ascending.
    var free: [IPPrefix] { blocks(in: whole, without: used + excluded + reserved + held) }

    /// The largest aligned blocks of which every address is in one of `wanted`, and in none of
    /// `others`.
    func blocks(of wanted: [IPPrefix], without others: [IPPrefix]) -> [IPPrefix] {
        var found: [IPPrefix] = []
        collect(whole, wanted.filter(whole.overlaps), others.filter(whole.overlaps), &found)
        return found
    }

    private func blocks(in block: IPPrefix, without others: [IPPrefix]) -> [IPPrefix] {
        blocks(of: [block], without: others)
    }

    /// Halves a block until each part is wholly in or wholly out.
    private func collect(
        _ block: IPPrefix, _ wanted: [IPPrefix], _ others: [IPPrefix], _ found: inout [IPPrefix]
    ) {
        if wanted.isEmpty || others.contains(where: { $0.contains(block) }) { return }
        if others.isEmpty, isCovered(block, by: wanted) {
            found.append(block)
            return
        }
        let halves = block.halves
        for half in [halves.0, halves.1] {
            collect(
                half, wanted.filter(half.overlaps), others.filter(half.overlaps), &found)
        }
    }

    /// Whether blocks, which may overlap, leave nothing out of another one.
    private func isCovered(_ block: IPPrefix, by blocks: [IPPrefix]) -> Bool {
        if blocks.contains(where: { $0.contains(block) }) { return true }
        if blocks.isEmpty || block.length == block.family.addressBits { return false }
        let halves = block.halves
        return isCovered(halves.0, by: blocks.filter(halves.0.overlaps))
            && isCovered(halves.1, by: blocks.filter(halves.1.overlaps))
    }
}

extension IPPrefix {
    /// How many addresses there are; nothing here is as large as all of IPv6.
    var addressCount: UInt128 {
        precondition(
            length > 0 || family == .ipv4, "The simple model does not count all of IPv6.")
        return 1 << UInt128(family.addressBits - length)
    }
}

extension [IPPrefix] {
    /// The addresses of disjoint blocks.
    var addressCount: UInt128 { reduce(0) { $0 + $1.addressCount } }

    /// How many blocks there are of each length.
    var lengthCounts: [LengthCount] {
        Set(map(\.length)).sorted().map { length in
            LengthCount(length: length, count: UInt64(count { $0.length == length }))
        }
    }
}

extension NaiveModel {
    /// The space of an Allocated Prefix, as a claim sees it: its own hold is in nobody's way.
    func space(of parent: Resource, seenBy claimant: NaiveClaimant? = nil) -> NaiveSpace? {
        guard let whole = parent.placement?.block else { return nil }
        let namespace = parent.key.namespace
        return NaiveSpace(
            whole: whole,
            used: holders(of: parent.key.name, in: namespace).compactMap(\.placement?.block),
            excluded: Self.excluded(by: parent.spec.policy, of: whole),
            reserved: parent.spec.policy?.reserved.prefixes ?? [],
            held: holds.filter {
                $0.parent == parent.key.name && $0.namespace == namespace && $0.claimant != claimant
            }.map(\.block))
    }

    /// What is written, and the first and the last address of an IPv4 Prefix, the first of an
    /// IPv6 one, unless the Prefix is a link between two or a single address.
    static func excluded(by policy: PrefixPolicy?, of whole: IPPrefix) -> [IPPrefix] {
        guard let policy else { return [] }
        var excluded = policy.excluded.prefixes
        let bits = whole.family.addressBits
        if policy.excludesNetworkAndBroadcast, whole.length < bits - 1 {
            excluded.append(IPPrefix(containing: whole.firstAddress, length: bits))
            if whole.family == .ipv4 {
                excluded.append(IPPrefix(containing: whole.lastAddress, length: bits))
            }
        }
        return excluded
    }

    /// The figures of a Prefix: each address counts once, used before excluded before reserved
    /// before held.
    func usage(of prefix: Resource) -> PrefixUsage {
        guard let space = space(of: prefix) else {
            return PrefixUsage(key: prefix.key, block: nil)
        }
        let free = space.free
        let excluded = space.blocks(of: space.excluded, without: space.used)
        let reserved = space.blocks(of: space.reserved, without: space.used + space.excluded)
        let held = space.blocks(
            of: space.held, without: space.used + space.excluded + space.reserved)
        let shortest = free.map(\.length).min()
        return PrefixUsage(
            key: prefix.key, block: space.whole, allocationCount: UInt64(space.used.count),
            used: space.used.lengthCounts, free: free.lengthCounts,
            reserved: reserved.lengthCounts, excluded: excluded.lengthCounts,
            held: held.lengthCounts, largestFree: free.first { $0.length == shortest })
    }
}
