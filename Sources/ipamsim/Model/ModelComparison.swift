import IPAM
import IPAMEngine

/// What is the same and what is not. Sentences, and the order of what has none, do not count.
enum ModelComparison {
    static let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)

    static func faults(_ refusal: Refusal, _ expected: NaiveRefusal) -> [String] {
        if !expected.codes.contains(refusal.code) {
            let codes = expected.codes.map(\.description).joined(separator: " or ")
            return ["refused as \(refusal), expected is \(codes)"]
        }
        if !expected.isPartOpen, refusal.part.map(Int.init) != expected.part {
            return ["the part is \(refusal.part.text), expected is \(expected.part.text)"]
        }
        return []
    }

    static func faults(_ answer: Answer, _ expected: Answer, isDry: Bool) -> [String] {
        switch (answer, expected) {
        case (.applied(let own), .applied(let other)):
            // Warnings are words; that of overlapping roots is promised, others may join it.
            if own.items != other.items || own.warnings.isEmpty && !other.warnings.isEmpty {
                return ["applied \(answer.short), expected is \(expected.short)"]
            }
            return []
        case (.allocated(let own), .allocated(let other)): return faults(own, other, isDry)
        case (.released(let own), .released(let other)): return faults(own, other)
        case (.deleted(let own), .deleted(let other)):
            return own.keys.sorted() == other.keys.sorted()
                ? [] : ["deleted \(own.keys), expected is \(other.keys)"]
        case (.batch(let own), .batch(let other)):
            if own.parts.count != other.parts.count { return ["the batch has other parts"] }
            return zip(own.parts, other.parts).flatMap { own, other in
                switch (own, other) {
                case (.allocated(let own), .allocated(let other)): faults(own, other, isDry)
                case (.released(let own), .released(let other)): faults(own, other)
                case (.allocated, .released), (.released, .allocated): ["a part is another"]
                }
            }
        // Pairs of kinds: there are too many that do not go together to name them all.
        default: return ["the answer is of another kind: \(answer.short), not \(expected.short)"]
        }
    }

    private static func faults(
        _ own: Answer.Allocated, _ other: Answer.Allocated, _ isDry: Bool
    ) -> [String] {
        if own.isCreated != other.isCreated {
            return ["created is \(own.isCreated), expected is \(other.isCreated)"]
        }
        return faults(own.resource.key, own.resource, other.resource, isDry: isDry && own.isCreated)
    }

    private static func faults(_ own: Answer.Released, _ other: Answer.Released) -> [String] {
        let names = own.items.sorted { $0.name < $1.name }
        return names == other.items.sorted { $0.name < $1.name }
            ? [] : ["released \(names), expected is \(other.items)"]
    }

    /// An object as it is and as it should be. Of the uid only the change counts in which it was
    /// made; in the answer of a dry run what was to be made has no numbers and times.
    static func faults(
        _ key: ResourceKey, _ own: Resource?, _ other: Resource?, isDry: Bool
    ) -> [String] {
        guard let own, let other else {
            if own == nil, other == nil { return [] }
            let place = own?.status ?? other?.status
            let text = "\(place.map { "\($0.short)" } ?? "")"
            return ["\(key) is \(own == nil ? "not there" : "there") (\(text)), unexpectedly"]
        }
        var faults: [String] = []
        func compare<Value: Equatable>(_ field: String, _ own: Value, _ other: Value) {
            if own != other { faults.append("\(key) has \(field) \(own), expected is \(other)") }
        }
        if own.status != other.status {
            faults.append("\(key) is \(own.status.short), expected is \(other.status.short)")
        }
        compare("the key", own.key, other.key)
        compare("owner", own.owner, other.owner)
        compare("labels", own.labels, other.labels)
        compare("annotations", own.annotations, other.annotations)
        compare("spec", own.spec, other.spec)
        compare("group", own.apiGroup, other.apiGroup)
        compare("controller", own.controller, other.controller)
        compare("generation", own.generation, other.generation)
        if isDry { return faults }
        compare("version", own.version, other.version)
        compare("creation LSN", own.uid.age >> 16, other.uid.age >> 16)
        compare("creation", own.created.milliseconds, other.created.milliseconds)
        compare("phaseSince", own.phaseSince.milliseconds, other.phaseSince.milliseconds)
        return faults
    }

    static func faults(_ own: PrefixUsage, _ other: PrefixUsage) -> [String] {
        let key = own.key
        var faults: [String] = []
        func compare<Value: Equatable>(_ field: String, _ own: Value, _ other: Value) {
            if own != other { faults.append("\(key): \(field) \(own), expected is \(other)") }
        }
        compare("block", own.block, other.block)
        compare("allocations", own.allocationCount, other.allocationCount)
        compare("used", own.used.text, other.used.text)
        compare("free", own.free.text, other.free.text)
        compare("reserved", own.reserved.text, other.reserved.text)
        compare("excluded", own.excluded.text, other.excluded.text)
        compare("held", own.held.text, other.held.text)
        compare("largestFree", own.largestFree, other.largestFree)
        let parts = [own.used, own.free, own.reserved, own.excluded, own.held]
        let sum = parts.reduce(AddressCount.zero) { $0 + own.addresses($1) }
        compare("the sum of all is", sum, own.addresses)
        return faults
    }

    static func faults(
        _ explain: Query.Explain, of state: State, _ model: NaiveModel, _ caller: Caller
    ) -> [String] {
        var expected: NaiveModel.Explained?
        var refusal: NaiveRefusal?
        do throws(NaiveRefusal) {
            expected = try model.explain(explain.request, by: caller)
        } catch {
            refusal = error
        }
        do throws(Refusal) {
            let reply = try state.answer(.explain(explain), by: caller)
            guard case .explained(let own) = reply.answer else { return ["explains nothing"] }
            guard let expected else {
                let codes = refusal?.codes.map(\.description) ?? []
                return ["explains \(own.short), expected is a refusal as \(codes)"]
            }
            return own.short == expected.short
                ? [] : ["explains\n  \(own.short), expected is\n  \(expected.short)"]
        } catch {
            guard let refusal else {
                return ["explains nothing: \(error), expected is \(expected?.short ?? "")"]
            }
            return faults(error, refusal)
        }
    }
}

/// How often what happened.
struct ModelTally: Sendable {
    var doneCount = 0
    var waitCount = 0
    var servedCount = 0
    var queryCount = 0
    /// Commands of the engine's own, for claims that one command did not get to.
    var internalCount = 0
    var heldAtOnceMost = 0
    var holdCount = 0
    private(set) var refusals: [RefusalCode: Int] = [:]

    mutating func refused(_ code: RefusalCode) { refusals[code, default: 0] += 1 }

    mutating func add(_ other: ModelTally) {
        doneCount += other.doneCount
        waitCount += other.waitCount
        servedCount += other.servedCount
        queryCount += other.queryCount
        internalCount += other.internalCount
        holdCount += other.holdCount
        heldAtOnceMost = max(heldAtOnceMost, other.heldAtOnceMost)
        refusals.merge(other.refusals, uniquingKeysWith: +)
    }

    /// A line of figures and one of refusals.
    var lines: [String] {
        let codes = refusals.sorted { $0.key.rawValue < $1.key.rawValue }
        return [
            "\(doneCount) done, \(waitCount) waited, \(servedCount) of them served, "
                + "\(queryCount) queries, \(holdCount) holds, at most \(heldAtOnceMost) at once",
            "refused: " + codes.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
        ]
    }
}
