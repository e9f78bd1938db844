import IPAM

extension State {
    /// What does not hold of this state, a sentence each; nothing in a sound one.
    ///
    /// It trusts none of what is derived: it compares every block with every index.
    package func violations() -> [String] {
        var violations: [String] = []
        var owned: [UInt32: Int] = [:]
        namespaces.visit { namespace in
            violations += namespace.violations().map { "namespace \(namespace.name): \($0)" }
            namespace.visit(.prefixAllocation) { owned[$0.owner, default: 0] += 1 }
            return violations.count < Limits.pageItemsMax
        }
        let isCounted =
            allocationsByOwner.count == owned.count
            && owned.allSatisfy { allocationsByOwner[$0.key] == $0.value }
        if violations.isEmpty, !isCounted {
            violations.append("the allocations and their number by user differ")
        }
        return violations
    }
}

extension Namespace {
    fileprivate func violations() -> [String] {
        var violations: [String] = []
        /// How many allocations are placed in each Prefix.
        var counts: [String: Int] = [:]
        visit(.prefixAllocation) { allocation in
            violations += faults(ofAllocation: allocation)
            if let parent = allocation.placement?.parent { counts[parent, default: 0] += 1 }
        }
        visit(.prefix) { prefix in
            violations += faults(of: prefix)
            violations += faults(
                ofSpaceIn: prefix, holding: counts.removeValue(forKey: prefix.name))
        }
        for parent in counts.keys.sorted() {
            violations.append("allocations are placed in \(parent), which does not exist")
        }
        if prefixNames.count != prefixes.count {
            violations.append("the Prefixes and the list of their outlines differ")
        }
        if let fault = prefixesByLabel.fault(of: prefixes) {
            violations.append(fault)
        }
        if let fault = waiting.fault { violations.append(fault) }
        return violations
    }

    private func faults(ofAllocation allocation: Resource) -> [String] {
        let name = allocation.key.name
        var faults: [String] = []
        if allocation.isWaiting != waiting.contains(WaitingKey(allocation)) {
            faults.append("\(name) and the list of those who wait differ")
        }
        if let placement = allocation.placement {
            if !allocation.spec.accepts(placement.block) {
                faults.append("\(name) holds \(placement.block), which it did not ask for")
            }
            let space = placement.parent.flatMap { prefixes[$0]?.space }
            if let space, space.used[placement.block.number] != allocation {
                faults.append("\(name) is not in the list of used blocks of its parent")
            }
        }
        if let controller = allocation.controller {
            let prefix = prefixes[controller]?.resource
            if prefix?.placement != allocation.placement || prefix?.controlledName != name {
                faults.append("\(name) and the Prefix \(controller) that owns it differ")
            }
        }
        return faults
    }

    private func faults(of prefix: Resource) -> [String] {
        let name = prefix.key.name
        var faults: [String] = []
        if !prefix.spec.isRoot, controlledAllocation(of: prefix)?.controller != name {
            faults.append("the child \(name) controls no allocation")
        }
        let isRoot = prefix.placement.map { $0.parent == nil } ?? false
        let isListed =
            prefix.placement.map { roots.contains(.init(block: $0.block, name: name)) } ?? false
        if isRoot != isListed || (isRoot && !prefix.spec.isRoot) {
            faults.append("\(name) and the list of roots differ")
        }
        let node = prefixes[name]
        if node?.space?.block != prefix.placement?.block {
            faults.append("\(name) and its space differ")
        }
        if node?.space?.outline != node.flatMap({ outlines[$0.place] })
            || node?.place != prefixNames[name]
        {
            faults.append("\(name) and its outline differ")
        }
        return faults
    }

    /// No two blocks overlap, each is inside, and used and free make the whole. That each
    /// allocation is in the list of those who use this space has been seen already: if there are as
    /// many in it, there is nobody else.
    private func faults(ofSpaceIn prefix: Resource, holding count: Int?) -> [String] {
        let name = prefix.name
        guard let space = prefixes[name]?.space else {
            return count == nil ? [] : ["\(name) is not Allocated and holds allocations"]
        }
        var faults: [String] = []
        var free = Gaps(space.block, besides: closed(of: prefix, space))
        var last: Resource?
        space.used.visit { _, allocation in
            guard let block = allocation.placement?.block, block.length > space.block.length,
                space.block.contains(block)
            else {
                faults.append("\(allocation.ownedBlock) is not inside \(name)")
                return true
            }
            if let last, let before = last.placement?.block,
                before.lastAddress >= block.firstAddress
            {
                faults.append(
                    "in \(name), \(last.ownedBlock) and \(allocation.ownedBlock) overlap")
            }
            last = allocation
            free.close(block)
            return faults.count < Limits.pageItemsMax
        }
        if space.used.count != count ?? 0 || free.blocks != space.free.blocks {
            faults.append("used and free blocks of \(name) do not make its whole")
        }
        let usage = space.usage(of: prefix.key)
        let parts = [usage.used, usage.free, usage.reserved, usage.excluded, usage.held]
        if AddressCount(parts.flatMap(\.self), space.block.family) != usage.addresses {
            faults.append("the amounts of \(name) do not make its whole")
        }
        return faults
    }

    /// What the parent itself keeps back, as it follows from its spec.
    private func closed(of prefix: Resource, _ space: Space) -> IPPrefixSet {
        let policy = prefix.spec.policy ?? PrefixPolicy()
        return policy.excluded(of: space.block).union(policy.reserved.clipped(to: space.block))
            .union(IPPrefixSet(space.hold.map { [$0.block] } ?? []))
    }
}

/// What is free in a block, made anew: what is left between those that are not.
private struct Gaps {
    private let whole: IPPrefix
    private var closed: ArraySlice<IPPrefix>
    private var found: [IPPrefix] = []
    /// The first address behind all that is closed so far; nothing behind the last one there is.
    private var next: UInt128?

    init(_ whole: IPPrefix, besides closed: IPPrefixSet) {
        self.whole = whole
        self.closed = closed.prefixes[...]
        next = whole.number
    }

    /// - Precondition: it is not before one that was closed already.
    mutating func close(_ block: IPPrefix) {
        while let first = closed.first, first.number <= block.number {
            skip(first)
            closed.removeFirst()
        }
        skip(block)
    }

    /// The largest blocks that are not closed, in numeric order.
    var blocks: [IPPrefix] {
        var gaps = self
        for block in closed { gaps.skip(block) }
        if let next = gaps.next { gaps.add(next, upTo: whole.lastAddress.number) }
        return gaps.found
    }

    private mutating func skip(_ block: IPPrefix) {
        guard let next else { return }
        if block.number > next { add(next, upTo: block.number - 1) }
        let (behind, isOver) = block.lastAddress.number.addingReportingOverflow(1)
        self.next = isOver ? nil : max(next, behind)
    }

    private mutating func add(_ first: UInt128, upTo last: UInt128) {
        guard first <= last else { return }
        let range = IPPrefixSet(
            first: IPAddress(number: first, family: whole.family),
            last: IPAddress(number: last, family: whole.family))
        found += range.prefixes
    }
}

extension Resource {
    /// A block, its allocation and the user whose it is: `10.0.0.0/26 of web-1 (uid 1000)`.
    var ownedBlock: String {
        let block = placement.map { "\($0.block)" } ?? "nothing"
        return "\(block) of \(key.name) (uid \(owner))"
    }
}
