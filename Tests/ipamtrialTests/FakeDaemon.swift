import IPAM
import Seeded

@testable import ipamtrial

/// Answers as the daemon should, out of the reference: histories that are right, in which a test
/// then plants a lie.
struct FakeDaemon {
    private(set) var reference = Roots.reference(owner: 0)
    private(set) var time: UInt64 = 1000
    private(set) var entries: [Entry] = []

    var lsn: UInt64 { reference.lsn }

    /// Asks, and writes down the answer. Each question takes ten units of time.
    @discardableResult
    mutating func ask(_ ask: Ask, client: Int = 1) -> Entry {
        let entry = silently(ask, client: client)
        entries.append(entry)
        return entry
    }

    /// The same, and the answer gets lost.
    mutating func askInVain(_ ask: Ask, client: Int = 1) {
        var entry = silently(ask, client: client)
        entry.outcome = .unknown
        entries.append(entry)
    }

    /// The question was lost with its answer.
    mutating func loseQuestion(_ ask: Ask, client: Int = 1) {
        time += 10
        entries.append(
            Entry(
                client: client, ask: ask, invoked: time, returned: time + 5, outcome: .unknown))
    }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    private mutating func silently(_ ask: Ask, client: Int) -> Entry {
        time += 10
        let said = reference.perform(ask, by: 0)
        let outcome: Outcome =
            switch said {
            case .refused(let code, let part): .refused(code, part: part)
            case .applied, .allocated, .released, .deleted, .batch, .listed:
                .answered(Reply(lsn: reference.lsn, answer: Self.answer(said)))
            }
        return Entry(
            client: client, ask: ask, invoked: time, returned: time + 5, outcome: outcome)
    }

    /// What it holds, as it is read when nobody asks.
    mutating func dump() -> Dump {
        time += 10
        return Dump(
            lsn: reference.lsn, things: reference.things, invoked: time, returned: time + 5)
    }

    /// The epoch so far.
    mutating func epoch() -> Epoch {
        defer { entries = [] }
        return Epoch(entries: entries, last: dump())
    }

    /// The epoch so far, and as if the daemon had died then: everything that is in doubt was asked
    /// at one time, in an order that says nothing, and nobody heard of a refusal.
    mutating func epoch(
        ofDeathAt death: UInt64, shuffledBy generator: inout SeededGenerator
    ) -> Epoch {
        let doubts = entries.filter(\.isInDoubt).shuffled(using: &generator).map { entry in
            Entry(
                client: entry.client, ask: entry.ask, invoked: death + 6, returned: entry.returned,
                outcome: entry.outcome)
        }
        let told = entries.filter { entry in
            !entry.isInDoubt && (entry.invoked <= death || !entry.isDecidedRefusal)
        }
        entries = told + doubts
        return epoch()
    }

    // MARK: Answers

    static func answer(_ said: Said) -> Answer {
        switch said {
        case .applied: .applied(Answer.Applied(items: []))
        case .allocated(let thing, let isCreated):
            .allocated(Answer.Allocated(resource: resource(thing), isCreated: isCreated))
        case .released(let items): .released(released(items))
        case .deleted(let keys): .deleted(Answer.Deleted(keys: keys))
        case .batch(let parts): .batch(Answer.Batch(parts: parts.map(part)))
        case .listed(let things):
            .listed(Answer.Listed(items: things.map { Answer.Listed.Item(resource: resource($0)) }))
        case .refused: preconditionFailure("A refusal is no answer.")
        }
    }

    private static func part(_ said: Said) -> Answer.Batch.Part {
        switch said {
        case .allocated(let thing, let isCreated):
            .allocated(Answer.Allocated(resource: resource(thing), isCreated: isCreated))
        case .released(let items): .released(released(items))
        case .applied, .deleted, .batch, .listed, .refused:
            preconditionFailure("A part is a request or a release.")
        }
    }

    private static func released(_ items: [Said.Freed]) -> Answer.Released {
        Answer.Released(
            items: items.map { Answer.Released.Item(name: $0.name, block: $0.block) })
    }

    static func resource(_ thing: Thing) -> Resource {
        let time = Instant(milliseconds: 0)
        let index: UInt16 = thing.controller == nil ? 0 : 1
        return Resource(
            key: thing.key,
            uid: ResourceUID(incarnation: 7, lsn: thing.madeAt, index: index),
            version: thing.version, created: time, owner: thing.owner, labels: thing.labels,
            spec: thing.spec,
            status: thing.block.map { .allocated(Placement(block: $0, parent: thing.parent)) }
                ?? .pending,
            phaseSince: time, controller: thing.controller)
    }
}

extension Ask {
    static func request(
        _ name: String, length: UInt8, of parent: String = "best", asPrefix: Bool = false,
        wait: UInt32? = nil
    ) -> Ask {
        .command(
            .request(
                Command.Request(
                    namespace: Roots.namespace, name: name, prefixLength: length, parent: parent,
                    asPrefix: asPrefix, waitMilliseconds: wait)))
    }

    static func release(_ name: String) -> Ask {
        .command(.release(Command.Release(namespace: Roots.namespace, names: [name])))
    }

    static func get(_ name: String) -> Ask {
        .list(
            Query.List(
                kind: .prefixAllocation, namespace: Roots.namespace, names: [name]))
    }
}

/// All that the checkers say of a history.
func findings(_ epochs: [Epoch]) -> [Finding] {
    var certificate = Certificate(Roots.reference(owner: 0))
    for epoch in epochs {
        let findings = certificate.check(epoch)
        if !findings.isEmpty { return findings }
    }
    return IntervalCheck.findings(epochs)
}
