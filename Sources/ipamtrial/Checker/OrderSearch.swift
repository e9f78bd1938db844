import IPAM

/// Finds which entries made each number of an epoch. Those with an answer say so; those without one
/// are tried where a number is missing, and as requests that were served when room was made.
struct OrderSearch {
    private let entries: [Entry]
    private let times: RealTime
    private let start: Reference
    private let end: Dump
    /// Changes and looks by their number.
    private var changes: [UInt64: [Int]] = [:]
    private var looks: [UInt64: [Int]] = [:]
    private var doubts: [Int] = []
    private var windows: Windows?
    /// What the dump says was made by each change.
    private var madeAt: [UInt64: [Thing]] = [:]
    private var order: [UInt64: [Int]] = [:]
    private var stepsLeft = 200_000
    /// Why the way that came furthest went no further.
    private var deepestLSN: UInt64 = 0
    private(set) var deepest = "no order explains the epoch"

    init(_ epoch: Epoch, _ times: RealTime, from start: Reference) {
        entries = epoch.entries
        self.times = times
        self.start = start
        end = epoch.last
        for index in entries.indices {
            if entries[index].isInDoubt { doubts.append(index) }
            guard let lsn = entries[index].lsn else { continue }
            if entries[index].hasChanged {
                changes[lsn, default: []].append(index)
            } else {
                looks[lsn, default: []].append(index)
            }
        }
        for thing in end.things { madeAt[thing.madeAt, default: []].append(thing) }
    }

    /// The entries of each number in their order; nothing if there is none that explains all.
    mutating func find() -> [UInt64: [Int]]? {
        if let index = looks[start.lsn]?.first(where: { !holds($0, in: start) }) {
            deepest = "LSN \(start.lsn) says otherwise: \(entries[index])"
            return nil
        }
        if !doubts.isEmpty {
            windows = Windows(
                entries, order: changes, doubts: doubts, times: times, from: start, to: end.lsn)
        }
        return walk(start, doubts) ? order : nil
    }

    /// One way to make a number.
    private struct Option {
        var model: Reference
        var made: [Int] = []
        var doubts: [Int]
    }

    private mutating func walk(_ start: Reference, _ doubts: [Int]) -> Bool {
        var model = start
        var doubts = doubts
        while model.lsn < end.lsn {
            let lsn = model.lsn + 1
            let options = options(model, doubts)
            guard let first = options.first else { return false }
            if options.count > 1 {
                for option in options {
                    stepsLeft -= 1
                    if stepsLeft < 0 {
                        deepest = "too many ways to try; the furthest: \(deepest)"
                        return false
                    }
                    order[lsn] = option.made
                    if walk(option.model, option.doubts) { return true }
                }
                return false
            }
            order[lsn] = first.made
            (model, doubts) = (first.model, first.doubts)
        }
        let things = model.things
        if things == end.things { return true }
        let missing = things.filter { !end.things.contains($0) }
        let extra = end.things.filter { !things.contains($0) }
        fail(
            end.lsn,
            "the daemon does not hold at LSN \(end.lsn): \(missing); it holds instead: \(extra)")
        return false
    }

    private mutating func fail(_ lsn: UInt64, _ sentence: String) {
        guard lsn >= deepestLSN else { return }
        deepestLSN = lsn
        deepest = sentence
    }

    // MARK: One number

    /// Every way to make the next number that agrees with what was told of it.
    private mutating func options(_ model: Reference, _ doubts: [Int]) -> [Option] {
        let lsn = model.lsn + 1
        let told = changes[lsn] ?? []
        let mains = told.filter { !entries[$0].waits }
        if mains.count > 1 {
            fail(lsn, "LSN \(lsn) was given twice: \(entries[mains[0]]) and \(entries[mains[1]])")
            return []
        }
        let possible = doubts.filter { times.floors[$0] < lsn }
        let firsts =
            mains.isEmpty ? told + (windows?.sorted(possible, at: lsn) ?? possible) : mains
        var options: [Option] = []
        for first in firsts {
            guard let option = take(first, Option(model: model, doubts: doubts)) else { continue }
            extend(option, told.filter { $0 != first }, &options)
        }
        if options.isEmpty {
            let whom = told.map { "\(entries[$0]); expected: \(expected($0, model))" }
            fail(
                lsn,
                told.isEmpty
                    ? "nobody was told of LSN \(lsn), and none of \(possible.count) without an "
                        + "answer explains it"
                    : "LSN \(lsn) is not explained: \(whom.joined(separator: " and "))")
            return []
        }
        let sound = options.filter { agrees($0.model) }
        if sound.isEmpty {
            let wrong = (looks[lsn] ?? []).filter { !holds($0, in: options[0].model) }
            let made = (madeAt[lsn] ?? []).map(\.description).joined(separator: ", ")
            fail(
                lsn,
                "after LSN \(lsn): "
                    + (wrong.first.map { "\(entries[$0])" } ?? "the dump has \(made)")
                    + "; expected otherwise")
        }
        return sound
    }

    private func expected(_ index: Int, _ model: Reference) -> Said {
        var model = model
        return model.perform(entries[index].ask, by: entries[index].uid)
    }

    /// Adds those who waited: all who were told so, and any of those in doubt.
    private func extend(_ option: Option, _ told: [Int], _ options: inout [Option]) {
        if told.isEmpty { options.append(option) }
        for index in told {
            guard let next = take(index, option) else { continue }
            extend(next, told.filter { $0 != index }, &options)
        }
        let lsn = option.model.lsn
        guard option.made.first.map(makesRoom) ?? false else { return }
        for index in option.doubts where entries[index].waits && times.floors[index] < lsn {
            guard let next = take(index, option) else { continue }
            extend(next, told, &options)
        }
    }

    /// Lets an entry happen, if that gives what was told of it, or anything if nothing was.
    private func take(_ index: Int, _ option: Option) -> Option? {
        var next = option
        let entry = entries[index]
        let said = next.model.perform(
            entry.ask, by: entry.uid, isServed: !option.made.isEmpty)
        switch entry.outcome {
        case .answered(let reply): guard said == Said(reply.answer) else { return nil }
        case .unknown: guard said.isChange else { return nil }
        case .refused, .nothingChanged: return nil
        }
        next.made.append(index)
        next.doubts.removeAll { $0 == index }
        return next
    }

    /// Whether those who wait may be served by it.
    private func makesRoom(_ index: Int) -> Bool {
        switch entries[index].ask {
        case .list: false
        case .command(.release), .command(.delete), .command(.apply), .command(.reconcile),
            .command(.access):
            true
        case .command(.request(let request)): request.asPrefix
        case .command(.batch(let batch)):
            batch.parts.contains { part in
                switch part {
                case .release: true
                case .request(let request): request.asPrefix
                }
            }
        }
    }

    /// Whether a state is what was told of it, by those who looked and by the dump.
    private func agrees(_ model: Reference) -> Bool {
        (madeAt[model.lsn] ?? []).allSatisfy { thing in
            switch thing.key.kind {
            case .prefix: model.rooms[thing.key.name]?.thing == thing
            case .prefixAllocation: model.allocations[thing.key.name] == thing
            }
        } && (looks[model.lsn] ?? []).allSatisfy { holds($0, in: model) }
    }

    private func holds(_ index: Int, in model: Reference) -> Bool {
        guard case .answered(let reply) = entries[index].outcome else { return true }
        var state = model
        return state.perform(entries[index].ask, by: entries[index].uid) == Said(reply.answer)
    }
}
