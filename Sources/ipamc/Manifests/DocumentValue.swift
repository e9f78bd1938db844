internal import Yams

/// What a document says before it means anything: the data model that YAML and JSON share.
indirect enum DocumentValue {
    case null
    case boolean(Bool)
    /// A number as it is written; fields that take numbers read it themselves.
    case number(String)
    case text(String)
    case list([DocumentValue])
    /// Pairs in the order of the document; every key is a text and there once.
    case map([(key: String, value: DocumentValue)])

    /// The type in words, for a message.
    var typeName: String {
        switch self {
        case .null: "null"
        case .boolean: "true or false"
        case .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

/// Why a node of YAML is none of ours.
struct DocumentValueFault: Error {
    let sentence: String
    /// Line and column from 1, if the parser knows them.
    let place: String

    init(_ sentence: String, at node: Node) {
        self.sentence = sentence
        self.place = node.mark.map { "line \($0.line), column \($0.column): " } ?? ""
    }
}

extension DocumentValue {
    /// Takes a parsed node over. Aliases stand for what they repeat, so a small text can mean an
    /// enormous value: `nodesLeft` bounds it, and is the same for all documents of a file.
    init(_ node: Node, nodesLeft: inout Int) throws(DocumentValueFault) {
        nodesLeft -= 1
        guard nodesLeft >= 0 else {
            let most = ManifestLimits.nodesMax
            throw DocumentValueFault("the file has more than \(most) values", at: node)
        }
        switch node {
        case .scalar(let scalar):
            self = try Self.scalar(scalar, node)
        case .sequence(let sequence):
            var list: [DocumentValue] = []
            for item in sequence { list.append(try Self(item, nodesLeft: &nodesLeft)) }
            self = .list(list)
        case .mapping(let mapping):
            var pairs: [(key: String, value: DocumentValue)] = []
            for pair in mapping {
                // A key is the text that is written, as Kubernetes takes it: `1: x` has key "1".
                guard case .scalar(let key) = pair.key else {
                    throw DocumentValueFault("a key must be a text", at: pair.key)
                }
                pairs.append((key.string, try Self(pair.value, nodesLeft: &nodesLeft)))
            }
            self = .map(pairs)
        case .alias:
            throw DocumentValueFault("the alias stands for nothing", at: node)
        }
    }

    /// Quoted is a text. Plain is what YAML 1.1 makes of it, as Kubernetes reads manifests.
    private static func scalar(
        _ scalar: Node.Scalar, _ node: Node
    ) throws(DocumentValueFault) -> DocumentValue {
        if scalar.tag == Tag(.str) { return .text(scalar.string) }
        guard scalar.tag == Tag(.implicit) else {
            throw DocumentValueFault("the tag \(scalar.tag) has no meaning here", at: node)
        }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .boolean(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
            return .boolean(false)
        case let text: return isNumber(text) ? .number(text) : .text(text)
        }
    }

    /// Whether a plain scalar is a number: `9`, `-1`, `0x1f`, `1_000`, `2.5`, `1e3`, `.inf`.
    private static func isNumber(_ text: String) -> Bool {
        var rest = text[...]
        if let sign = rest.first, sign == "-" || sign == "+" { rest = rest.dropFirst() }
        switch rest {
        case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN": return true
        default: break
        }
        let body = rest.dropFirst(2)
        if rest.hasPrefix("0x") { return !body.isEmpty && body.allSatisfy(\.isHexDigit) }
        if rest.hasPrefix("0b") { return !body.isEmpty && body.allSatisfy { "01_".contains($0) } }
        if rest.hasPrefix("0o") { rest = body }
        let digits = rest.filter { $0 != "_" }
        guard let first = digits.utf8.first, first.isASCIIDigit || first == UInt8(ascii: ".")
        else { return false }
        return Double(digits) != nil
    }
}

extension UInt8 {
    fileprivate var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

/// Bounds of what `apply` reads, beside those of the protocol.
enum ManifestLimits {
    /// Bytes of all files together.
    static let bytesMax = 64 << 20
    /// Bytes of one file of records or requests: a daemon with millions of objects exports them.
    static let recordBytesMax = 1 << 30
    /// Values in one file, those that aliases repeat included.
    static let nodesMax = 2_000_000
    /// Aliases in one file: few enough that aliases of aliases (at most 3 × 3 × 3 × 3 × 4 times
    /// the same) cannot grow far.
    static let aliasesMax = 16
}
