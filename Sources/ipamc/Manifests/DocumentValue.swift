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

extension DocumentValue {
    /// What YAML 1.1 makes of a text without quotes, as Kubernetes reads manifests.
    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": self = .boolean(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
            self = .boolean(false)
        case _: self = Self.isNumber(text) ? .number(text) : .text(text)
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
    /// Aliases few enough that aliases of aliases (at most 3 × 3 × 3 × 3 × 4 times the same)
    /// cannot grow far.
    static let file = DocumentBounds(valuesMax: 2_000_000, aliasesMax: 16)
    /// One line of JSON, which has no aliases; and more values than any request has.
    static let line = DocumentBounds(valuesMax: 1000, aliasesMax: 0)
}
