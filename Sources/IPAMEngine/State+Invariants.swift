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
        var holdings: [String: [(block: IPPrefix, allocation: String)]] = [:]
        visit(.prefixAllocation) { allocation in
            violations += faults(ofAllocation: allocation)
            if let placement = allocation.placement, let parent = placement.parent {
                holdings[parent, default: []].append((placement.block, allocation.key.name))
            }
        }
        visit(.prefix) { prefix in
            violations += faults(of: prefix)
            let held = holdings.removeValue(forKey: prefix.key.name) ?? []
            violations += faults(of: prefix, holding: held)
        }
        for parent in holdings.keys.sorted() {
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
        if let block = allocation.placement?.block, !allocation.spec.accepts(block) {
            faults.append("\(name) holds \(block), which it did not ask for")
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

    /// No two blocks overlap, each is inside, and used and free make the whole.
    private func faults(
        of prefix: Resource, holding held: [(block: IPPrefix, allocation: String)]
    ) -> [String] {
        let name = prefix.key.name
        guard let space = prefixes[name]?.space else {
            return held.isEmpty ? [] : ["\(name) is not Allocated and holds allocations"]
        }
        var faults: [String] = []
        let sorted = held.sorted { $0.block < $1.block }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.block.overlaps(right.block)
        {
            faults.append(
                "in \(name), \(ownedBlock(left.allocation)) and \(ownedBlock(right.allocation)) "
                    + "overlap")
        }
        for (block, allocation) in sorted {
            if space.holder(of: block) != allocations[allocation] {
                faults.append("\(allocation) in \(name) is not in the list of used blocks")
            }
            if block.length <= space.block.length || !space.block.contains(block) {
                faults.append("\(block) of \(allocation) is not inside \(name)")
            }
        }
        if space.used.count != sorted.count
            || free(in: prefix, besides: sorted.map(\.block)) != space.free.blocks
        {
            faults.append("used and free blocks of \(name) do not make its whole")
        }
        let usage = space.usage(of: prefix.key)
        let parts = [usage.used, usage.free, usage.reserved, usage.excluded, usage.held]
        if AddressCount(parts.flatMap(\.self), space.block.family) != usage.addresses {
            faults.append("the amounts of \(name) do not make its whole")
        }
        return faults
    }

    private func ownedBlock(_ name: String) -> String {
        allocations[name]?.ownedBlock ?? name
    }

    /// The free blocks as they follow from the policy and from what is held, made anew.
    private func free(in prefix: Resource, besides held: [IPPrefix]) -> [IPPrefix] {
        guard let block = prefix.placement?.block else { return [] }
        let policy = prefix.spec.policy ?? PrefixPolicy()
        var closed = policy.excluded(of: block).union(policy.reserved.clipped(to: block))
        closed = closed.union(IPPrefixSet(held))
        if let hold = prefixes[prefix.key.name]?.space?.hold {
            closed = closed.union(IPPrefixSet([hold.block]))
        }
        var free = FreeSpace(block)
        for prefix in closed.prefixes { free.takeAll(in: prefix) }
        return free.blocks
    }
}

extension Resource {
    /// A block, its allocation and the user whose it is: `10.0.0.0/26 of web-1 (uid 1000)`.
    var ownedBlock: String {
        let block = placement.map { "\($0.block)" } ?? "nothing"
        return "\(block) of \(key.name) (uid \(owner))"
    }
}
