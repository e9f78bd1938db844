import IPAM
import IPAMEngine

/// The engine and the simple model side by side. Each step is performed by both; what they say and
/// what they made of it is compared at once.
struct ModelPair: Sendable {
    private(set) var state: State
    private(set) var model: NaiveModel
    /// What the events say that is there: what a journal would bring back.
    private(set) var journaled: [ResourceKey: Journaled] = [:]
    /// The engine's tickets by those of the model.
    private var tickets: [NaiveWaitingRequest.Ticket: Ticket] = [:]
    private(set) var stepCount = 0
    /// Whether everything is compared so often that the dearest comparisons may be rarer.
    var isThoroughOften = false
    /// Of all encoded events in their order (FNV-1a): equal for equal runs.
    private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    /// How often what happened, to see that a run is worth its time.
    var tally = ModelTally()

    struct Journaled: Sendable {
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
            tally.internalCount += 1
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
