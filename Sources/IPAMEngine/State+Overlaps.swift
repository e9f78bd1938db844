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
        namespaces.visit { namespace in
            warnings += namespace.overlaps(of: nil).map { "namespace \(namespace.name): \($0)" }
            return warnings.count < Limits.namesShownMax
        }
        return Array(warnings.prefix(Limits.namesShownMax))
    }
}

extension Namespace {
    /// Of the roots of those names, or of all, which others they overlap; of all, each pair once.
    fileprivate func overlaps(of names: Set<String>?) -> [String] {
        var sentences: [String] = []
        func look(at root: Roots.Root, _ others: [Roots.Root]) {
            guard !others.isEmpty else { return }
            let places = others.map { "\($0.name) (\($0.block))" }.joined(separator: ", ")
            sentences.append("the root \(root.name) (\(root.block)) overlaps \(places)")
        }
        let most = Limits.namesShownMax
        guard let names else {
            roots.all.visit { root, _ in
                look(at: root, roots.containing(root.block).filter { $0 < root }.suffix(most))
                return true
            }
            return sentences
        }
        for root in names.compactMap(root).sorted() {
            look(at: root, roots.overlapping(root, most: most))
        }
        return sentences
    }

    private func root(_ name: String) -> Roots.Root? {
        prefixes[name]?.space.map { Roots.Root(block: $0.block, name: name) }
    }
}
