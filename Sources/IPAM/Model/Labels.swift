/// Keys and values that describe a resource: its labels or its annotations. Sorted by key, each
/// key once, so that equal labels have equal bytes.
public struct Labels: Sendable, Hashable {
    /// A key and its value.
    public struct Pair: Sendable, Hashable {
        public let key: String
        public let value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }

        /// By bytes. Swift's texts are equal if they look the same, so a change of an annotation
        /// from one spelling of `é` to the other would be no change.
        public static func == (left: Pair, right: Pair) -> Bool {
            left.key.utf8.elementsEqual(right.key.utf8)
                && left.value.utf8.elementsEqual(right.value.utf8)
        }
    }

    public private(set) var pairs: [Pair]

    /// Labels of these keys and values.
    public init(_ values: [String: String] = [:]) {
        self.pairs = values.map { Pair(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    /// Takes pairs that come in ascending order of their keys, each key once; else nothing.
    package init?(ascending pairs: [Pair]) {
        guard zip(pairs, pairs.dropFirst()).allSatisfy({ $0.key < $1.key }) else { return nil }
        self.pairs = pairs
    }

    public var isEmpty: Bool { pairs.isEmpty }
    public var count: Int { pairs.count }

    /// The value of a key. Found by halving: selectors ask this for every resource they look at.
    public subscript(key: String) -> String? {
        let index = pairs.countOfFirst { $0.key < key }
        return index < pairs.count && pairs[index].key == key ? pairs[index].value : nil
    }
}

extension Labels: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}

/// `tier=public,zone=a`, as on the command line.
extension Labels: CustomStringConvertible {
    public var description: String {
        pairs.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
