internal import IPAM

/// The objects that the words of a command name: `prefixes`, `prefixes a b`, `prefix/a alloc/b`.
struct ResourceWords: Equatable {
    struct Group: Equatable {
        let kind: ResourceKind
        /// None: every object of the kind.
        var names: [String]
    }

    /// A kind each, in the order in which they are first named.
    private(set) var groups: [Group] = []

    /// The words that name a kind.
    private static let kinds: [(word: String, kind: ResourceKind)] = [
        ("prefix", .prefix), ("prefixes", .prefix), ("pfx", .prefix),
        ("prefixallocation", .prefixAllocation), ("prefixallocations", .prefixAllocation),
        ("allocation", .prefixAllocation), ("allocations", .prefixAllocation),
        ("alloc", .prefixAllocation),
    ]

    static func kind(_ word: some StringProtocol) -> ResourceKind? {
        let word = word.lowercased()
        return kinds.first { $0.word == word }?.kind
    }

    /// Words for a kind, to complete what was typed: one for each kind, if that says enough.
    static func kindWords(_ typed: String, isPlural: Bool) -> [String] {
        let usual = isPlural ? ["prefixes", "prefixallocations"] : ["prefix", "prefixallocation"]
        let fitting = usual.filter { $0.hasPrefix(typed) }
        return fitting.isEmpty ? kinds.map(\.word).filter { $0.hasPrefix(typed) } : fitting
    }

    /// The kind and the name in `KIND/NAME`.
    static func slashed(_ word: String) -> (kind: ResourceKind, name: String)? {
        guard let slash = word.firstIndex(of: "/"), let kind = kind(word[..<slash]) else {
            return nil
        }
        return (kind, String(word[word.index(after: slash)...]))
    }

    init(_ words: [String]) throws(Failure) {
        guard let first = words.first else {
            throw .usage("name a kind (prefixes or prefixallocations), or KIND/NAME")
        }
        if first.contains("/") {
            for word in words {
                guard let (kind, name) = Self.slashed(word), !name.isEmpty else {
                    let kind = word.split(separator: "/").first.map(String.init) ?? ""
                    guard word.contains("/"), Self.kind(kind) == nil else {
                        throw .usage("\(word.quotedForMessage) is not KIND/NAME, as in prefix/root")
                    }
                    throw Self.unknown(kind)
                }
                add(name, to: kind)
            }
            return
        }
        // kubectl takes several kinds between commas; they stand alone.
        for word in first.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = Self.kind(word) else {
                throw Self.unknown(String(word))
            }
            groups.append(Group(kind: kind, names: Array(words.dropFirst())))
        }
        if groups.count > 1, words.count > 1 {
            throw .usage("names need one kind; write KIND/NAME for several")
        }
    }

    /// A word that is no kind, with what may have been meant.
    private static func unknown(_ word: String) -> Failure {
        var failure = Failure.usage(
            "\(word.quotedForMessage) is no kind; there are prefixes (pfx) and prefixallocations "
                + "(alloc)")
        let meant = kind(word) == nil ? Nearness.question(word, among: kinds.map(\.word)) : nil
        failure.hints = meant.map { [$0] } ?? []
        return failure
    }

    private mutating func add(_ name: String, to kind: ResourceKind) {
        if let index = groups.firstIndex(where: { $0.kind == kind }) {
            groups[index].names.append(name)
        } else {
            groups.append(Group(kind: kind, names: [name]))
        }
    }

    /// The keys of named objects; a kind without names is refused.
    func keys(in namespace: String) throws(Failure) -> [ResourceKey] {
        guard groups.allSatisfy({ !$0.names.isEmpty }) else {
            throw .usage("name the objects, as in prefix/root or: prefix root")
        }
        return groups.flatMap { group in
            group.names.map { ResourceKey(kind: group.kind, namespace: namespace, name: $0) }
        }
    }
}

extension Selector {
    /// The selector of an option. Empty is refused, for an empty shell variable must not mean
    /// everything.
    static func option(_ text: String?, _ name: String, hint: String) throws(Failure) -> Selector? {
        guard let text else { return nil }
        let selector: Selector
        do throws(SelectorError) {
            selector = try Selector(text)
        } catch {
            throw .usage("\(name): \(error)")
        }
        guard !selector.isEmpty else { throw .usage("\(name) is empty: \(hint)") }
        return selector
    }
}

extension IPPrefix {
    /// The prefix of an argument.
    init(argument text: String) throws(Failure) {
        do throws(IPPrefixError) {
            self = try IPPrefix(text)
        } catch {
            throw Failure(Refusal(.invalidPrefix, error.description))
        }
    }
}
