import IPAM

// Overlapping roots are allowed, for an address in two roots is two addresses; but they may be a
// mistake, so whoever makes one is told, and a check tells of all.

extension State {
    /// A sentence for each new root that overlaps others.
    func overlapWarnings(_ created: [ResourceKey]) -> [String] {
        let roots = created.filter { $0.kind == .prefix && resource($0)?.spec.isRoot == true }
        let byNamespace = Dictionary(grouping: roots, by: \.namespace)
        return byNamespace.keys.sorted().flatMap { name -> [String] in
            guard let namespace = namespaces[name], let new = byNamespace[name] else { return [] }
            return namespace.overlaps(of: Set(new.map(\.name))).map {
                "\($0): the same address can be handed out in each"
            }
        }
    }

    /// What holds and yet may be a mistake, a sentence each.
    package func warnings() -> [String] {
        var warnings: [String] = []
        namespaceNames.visit { name, _ in
            if let namespace = namespaces[name] {
                warnings += namespace.overlaps(of: nil).map { "namespace \(name): \($0)" }
            }
            return warnings.count < Limits.namesShownMax
        }
        return Array(warnings.prefix(Limits.namesShownMax))
    }
}

extension Namespace {
    /// Of the roots of those names, or of all, which others they overlap.
    ///
    /// Prefixes that overlap contain each other. In numeric order, with the larger one first, those
    /// that contain a root are the last ones before it that have not ended: a stack of them, of
    /// which the topmost few are named.
    fileprivate func overlaps(of names: Set<String>?) -> [String] {
        var roots: [(block: IPPrefix, name: String)] = []
        self.roots.visit { name, _ in
            if let block = prefixes[name]?.space?.block { roots.append((block, name)) }
            return true
        }
        roots.sort { ($0.block, $0.name) < ($1.block, $1.name) }
        var around: [Int] = []
        var found: [Int: [Int]] = [:]
        func note(_ root: Int, _ other: Int) {
            guard names?.contains(roots[root].name) ?? true,
                found[root, default: []].count < Limits.namesShownMax
            else { return }
            found[root, default: []].append(other)
        }
        for index in roots.indices {
            while let last = around.last, !roots[last].block.contains(roots[index].block) {
                around.removeLast()
            }
            for outer in around.suffix(Limits.namesShownMax) {
                note(index, outer)
                if names != nil { note(outer, index) }
            }
            around.append(index)
        }
        return found.keys.sorted().map { root in
            let others = (found[root] ?? []).map { "\(roots[$0].name) (\(roots[$0].block))" }
            return "the root \(roots[root].name) (\(roots[root].block)) overlaps "
                + others.joined(separator: ", ")
        }
    }
}
