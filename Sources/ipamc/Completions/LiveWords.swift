internal import IPAM
internal import IPAMClient

/// Words that the daemon knows and a command line may want: asked in a moment, or not at all.
///
/// Somebody has pressed a key and waits. So whatever goes wrong here, and be it that there is no
/// daemon, there are no words, and nobody hears of it.
struct LiveWords {
    private let options: GlobalOptions

    /// For everything that is asked for one key; a daemon of this machine takes a few of them.
    static let patience = Duration.milliseconds(250)
    /// More names than that are no help.
    static let namesMax = 200

    init(_ options: GlobalOptions) { self.options = options }

    /// Names that begin with what was typed.
    func names(of kind: ResourceKind, _ typed: String, isFree: Bool = false) -> [String] {
        let items = asked { client throws(ClientError) in
            var query = Query.List(
                kind: kind, namespace: options.namespace, after: before(typed),
                limit: UInt32(Self.namesMax))
            let page = try client.list(query).value
            var items = page.items
            guard page.next != nil else { return items }
            // A shell types what all words have in common: names behind this page that begin
            // otherwise have to be among them, one for each place where they part.
            var common = Self.common(items.map(\.resource.key.name))
            query.limit = 1
            while common.utf8.count > typed.utf8.count {
                query.after = Query.Position(namespace: options.namespace, name: common + "~")
                guard let next = try client.list(query).value.items.first,
                    next.resource.key.name.hasPrefix(typed),
                    !next.resource.key.name.hasPrefix(common)
                else { break }
                items.append(next)
                common = Self.common([common, next.resource.key.name])
            }
            return items
        }
        return items.filter { !isFree || $0.resource.controller == nil }
            .map(\.resource.key.name).filter { $0.hasPrefix(typed) && Self.isHarmless($0) }
    }

    /// What all of them begin with.
    private static func common(_ names: [String]) -> String {
        names.dropFirst().reduce(names.first ?? "") { common, name in
            String(zip(common, name).prefix { $0 == $1 }.map(\.0))
        }
    }

    /// The place in the list right before the names that begin with a word, so that one page is
    /// enough however many names there are: no name has a character as high as `~`.
    private func before(_ word: String) -> Query.Position? {
        guard let last = word.utf8.last, last > 0x21, last < 0x7f else { return nil }
        let previous = Character(Unicode.Scalar(last - 1))
        return Query.Position(
            namespace: options.namespace, name: word.dropLast() + String(previous) + "~")
    }

    /// Namespaces that the caller may see.
    func namespaces(_ typed: String) -> [String] {
        let items = asked { client throws(ClientError) in
            try client.namespaces(Query.Namespaces()).value.items
        }
        return items.map(\.name).filter { $0.hasPrefix(typed) && Self.isHarmless($0) }
    }

    /// The labels that objects of these kinds have, as far as the first page of them knows.
    func labels(of kinds: [ResourceKind]) -> [(key: String, value: String)] {
        let items = asked { client throws(ClientError) in
            var items: [Answer.Listed.Item] = []
            for kind in kinds {
                let query = Query.List(kind: kind, namespace: options.namespace)
                items += try client.list(query).value.items
            }
            return items
        }
        let words = Set(items.flatMap { $0.resource.labels.pairs.map { [$0.key, $0.value] } })
        return words.map { (key: $0[0], value: $0[1]) }
            .filter { Self.isHarmless($0.key) && ($0.value == "" || Self.isHarmless($0.value)) }
            .sorted { ($0.key, $0.value) < ($1.key, $1.value) }
    }

    /// Whether a word has only characters that no shell and no terminal takes for more than text:
    /// bash expands what is in a list of words, and somebody else has chosen them.
    static func isHarmless(_ word: some StringProtocol) -> Bool {
        !word.isEmpty && word.utf8.count <= 2 * Limits.nameBytesMax
            && word.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: ","),
                    UInt8(ascii: "!"):
                    true
                default: false  // Bytes, not cases: all others.
                }
            }
    }

    private func asked<Item>(
        _ question: (inout Client) throws(ClientError) -> [Item]
    ) -> [Item] {
        do throws(ClientError) {
            let start = ContinuousClock.now
            var client = try options.connection(timeout: Self.patience)
            client.timeout = Self.patience - start.duration(to: .now)
            return try question(&client)
        } catch {
            return []
        }
    }
}
