internal import IPAM

/// How much one text may say. Aliases stand for what they repeat, so a small text can mean an
/// enormous value: what they repeat counts each time.
struct DocumentBounds {
    let valuesMax: Int
    let aliasesMax: Int
}

/// Why a document cannot be read.
struct DocumentFault: Error {
    /// `malformed` if it is no YAML, `invalid` if it is and none of ours.
    let code: RefusalCode
    let sentence: String
    private let mark: YAMLMark?

    init(_ code: RefusalCode, _ sentence: String, at mark: YAMLMark? = nil) {
        self.code = code
        self.sentence = sentence
        self.mark = mark
    }

    /// The sentence with its place, if that is known.
    var placedSentence: String {
        guard let mark else { return sentence }
        return "line \(mark.line), column \(mark.column): \(sentence)"
    }
}

/// The values of the documents of one text.
struct DocumentReader: ~Copyable {
    /// What an anchor names.
    private enum Anchored {
        /// As a key it is its text, whatever it is as a value.
        case scalar(YAMLScalar)
        /// With the number of values in it.
        case collection(DocumentValue, size: Int)
    }

    /// Maps and lists in one another; more than any document has, and few enough to recurse.
    private static let depthMax = 1000

    private let bounds: DocumentBounds
    private var events: YAMLEvents
    private var anchors: [String: Anchored] = [:]
    private var values = 0
    private var aliases = 0
    private var depth = 0

    init(_ text: String, within bounds: DocumentBounds) {
        events = YAMLEvents(text)
        self.bounds = bounds
    }

    /// The value of the next document; nothing after the last.
    mutating func next() throws(DocumentFault) -> DocumentValue? {
        let event = try events.next()
        if case .end = event.kind { return nil }
        let value = try value(event)
        // The end of the document: what comes behind the value is to be sound, too.
        _ = try events.next()
        return value
    }

    /// The value that begins with an event.
    private mutating func value(_ event: YAMLEvent) throws(DocumentFault) -> DocumentValue {
        let before = values
        switch event.kind {
        case .alias(let name):
            switch try anchored(name, event.mark) {
            case .scalar(let scalar):
                try count(1, event.mark)
                return try DocumentValue(scalar, at: event.mark)
            case .collection(let value, let size):
                try count(size, event.mark)
                return value
            }
        case .scalar(let scalar, let anchor):
            try count(1, event.mark)
            if let anchor { anchors[anchor] = .scalar(scalar) }
            return try DocumentValue(scalar, at: event.mark)
        case .listStart(let anchor):
            let list = try list(event.mark)
            if let anchor { anchors[anchor] = .collection(list, size: values - before) }
            return list
        case .mapStart(let anchor):
            let map = try map(event.mark)
            if let anchor { anchors[anchor] = .collection(map, size: values - before) }
            return map
        case .listEnd, .mapEnd, .documentEnd, .end:
            preconditionFailure("The parser ends what has not begun.")
        }
    }

    private mutating func list(_ mark: YAMLMark) throws(DocumentFault) -> DocumentValue {
        try descend(mark)
        defer { depth -= 1 }
        var items: [DocumentValue] = []
        while true {
            let event = try events.next()
            if case .listEnd = event.kind { return .list(items) }
            items.append(try value(event))
        }
    }

    private mutating func map(_ mark: YAMLMark) throws(DocumentFault) -> DocumentValue {
        try descend(mark)
        defer { depth -= 1 }
        var pairs: [(key: String, value: DocumentValue)] = []
        var marks: [String: YAMLMark] = [:]
        var repeated: Set<String> = []
        while true {
            let event = try events.next()
            if case .mapEnd = event.kind { break }
            let key = try key(event)
            if marks[key] == nil { marks[key] = event.mark } else { repeated.insert(key) }
            pairs.append((key, try value(try events.next())))
        }
        let names = repeated.sorted()
        guard let first = names.first.flatMap({ marks[$0] }) else { return .map(pairs) }
        let list = names.map(\.quotedForMessage).joined(separator: ", ")
        throw DocumentFault(.malformed, "the key \(list) stands more than once", at: first)
    }

    /// A key is the text that is written, as Kubernetes takes it: `1: x` has key "1".
    private mutating func key(_ event: YAMLEvent) throws(DocumentFault) -> String {
        switch event.kind {
        case .scalar(let scalar, let anchor):
            if let anchor { anchors[anchor] = .scalar(scalar) }
            return scalar.text
        case .alias(let name):
            if case .scalar(let scalar) = try anchored(name, event.mark) { return scalar.text }
        case .listStart, .listEnd, .mapStart, .mapEnd, .documentEnd, .end:
            break
        }
        throw DocumentFault(.invalid, "a key must be a text", at: event.mark)
    }

    private mutating func anchored(
        _ name: String, _ mark: YAMLMark
    ) throws(DocumentFault) -> Anchored {
        aliases += 1
        guard aliases <= bounds.aliasesMax else {
            let sentence = "has more than \(bounds.aliasesMax) aliases; write them out"
            throw DocumentFault(.invalid, sentence, at: mark)
        }
        guard let anchored = anchors[name] else {
            throw DocumentFault(.malformed, "found undefined alias", at: mark)
        }
        return anchored
    }

    private mutating func count(_ size: Int, _ mark: YAMLMark) throws(DocumentFault) {
        values += size
        guard values <= bounds.valuesMax else {
            let sentence = "there are more than \(bounds.valuesMax) values"
            throw DocumentFault(.invalid, sentence, at: mark)
        }
    }

    /// Begins a map or a list, which is a value itself.
    private mutating func descend(_ mark: YAMLMark) throws(DocumentFault) {
        try count(1, mark)
        guard depth < Self.depthMax else {
            let sentence = "the nesting is deeper than \(Self.depthMax)"
            throw DocumentFault(.malformed, sentence, at: mark)
        }
        depth += 1
    }
}

extension DocumentValue {
    private static let textTag = "tag:yaml.org,2002:str"

    /// Quoted is a text. Plain is what YAML 1.1 makes of it, as Kubernetes reads manifests.
    fileprivate init(_ scalar: YAMLScalar, at mark: YAMLMark) throws(DocumentFault) {
        if scalar.isQuoted || scalar.tag == Self.textTag {
            self = .text(scalar.text)
        } else if let tag = scalar.tag {
            throw DocumentFault(.invalid, "the tag \(tag) has no meaning here", at: mark)
        } else {
            self.init(plain: scalar.text)
        }
    }
}
