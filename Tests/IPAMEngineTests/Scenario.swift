import IPAM
import IPAMEngine
import Testing

/// Runs a table of commands, one a line, each with what must come of it:
///
///     root     NAME PREFIX [label k=v,...]                        -> allocated | CODE
///     child    NAME [length N] [prefix P] [from PARENT] [select S] [family F] -> BLOCK | REASON
///     claim    NAME ...as child, but a PrefixAllocation           -> BLOCK | REASON
///     request  NAME ...as child                                   -> BLOCK | CODE
///     release  NAME|BLOCK                                         -> released | CODE
///     delete   prefix/NAME|prefixallocation/NAME ...              -> deleted | CODE
///     label    NAME k=v,...                                       -> configured | unchanged
///     used     NAME                                               -> BLOCK ... | nothing
///     show     prefix/NAME|prefixallocation/NAME                  -> BLOCK | REASON | absent
///
/// After each line the state is sound, a refusal has left no trace, and the events so far build
/// the same state anew.
func scenario(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var run = ScenarioRun()
    for line in text.split(separator: "\n") {
        let sides = line.components(separatedBy: "->")
        #expect(sides.count == 2, "\(line)", sourceLocation: sourceLocation)
        let outcome = run.perform(sides[0].words)
        let expected = sides[1].words.joined(separator: " ")
        #expect(outcome == expected, "\(line)", sourceLocation: sourceLocation)
        #expect(run.state.violations() == [], "\(line)", sourceLocation: sourceLocation)
        #expect(
            run.replayed.summary == run.state.summary, "\(line)", sourceLocation: sourceLocation)
    }
}

let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)

struct ScenarioRun {
    var state = State(incarnation: 7)
    var events: [Event] = []
    var caller = administrator
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
        case "release": return release(name)
        case "delete":
            let keys = words.dropFirst().map(Self.key)
            return result(.delete(.init(keys: keys))) { _ in "deleted" }
        case "used": return used(name)
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
        events += decision.events
        while state.hasBacklog {
            events += state.executeBacklog(at: Instant(milliseconds: clock))
        }
        return decision
    }

    /// The state that recovery would build.
    var replayed: State {
        var copy = State(incarnation: 7)
        for event in events {
            #expect(copy.fault(of: event) == nil)
            copy.apply(event)
        }
        copy.advance(to: state.lsn)
        return copy
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
        let key = ResourceKey(kind: .prefix, namespace: "default", name: name)
        guard let old = state.resource(key) else { return "absent" }
        var manifest = Manifest(key: key, labels: labelled(labels))
        manifest.ipFamily = old.spec.family.description
        manifest.prefix = old.spec.prefix?.description
        manifest.prefixLength = old.spec.prefixLength.map(Int64.init)
        manifest.parent = old.spec.parent
        manifest.selector = old.spec.selector
        return result(.apply(.init(manifests: [manifest]))) { answer in
            if case .applied(let applied) = answer { "\(applied.items[0].outcome)" } else { "" }
        }
    }

    private mutating func request(_ name: String, _ arguments: Arguments) -> String {
        let command = Command.Request(
            name: name, family: arguments["family"].flatMap(IPFamily.init),
            prefix: arguments.prefix, prefixLength: arguments["length"].flatMap(UInt8.init),
            parent: arguments["from"], selector: arguments.selector,
            anyParent: arguments["any"] != nil)
        return result(.request(command)) { answer in
            guard case .allocated(let allocated) = answer else { return "" }
            return allocated.resource.placement?.block.description ?? "no block"
        }
    }

    private mutating func release(_ target: String) -> String {
        var command = Command.Release()
        if target.contains("/"), let block = prefix(target) {
            command.blocks = [block]
        } else {
            command.names = [target]
        }
        return result(.release(command)) { _ in "released" }
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

    private mutating func result(
        _ command: Command, _ text: (Answer) -> String
    ) -> String {
        do throws(Refusal) {
            return text(try execute(command).reply.answer)
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
            selector: arguments.selector)
    }

    static func key(_ text: String) -> ResourceKey {
        let parts = text.split(separator: "/").map(String.init)
        let kind: ResourceKind = parts[0] == "prefix" ? .prefix : .prefixAllocation
        return ResourceKey(kind: kind, namespace: "default", name: parts[1])
    }
}

/// The words behind a name: a bare one, and pairs of a word and its value.
struct Arguments {
    var bare: String?
    private var values: [String: String] = [:]

    init(_ words: some Collection<String>) {
        var words = Array(words)
        if words.count % 2 == 1 { bare = words.removeFirst() }
        for index in stride(from: 0, to: words.count, by: 2) {
            values[words[index]] = words[index + 1]
        }
    }

    subscript(word: String) -> String? { values[word] }

    var prefix: IPPrefix? { values["prefix"].flatMap(IPAMEngineTests.prefix) }

    var selector: Selector? {
        values["select"].map { Selector(matchLabels: $0 == "{}" ? [:] : labelled($0)) }
    }
}

func prefix(_ text: String) -> IPPrefix? {
    do throws(IPPrefixError) { return try IPPrefix(text) } catch { return nil }
}

func labelled(_ text: String) -> Labels {
    let pairs = text.split(separator: ",").map { $0.split(separator: "=").map(String.init) }
    return Labels(Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) }))
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
