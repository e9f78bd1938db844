import IPAM
import IPAMEngine

extension ModelPair {
    /// After a refusal nothing is different, byte for byte.
    func compareBytes(_ faults: inout [String]) {
        // Of many objects now and then, or most of the time would go into this.
        guard journaled.count <= 16 || stepCount.isMultiple(of: 1 + journaled.count / 8) else {
            return
        }
        var count = 0
        state.visitResources { resource in
            count += 1
            if journaled[resource.key]?.bytes != resource.encoded {
                faults.append("\(resource.key) changed though nothing was to change")
            }
        }
        if count != journaled.count {
            faults.append("there are \(count) objects, not \(journaled.count) as before")
        }
    }

    /// What has just been written overlaps nothing in its parent, and the figures of all parents
    /// that were touched add up.
    func checkSpace(_ events: [Event], _ faults: inout [String]) {
        var parents: Set<ResourceKey> = []
        for event in events {
            if event.key.kind == .prefix { parents.insert(event.key) }
            guard case .put(let new) = event, new.key.kind == .prefixAllocation,
                journaled[new.key]?.resource == new, let placement = new.placement,
                let name = placement.parent
            else { continue }
            let parent = ResourceKey(
                kind: .prefix, namespace: new.key.namespace, name: name)
            parents.insert(parent)
            for other in journaled.values.map(\.resource)
            where other.key.kind == .prefixAllocation && other.key != new.key
                && other.key.namespace == new.key.namespace
            {
                guard let its = other.placement, its.parent == name,
                    its.block.overlaps(placement.block)
                else { continue }
                faults.append("\(new.key) and \(other.key) overlap in \(name)")
            }
        }
        for parent in parents.sorted() where journaled[parent] != nil {
            checkUsage(parent, &faults)
        }
    }

    private func checkUsage(_ parent: ResourceKey, _ faults: inout [String]) {
        let query = Query.Usage(namespace: parent.namespace, names: [parent.name])
        do throws(Refusal) {
            let reply = try state.answer(.usage(query), by: ModelComparison.administrator)
            guard case .usage(let page) = reply.answer, let usage = page.items.first,
                page.items.count == 1, let object = model.find(parent)
            else {
                faults.append("the usage of \(parent) has no figures")
                return
            }
            faults += ModelComparison.faults(usage, model.usage(of: object))
        } catch {
            faults.append("the usage of \(parent): \(error)")
        }
    }

    mutating func compare(_ query: Query, _ caller: Caller, _ faults: inout [String]) {
        tally.queryCount += 1
        switch query {
        case .explain(let explain):
            faults += ModelComparison.faults(explain, of: state, model, caller)
        case .list(let list): compareList(list.kind, caller, &faults)
        case .usage: compareUsage(&faults)
        case .who(let who): compareWho(who, caller, &faults)
        case .used, .check, .status, .backup, .namespaces, .metrics:
            preconditionFailure("The workload asks nothing of that kind.")
        }
    }

    private func compareList(
        _ kind: ResourceKind, _ caller: Caller, _ faults: inout [String]
    ) {
        guard caller.role != .stranger else { return }
        do throws(Refusal) {
            let reply = try state.answer(.list(.init(kind: kind)), by: caller)
            guard case .listed(let page) = reply.answer else { return }
            let expected = model.list(kind, by: caller)
            if page.items.map(\.resource.key) != expected.map(\.resource.key) {
                faults.append("other objects of the kind \(kind) are listed")
                return
            }
            for (item, expected) in zip(page.items, expected) {
                faults += ModelComparison.faults(
                    item.resource.key, item.resource, expected.resource, isDry: false)
                let reason = item.explanation?.reason
                if reason != expected.reason {
                    let (own, other) = (reason.text, expected.reason.text)
                    faults.append("\(item.resource.key) lists \(own), expected is \(other)")
                }
            }
        } catch {
            faults.append("the list of \(kind): \(error)")
        }
    }

    func compareUsage(_ faults: inout [String]) {
        do throws(Refusal) {
            let reply = try state.answer(.usage(.init()), by: ModelComparison.administrator)
            guard case .usage(let page) = reply.answer else { return }
            let expected = model.usage()
            if page.items.map(\.key) != expected.map(\.key) {
                faults.append("other Prefixes have figures than expected")
                return
            }
            for (own, other) in zip(page.items, expected) {
                faults += ModelComparison.faults(own, other)
            }
        } catch {
            faults.append("the usage: \(error)")
        }
    }

    /// The very blocks that are free, and those that are used and by whom, in numeric order.
    private func compareBlocks(_ faults: inout [String]) {
        for prefix in model.objects where prefix.key.kind == .prefix {
            let key = prefix.key
            let free = model.space(of: prefix)?.free ?? []
            if state.freeBlocks(of: key) != free {
                faults.append("\(key) has free \(state.freeBlocks(of: key)), expected is \(free)")
            }
            let holders = model.holders(of: key.name, in: key.namespace)
            let expected = holders.compactMap { holder in
                holder.placement.map {
                    Answer.UsedBlocks.Item(block: $0.block, allocation: holder.key.name)
                }
            }.sorted { $0.block < $1.block }
            do throws(Refusal) {
                let query = Query.Used(namespace: key.namespace, name: key.name)
                let reply = try state.answer(.used(query), by: ModelComparison.administrator)
                if reply.answer != .used(.init(items: expected)) {
                    faults.append("used of \(key) is \(reply.answer), expected is \(expected)")
                }
            } catch {
                faults.append("used of \(key): \(error)")
            }
        }
    }

    /// Who has a block: in each namespace, from each root down.
    private func compareWho(_ who: Query.Who, _ caller: Caller, _ faults: inout [String]) {
        guard caller.role != .stranger else { return }
        do throws(Refusal) {
            let reply = try state.answer(.who(who), by: caller)
            guard case .found(let page) = reply.answer else { return }
            let found = page.resources.map(\.key)
            let expected = model.chains(to: who.prefix, by: caller).map(\.key)
            if found != expected || page.next != nil {
                faults.append("\(who.prefix) is found in \(found), expected is \(expected)")
            }
        } catch {
            faults.append("who has \(who.prefix): \(error)")
        }
    }

    /// Everything there is.
    func compareAll(_ faults: inout [String]) {
        compareBytes(&faults)
        for kind in ResourceKind.allCases {
            compareList(kind, ModelComparison.administrator, &faults)
        }
        compareUsage(&faults)
        if isThoroughOften, !stepCount.isMultiple(of: 4) { return }
        compareBlocks(&faults)
        faults += state.violations().map { "violation: \($0)" }
    }
}
