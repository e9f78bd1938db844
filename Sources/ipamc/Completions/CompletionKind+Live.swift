internal import ArgumentParser
internal import IPAM

/// Words of the running daemon, for `completion:` of options and arguments.
extension CompletionKind {
    /// Names of namespaces.
    static let namespaces = live { line, words in words.namespaces(line.typed) }

    /// Names of Prefixes.
    static let prefixes = live { line, words in words.names(of: .prefix, line.typed) }

    /// Names of allocations that can be released: those of no Prefix.
    static let allocations = live { line, words in
        if let (kind, name) = ResourceWords.slashed(line.typed) {
            guard kind == .prefixAllocation else { return [] }
            return objectWords(
                kind, name, before: line.typed.dropLast(name.count), words, isFree: true)
        }
        return words.names(of: .prefixAllocation, line.typed, isFree: true)
    }

    /// Names of objects of either kind.
    static let names = live { line, words in
        Set(ResourceKind.allCases.flatMap { words.names(of: $0, line.typed) }).sorted()
    }

    /// A kind and then names of it, or `KIND/NAME`.
    static let objects = live { line, words in objectWords(line, words) }

    /// The same, and then labels to set (`k=v`) and to remove (`k-`).
    static let objectsAndLabels = live { line, words in
        let before = line.plainWords.dropFirst()
        let isNamed = before.count > 1 || before.first.map { $0.contains("/") } ?? false
        return objectWords(line, words) + (isNamed ? changes(line, words) : [])
    }

    /// `k=v` of objects of a kind.
    static func labels(of kind: ResourceKind) -> CompletionKind {
        live { line, words in
            words.labels(of: [kind]).map { "\($0.key)=\($0.value)" }
                .filter { $0.hasPrefix(line.typed) }
        }
    }

    /// A selector of objects of a kind.
    static func selector(of kind: ResourceKind) -> CompletionKind {
        live { line, words in selectors(line.typed, words.labels(of: [kind])) }
    }

    /// A selector of the objects whose kind stands before it, else of both.
    static let anySelector = live { line, words in
        let kinds = line.plainWords.dropFirst().compactMap { ResourceWords.kind($0) }
        return selectors(
            line.typed, words.labels(of: kinds.first.map { [$0] } ?? ResourceKind.allCases))
    }

    /// What `map --by` tells apart.
    static let colouring = live { line, words in
        let labels = words.labels(of: [.prefixAllocation])
        let fixed = ["prefix", "name", "owner", "phase", "age"]
        let keys = Set(labels.map { "label=\($0.key)" }).sorted()
        return (fixed + keys).filter { $0.hasPrefix(line.typed) }
    }

    /// Users and groups of this machine.
    static let users = CompletionKind.shellCommand("getent passwd | cut -d : -f 1")
    static let groups = CompletionKind.shellCommand("getent group | cut -d : -f 1")

    private static func live(
        _ words: @escaping @Sendable (CompletionLine, LiveWords) -> [String]
    ) -> CompletionKind {
        .custom { arguments, index, _ in
            let line = CompletionLine(arguments, index: index)
            do {
                return words(line, LiveWords(try line.options()))
            } catch {
                // A namespace or a path that cannot be: there is nothing to offer.
                return []
            }
        }
    }
}

extension CompletionKind {
    private static func objectWords(_ line: CompletionLine, _ words: LiveWords) -> [String] {
        let typed = line.typed
        if let (kind, name) = ResourceWords.slashed(typed) {
            return objectWords(kind, name, before: typed.dropLast(name.count), words)
        }
        let before = line.plainWords.dropFirst()
        guard let first = before.first else {
            return ResourceWords.kindWords(typed, isPlural: line.plainWords.first == "get")
        }
        guard let kind = ResourceWords.kind(first) else { return [] }
        return words.names(of: kind, typed)
    }

    private static func objectWords(
        _ kind: ResourceKind, _ name: String, before: Substring, _ words: LiveWords,
        isFree: Bool = false
    ) -> [String] {
        words.names(of: kind, name, isFree: isFree).map { before + $0 }
    }

    private static func changes(_ line: CompletionLine, _ words: LiveWords) -> [String] {
        let labels = words.labels(of: ResourceKind.allCases)
        let pairs = labels.map { "\($0.key)=\($0.value)" }
        let ends = line.typed.isEmpty ? [] : Set(labels.map { $0.key + "-" }).sorted()
        return (pairs + ends).filter { $0.hasPrefix(line.typed) }
    }

    /// The last requirement of a selector, behind those that are there: `tier=public,en`.
    static func selectors(
        _ typed: String, _ labels: [(key: String, value: String)]
    ) -> [String] {
        let start = typed.lastIndex(of: ",").map { typed.index(after: $0) } ?? typed.startIndex
        let (head, last) = (typed[..<start], typed[start...])
        guard head.isEmpty || LiveWords.isHarmless(head) else { return [] }
        let keys = Set(labels.map(\.key)).sorted()
        let known: [String]
        if last.contains("!=") {
            known = labels.map { "\($0.key)!=\($0.value)" }
        } else if last.hasPrefix("!") {
            known = keys.map { "!" + $0 }
        } else {
            known = labels.map { "\($0.key)=\($0.value)" } + (last.contains("=") ? [] : keys)
        }
        return known.filter { $0.hasPrefix(last) }.map { head + $0 }
    }
}
