internal import IPAM

/// Which Prefix a map is of, and which part of it.
struct MapTarget {
    let prefix: Resource
    let block: IPPrefix
    /// Every Prefix of the namespace.
    let prefixes: [Resource]

    /// What the word of the command names: a Prefix, or a block, which is of the smallest Prefix
    /// that contains it. Roots may overlap: then `parent` says in which.
    static func find(
        _ word: String, parent: String?, among prefixes: [Resource], in namespace: String
    ) throws(Failure) -> MapTarget {
        if word.utf8.contains(UInt8(ascii: "/")), ResourceWords.slashed(word) == nil {
            let block = try IPPrefix(argument: word)
            let around = try smallest(around: block, parent: parent, prefixes)
            return MapTarget(prefix: around, block: block, prefixes: prefixes)
        }
        guard parent == nil else { throw .usage("--parent is for a prefix, as in 10.0.0.0/24") }
        let name = try ResourceWords.prefixName(word)
        guard let named = prefixes.first(where: { $0.key.name == name }) else {
            let sentence =
                "there is no Prefix \(name.quotedForMessage) in the namespace "
                + namespace.quotedForMessage
            throw Failure(Refusal(.notFound, sentence, names: [name]))
        }
        guard let block = named.placement?.block else {
            let sentence = "prefix/\(name) is not Allocated: it has no addresses"
            throw Failure(Refusal(.parentNotAllocated, sentence))
        }
        return MapTarget(prefix: named, block: block, prefixes: prefixes)
    }

    private static func smallest(
        around block: IPPrefix, parent: String?, _ prefixes: [Resource]
    ) throws(Failure) -> Resource {
        var candidates = prefixes.filter { $0.placement?.block.contains(block) ?? false }
        if let parent {
            candidates = candidates.filter { $0.key.name == parent }
        } else {
            // Of each chain the last: what no other candidate lives in.
            let parents = Set(candidates.compactMap { $0.placement?.parent })
            candidates = candidates.filter { !parents.contains($0.key.name) }
        }
        let names = candidates.map(\.key.description).sorted()
        if names.count > 1 {
            let all = names.joined(separator: ", ")
            throw Failure(
                Refusal(
                    .ambiguous, "\(block) is in \(all); choose one with --parent", names: names))
        }
        guard let found = candidates.first else {
            let place = parent.map { "prefix/\($0) does not contain" } ?? "no Prefix contains"
            throw Failure(Refusal(.notFound, "\(place) \(block)"))
        }
        return found
    }
}
