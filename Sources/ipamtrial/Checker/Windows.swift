import IPAM

/// When those of whom nobody knows probably happened: hundreds of clients may have been told
/// nothing, and there are more orders of them than can be tried.
///
/// One walk through what was told, in which a release without an answer happens no earlier than
/// something needs its space. What was told then says of most of them two things: it was before the
/// number that was given its space, and behind each number that its space would have changed.
/// This is only where to look first; whether it is so is for the search to find out.
struct Windows {
    /// Of each entry in doubt: it happened behind this number.
    private var floors: [Int: UInt64] = [:]
    /// It happened before this one.
    private var ceilings: [Int: UInt64] = [:]
    private let entries: [Entry]

    /// `order` has the entries of each number that somebody was told of.
    init(
        _ entries: [Entry], order: [UInt64: [Int]], doubts: [Int], times: RealTime,
        from start: Reference, to end: UInt64
    ) {
        self.entries = entries
        for index in doubts { floors[index] = times.floors[index] }
        var model = start
        var open = doubts
        while model.lsn < end {
            let lsn = model.lsn + 1
            let possible = open.filter { times.floors[$0] < lsn }
            guard let told = order[lsn], !told.isEmpty else {
                model.pass()
                continue
            }
            let needed = needed(by: told, among: possible, in: &model)
            for index in needed { ceilings[index] = lsn }
            open.removeAll(where: needed.contains)
            for index in possible where !needed.contains(index) {
                var other = model
                if release(index, in: &other), !isRight(told, after: &other) {
                    floors[index] = lsn
                }
            }
            // What cannot be explained here is for the search to explain.
            if !isRight(told, after: &model), model.lsn < lsn { model.pass() }
        }
    }

    /// Those that can have happened by that number first, and of those the most urgent.
    func sorted(_ doubts: [Int], at lsn: UInt64) -> [Int] {
        func key(_ index: Int) -> (Int, UInt64, Int) {
            (floors[index] ?? 0 < lsn ? 0 : 1, ceilings[index] ?? .max, index)
        }
        return doubts.sorted { key($0) < key($1) }
    }

    /// The fewest releases that make right what was told: none, or whose space was given out, or
    /// one more. They are in the model afterwards.
    private func needed(
        by told: [Int], among doubts: [Int], in model: inout Reference
    ) -> [Int] {
        var before = model
        if isRight(told, after: &before) { return [] }
        let given = told.compactMap { index -> Thing? in
            guard case .answered(let reply) = entries[index].outcome,
                case .allocated(let thing, _) = Said(reply.answer)
            else { return nil }
            return thing
        }
        var needed: [Int] = []
        for index in doubts where given.contains(where: { takes($0, from: index, in: model) }) {
            if release(index, in: &model) { needed.append(index) }
        }
        before = model
        if isRight(told, after: &before) { return needed }
        for index in doubts where !needed.contains(index) {
            before = model
            guard release(index, in: &before) else { continue }
            let state = before
            if isRight(told, after: &before) {
                model = state
                return needed + [index]
            }
        }
        return needed
    }

    /// Whether something was given space that a release would have freed.
    private func takes(_ thing: Thing, from index: Int, in model: Reference) -> Bool {
        guard case .command(.release(let release)) = entries[index].ask, let block = thing.block
        else { return false }
        return release.names.contains { name in
            guard let old = model.allocations[name], let space = old.block else { return false }
            return old.parent == thing.parent && space.overlaps(block)
        }
    }

    /// Lets a release happen without a number of its own.
    private func release(_ index: Int, in model: inout Reference) -> Bool {
        guard case .command(.release) = entries[index].ask else { return false }
        return model.perform(entries[index].ask, by: entries[index].uid, isServed: true).isChange
    }

    /// Whether what was told of the next number is so in this model, which goes on to that number.
    private func isRight(_ told: [Int], after model: inout Reference) -> Bool {
        let mains = told.filter { !entries[$0].waits }
        for (place, index) in (mains + told.filter { entries[$0].waits }).enumerated() {
            guard case .answered(let reply) = entries[index].outcome else { return false }
            let said = model.perform(
                entries[index].ask, by: entries[index].uid, isServed: place > 0)
            guard said == Said(reply.answer) else { return false }
        }
        return true
    }
}
