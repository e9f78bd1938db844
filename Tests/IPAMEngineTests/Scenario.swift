import IPAM
import IPAMEngine
import Testing

/// Runs a table of commands, one a line, each with what must come of it:
///
///     root     NAME PREFIX [label k=v,...] [POLICY]               -> allocated | CODE
///     child    NAME [length N] [prefix P] [from PARENT] [select S] [family F] [POLICY]
///                                                                 -> BLOCK | REASON
///     claim    NAME ...as child, but a PrefixAllocation           -> BLOCK | REASON
///     request  NAME ...as child, or [addresses N]; [any yes] [spread yes] [divide yes]
///                  [wait MS]                                      -> BLOCK | CODE | waits
///     batch    request NAME ... ; release NAME ...                -> BLOCK, released | CODE
///     release  NAME|BLOCK                                         -> released | CODE
///     delete   prefix/NAME|prefixallocation/NAME ...              -> deleted | CODE
///     label    NAME k=v,...                                       -> configured | unchanged
///     policy   NAME [POLICY]                                      -> configured | unchanged
///     used     NAME                                               -> BLOCK ... | nothing
///     free     NAME                                               -> BLOCK ... | nothing
///     show     prefix/NAME|prefixallocation/NAME                  -> BLOCK | REASON | absent
///     told     NAME                                               -> BLOCK | CODE | nothing
///     withdraw NAME                                               -> CODE
///     who      BLOCK                                              -> NAME NAME ...
///     user     UID                                                -> agent | administrator
///     pass     N                                                  -> passed
///
/// POLICY: [strategy S] [min N] [max N] [default N] [reserved R,R] [excluded R,R] [ends yes]
/// [quota Q] [each Q] [owner yes]. `told` is what a request that waited was told; `pass` lets N
/// changes go by. After each line the state is sound, a refusal has left no trace, and the
/// events so far build the same state anew.
func scenario(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var run = ScenarioRun()
    for line in text.split(separator: "\n") {
        let sides = line.components(separatedBy: "->")
        #expect(sides.count == 2, "\(line)", sourceLocation: sourceLocation)
        let outcome = run.perform(sides[0].words)
        let expected = sides[1].words.joined(separator: " ")
        #expect(outcome == expected, "\(line)", sourceLocation: sourceLocation)
        #expect(run.state.violations() == [], "\(line)", sourceLocation: sourceLocation)
        #expect(run.isReplayable, "\(line)", sourceLocation: sourceLocation)
    }
}

let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)

struct ScenarioRun {
    var state = State(incarnation: 7)
    var events: [Event] = []
    var caller = administrator
    /// The names of requests that wait, and what those were told that did.
    var tickets: [Ticket: String] = [:]
    var told: [String: String] = [:]
    /// Is shown what each command brought about.
    var observe: (Consequences, UInt64) -> Void = { _, _ in }
    private var clock: UInt64 = 0

    mutating func perform(_ words: [String]) -> String {
        let arguments = Arguments(words.dropFirst(2))
        let name = words[1]
        switch words[0] {
        case "root", "child":
            return apply(manifest(.prefix, name, arguments))
        case "claim": return apply(manifest(.prefixAllocation, name, arguments))
        case "label": return relabel(name, words[2])
        case "request": return request(name, arguments)
        case "release": return result(.release(Self.release(name)))
        case "delete":
            let keys = words.dropFirst().map(Self.key)
            return result(.delete(.init(keys: keys)))
        case "batch": return batch(Array(words.dropFirst()))
        case "policy": return policy(name, arguments)
        case "used": return used(name)
        case "free": return free(name)
        case "told": return told[name] ?? "nothing"
        case "withdraw": return withdraw(name)
        case "who": return who(name)
        case "user": return user(name)
        case "pass": return pass(Int(name) ?? 0)
        case "show": return show(Self.key(name))
        default: return "unknown word \(words[0])"
        }
    }

    mutating func execute(_ command: Command) throws(Refusal) -> Decision {
        clock += 1000
        let before = state.summary
        let decision: Decision
        do throws(Refusal) {
            decision = try state.execute(command, by: caller, at: Instant(milliseconds: clock))
        } catch {
            #expect(state.summary == before, "A refusal leaves no trace: \(command)")
            throw error
        }
        note(decision.consequences)
        finishBacklog()
        return decision
    }

    private mutating func finishBacklog() {
        while state.hasBacklog { note(state.executeBacklog(at: Instant(milliseconds: clock))) }
    }

    private mutating func note(_ consequences: Consequences) {
        events += consequences.events
        if !consequences.events.isEmpty { observe(consequences, state.lsn) }
        for served in consequences.served {
            guard let name = tickets.removeValue(forKey: served.ticket) else { continue }
            switch served.outcome {
            case .success(let reply): told[name] = Self.text(reply.answer)
            case .failure(let refusal): told[name] = "\(refusal.code)"
            }
        }
    }

    /// Whether recovery would build the same objects, and a sound state. What is free follows
    /// from them, but for what claims keep for themselves: that is in no journal.
    var isReplayable: Bool {
        var copy = State(incarnation: 7)
        for event in events {
            if let fault = copy.fault(of: event) {
                Issue.record("\(fault)")
                return false
            }
            copy.apply(event)
        }
        copy.advance(to: state.lsn)
        return copy.summary.resources == state.summary.resources && copy.violations() == []
    }

    private mutating func apply(_ manifest: Manifest) -> String {
        do throws(Refusal) {
            _ = try execute(.apply(.init(manifests: [manifest])))
        } catch {
            return "\(error.code)"
        }
        let text = show(manifest.key)
        return manifest.parent == nil && manifest.selector == nil && text == manifest.prefix
            ? "allocated" : text
    }

    private mutating func relabel(_ name: String, _ labels: String) -> String {
        reapply(name) { $0.labels = labelled(labels) }
    }

    private mutating func policy(_ name: String, _ arguments: Arguments) -> String {
        reapply(name) { $0.policy = arguments.policy ?? Manifest.Policy() }
    }

    private mutating func reapply(_ name: String, _ change: (inout Manifest) -> Void) -> String {
        let key = ResourceKey(kind: .prefix, namespace: "default", name: name)
        guard let old = state.resource(key) else { return "absent" }
        var manifest = Manifest(key: key)
        manifest.ipFamily = old.spec.family.description
        manifest.prefix = old.spec.prefix?.description
        manifest.prefixLength = old.spec.prefixLength.map(Int64.init)
        manifest.parent = old.spec.parent
        manifest.selector = old.spec.selector
        change(&manifest)
        return result(.apply(.init(manifests: [manifest])))
    }

    private mutating func request(_ name: String, _ arguments: Arguments) -> String {
        let decision: Decision
        do throws(Refusal) {
            decision = try execute(.request(arguments.request(name)))
        } catch {
            return "\(error.code)"
        }
        switch decision.outcome {
        case .reply(let reply): return Self.text(reply.answer)
        case .waits(let ticket):
            tickets[ticket] = name
            return "waits"
        }
    }

    private mutating func batch(_ words: [String]) -> String {
        let parts = words.split(separator: ";").map { words -> Command.Batch.Part in
            let words = Array(words)
            return words[0] == "request"
                ? .request(Arguments(words.dropFirst(2)).request(words[1]))
                : .release(Self.release(words[1]))
        }
        return result(.batch(.init(parts: parts)))
    }

    private mutating func withdraw(_ name: String) -> String {
        guard let ticket = tickets.first(where: { $0.value == name })?.key else { return "absent" }
        tickets[ticket] = nil
        defer { finishBacklog() }
        return switch state.withdraw(ticket) {
        case .success(let reply): Self.text(reply.answer)
        case .failure(let refusal): "\(refusal.code)"
        case nil: "absent"
        }
    }

    private func who(_ text: String) -> String {
        guard let block = prefix(text) else { return "no prefix" }
        do throws(Refusal) {
            guard
                case .found(let found) = try state.answer(
                    .who(.init(prefix: block)), by: caller
                ).answer
            else { return "" }
            return found.resources.map(\.key.name).joined(separator: " ")
        } catch {
            return "\(error.code)"
        }
    }

    private mutating func user(_ uid: String) -> String {
        let number = UInt32(uid) ?? 0
        caller = Caller(uid: number, gid: 0, pid: 1, role: number == 0 ? .administrator : .agent)
        return "\(caller.role)"
    }

    /// Makes changes in a namespace of their own.
    private mutating func pass(_ count: Int) -> String {
        let key = ResourceKey(kind: .prefix, namespace: "elsewhere", name: "root")
        for index in 0..<count {
            let note: Labels = ["note": "\(index)"]
            let manifest = Manifest(key: key, annotations: note, prefix: "10.0.0.0/8")
            do throws(Refusal) {
                events += try state.execute(
                    .apply(.init(manifests: [manifest])), by: administrator,
                    at: Instant(milliseconds: clock)
                ).consequences.events
            } catch {
                return "\(error)"
            }
        }
        return "passed"
    }

    static func text(_ answer: Answer) -> String {
        switch answer {
        case .allocated(let allocated):
            allocated.resource.placement?.block.description ?? "no block"
        case .applied(let applied): "\(applied.items[0].outcome)"
        case .released: "released"
        case .deleted: "deleted"
        case .batch(let batch):
            batch.parts.map { part in
                switch part {
                case .allocated(let allocated): text(.allocated(allocated))
                case .released(let released): text(.released(released))
                }
            }.joined(separator: ", ")
        case .reconciled(let reconciled): reconciled.wasQuarantined ? "reconciled" : "unchanged"
        case .listed, .used, .checked, .status, .explained, .usage, .found, .backup, .accessed,
            .namespaces, .metrics:
            "another answer"
        }
    }

    private func free(_ name: String) -> String {
        let key = ResourceKey(kind: .prefix, namespace: "default", name: name)
        let blocks = state.freeBlocks(of: key).map(\.description).joined(separator: " ")
        return blocks.isEmpty ? "nothing" : blocks
    }

    private static func release(_ target: String) -> Command.Release {
        if target.contains("/"), let block = prefix(target) { return .init(blocks: [block]) }
        return .init(names: [target])
    }

    private func used(_ name: String) -> String {
        let query = Query.Used(namespace: "default", name: name)
        do throws(Refusal) {
            guard case .used(let used) = try state.answer(.used(query), by: caller).answer
            else { return "" }
            let blocks = used.items.map(\.block.description).joined(separator: " ")
            return blocks.isEmpty ? "nothing" : blocks
        } catch {
            return "\(error.code)"
        }
    }

    private func show(_ key: ResourceKey) -> String {
        let query = Query.List(kind: key.kind, namespace: key.namespace, names: [key.name])
        do throws(Refusal) {
            guard case .listed(let listed) = try state.answer(.list(query), by: caller).answer,
                let item = listed.items.first
            else { return "" }
            return switch item.resource.status {
            case .pending: item.explanation.map { "\($0.reason)" } ?? "waits"
            case .allocated(let placement): placement.block.description
            case .failed(let reason): "Failed:\(reason)"
            }
        } catch {
            return error.code == .notFound || error.code == .unknownNamespace
                ? "absent" : "\(error.code)"
        }
    }

    private mutating func result(_ command: Command) -> String {
        do throws(Refusal) {
            return try execute(command).outcome.reply.map { Self.text($0.answer) } ?? "waits"
        } catch {
            return "\(error.code)"
        }
    }

    private func manifest(
        _ kind: ResourceKind, _ name: String, _ arguments: Arguments
    ) -> Manifest {
        Manifest(
            key: ResourceKey(kind: kind, namespace: "default", name: name),
            labels: arguments["label"].map(labelled), ipFamily: arguments["family"],
            prefix: arguments["prefix"] ?? arguments.bare,
            prefixLength: arguments["length"].flatMap(Int64.init), parent: arguments["from"],
            selector: arguments.selector, policy: arguments.policy)
    }

    static func key(_ text: String) -> ResourceKey {
        let parts = text.split(separator: "/").map(String.init)
        let kind: ResourceKind = parts[0] == "prefix" ? .prefix : .prefixAllocation
        return ResourceKey(kind: kind, namespace: "default", name: parts[1])
    }
}

extension String {
    var words: [String] { split(separator: " ").map(String.init) }

    func components(separatedBy separator: String) -> [String] {
        guard let range = firstRange(of: separator) else { return [self] }
        return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
    }
}

extension Substring {
    func components(separatedBy separator: String) -> [String] {
        String(self).components(separatedBy: separator)
    }
}

/// Everything that a state holds and derives, comparable.
struct StateSummary: Equatable {
    var lsn: UInt64
    var resources: [Resource] = []
    var answers: [String] = []
}

extension State {
    var summary: StateSummary {
        var summary = StateSummary(lsn: lsn)
        visitResources { summary.resources.append($0) }
        for resource in summary.resources where resource.key.kind == .prefix {
            summary.answers.append("\(resource.key) \(freeBlocks(of: resource.key))")
        }
        return summary
    }
}
