import IPAM
import IPAMEngine

/// The engine and the simple model side by side. Each step is performed by both; what they say and
/// what they made of it is compared at once.
struct ModelPair: Sendable {
    private(set) var state: State
    private(set) var model: NaiveModel
    /// What the events say that is there: what a journal would bring back.
    private var journaled: [ResourceKey: Journaled] = [:]
    /// The engine's tickets by those of the model.
    private var tickets: [NaiveWaitingRequest.Ticket: Ticket] = [:]
    private(set) var stepCount = 0
    /// Of all encoded events in their order (FNV-1a): equal for equal runs.
    private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    /// How often what happened, to see that a run is worth its time.
    private(set) var tally = ModelTally()

    private struct Journaled: Sendable {
        let resource: Resource
        let bytes: [UInt8]
    }

    init() {
        state = State(incarnation: 7)
        model = NaiveModel(incarnation: 7)
    }

    /// Performs a step, and says where the two differ, a sentence each.
    mutating func perform(_ step: ModelStep, isThorough: Bool) -> [String] {
        stepCount += 1
        var faults: [String] = []
        let holdsBefore = model.holds
        let lsnBefore = state.lsn
        switch step.action {
        case .command(let command, let caller):
            perform(command, caller, step.now, &faults)
        case .withdraw(let index): withdraw(index, step.now, &faults)
        case .query(let query, let caller): compare(query, caller, &faults)
        }
        tally.holdCount += model.holds.count { !holdsBefore.contains($0) }
        tally.heldAtOnceMost = max(tally.heldAtOnceMost, model.holds.count)
        guard faults.isEmpty, isThorough else { return faults }
        // Where nothing was to change, what is held is what might have changed all the same.
        if state.lsn == lsnBefore { compareUsage(&faults) } else { compareAll(&faults) }
        return faults
    }

    private mutating func perform(
        _ command: Command, _ caller: Caller, _ now: Instant, _ faults: inout [String]
    ) {
        let outcome = model.perform(command, by: caller, at: now)
        do throws(Refusal) {
            let decision = try state.execute(command, by: caller, at: now)
            switch (decision.outcome, outcome) {
            case (.reply(let reply), .done(let answer, let change)):
                faults += ModelComparison.faults(reply.answer, answer, isDry: command.isDryRun)
                if reply.lsn != change.lsn {
                    faults.append("the LSN is \(reply.lsn), expected is \(change.lsn)")
                }
                tally.doneCount += 1
                if command.isDryRun || change.touched.isEmpty { compareBytes(&faults) }
                take(
                    decision.consequences.events, decision.consequences.served, change, now,
                    &faults)
            case (.waits(let ticket), .waits(let expected)):
                tickets[expected] = ticket
                tally.waitCount += 1
                compareBytes(&faults)
                let change = NaiveChange(lsn: model.lsn)
                take(
                    decision.consequences.events, decision.consequences.served, change, now,
                    &faults)
            case (.reply(let reply), .waits), (.reply(let reply), .refused):
                faults.append("the answer is \(reply.answer.short), expected is \(outcome.short)")
            case (.waits, .done), (.waits, .refused):
                faults.append("the request waits, expected is \(outcome.short)")
            }
        } catch {
            guard case .refused(let expected) = outcome else {
                faults.append("refused as \(error), expected is \(outcome.short)")
                return
            }
            faults += ModelComparison.faults(error, expected)
            tally.refused(error.code)
            compareBytes(&faults)
        }
    }

    private mutating func withdraw(_ index: Int, _ now: Instant, _ faults: inout [String]) {
        guard index < model.requests.count else { return }
        let ticket = model.requests[index].ticket
        guard let own = tickets.removeValue(forKey: ticket),
            let expected = model.withdraw(ticket, at: now)
        else {
            faults.append("the request \(ticket) has no ticket")
            return
        }
        switch (state.withdraw(own), expected.refusal) {
        case (.failure(let refusal), let expected?):
            faults += ModelComparison.faults(refusal, expected)
        case (.success, nil): break
        case (.success(let reply), let expected?):
            faults.append("withdrawn with \(reply.answer.short), expected is \(expected.codes)")
        case (.failure(let refusal), nil):
            faults.append("withdrawn with \(refusal), expected is an answer")
        case (nil, _): faults.append("the engine does not know that the request waits")
        }
        take([], [], expected.change, now, &faults)
    }

    /// Takes over what a change brought, the backlog included, and compares it.
    private mutating func take(
        _ firstEvents: [Event], _ firstServed: [Served], _ expected: NaiveChange,
        _ now: Instant, _ faults: inout [String]
    ) {
        var events = firstEvents
        var served = firstServed
        while state.hasBacklog {
            let more = state.executeBacklog(at: now)
            events += more.events
            served += more.served
        }
        for event in events { note(event, &faults) }
        for key in Set(events.map(\.key) + expected.touched).sorted() {
            let own = journaled[key]?.resource
            if state.resource(key) != own { faults.append("\(key) differs from its event") }
            faults += ModelComparison.faults(key, own, model.find(key), isDry: false)
        }
        compare(served, expected.served, &faults)
        guard faults.isEmpty else { return }
        if state.lsn != model.lsn { faults.append("at \(state.lsn), expected is \(model.lsn)") }
        checkSpace(events, &faults)
    }

    private mutating func note(_ event: Event, _ faults: inout [String]) {
        let bytes = event.encoded
        for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
        switch event {
        case .put(let resource):
            journaled[resource.key] = Journaled(resource: resource, bytes: resource.encoded)
        case .remove(let key):
            if journaled.removeValue(forKey: key) == nil { faults.append("\(key) was not there") }
        }
    }

    /// The end of a request that the model lets wait: right if it is doomed.
    private mutating func isDoomed(_ served: Served) -> Bool {
        guard case .failure(let refusal) = served.outcome,
            let ticket = tickets.first(where: { $0.value == served.ticket })?.key,
            model.endDoomed(ticket, as: refusal.code)
        else { return false }
        tickets.removeValue(forKey: ticket)
        return true
    }

    private mutating func compare(
        _ served: [Served], _ expected: [NaiveChange.Served], _ faults: inout [String]
    ) {
        var left = served
        for expected in expected {
            let own = tickets.removeValue(forKey: expected.ticket)
            guard let index = left.firstIndex(where: { $0.ticket == own }) else {
                let end = expected.answer.map { Answer.allocated($0).short } ?? "a refusal"
                faults.append("a waiting request is not served, expected is \(end)")
                continue
            }
            tally.servedCount += 1
            switch (left.remove(at: index).outcome, expected.answer, expected.refusal) {
            case (.success(let reply), let answer?, _):
                faults += ModelComparison.faults(reply.answer, .allocated(answer), isDry: false)
            case (.failure(let refusal), nil, let expected?):
                faults += ModelComparison.faults(refusal, expected)
            case (.success(let reply), nil, _):
                faults.append("served with \(reply.answer.short), expected is a refusal")
            case (.failure(let refusal), _, _):
                faults.append("a waiting request is refused: \(refusal), expected is an answer")
            }
        }
        for served in left where !isDoomed(served) {
            faults.append("unexpectedly served: \(served.outcome)")
        }
    }
}

extension ModelPair {
    /// After a refusal nothing is different, byte for byte.
    private func compareBytes(_ faults: inout [String]) {
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
    private func checkSpace(_ events: [Event], _ faults: inout [String]) {
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

    private mutating func compare(_ query: Query, _ caller: Caller, _ faults: inout [String]) {
        tally.queryCount += 1
        switch query {
        case .explain(let explain):
            faults += ModelComparison.faults(explain, of: state, model, caller)
        case .list(let list): compareList(list.kind, caller, &faults)
        case .usage: compareUsage(&faults)
        case .used, .check, .status, .who, .backup:
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

    private func compareUsage(_ faults: inout [String]) {
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

    /// Everything there is.
    private func compareAll(_ faults: inout [String]) {
        compareBytes(&faults)
        for kind in ResourceKind.allCases {
            compareList(kind, ModelComparison.administrator, &faults)
        }
        compareUsage(&faults)
        faults += state.violations().map { "violation: \($0)" }
    }
}
