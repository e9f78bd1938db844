/// One fault of a document: the field, the kind, and what would be right.
public struct Fault: Error, Sendable, Hashable {
    /// What is wrong with a field.
    public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case required = 1
        case invalid = 2
        case notSupported = 3
        case forbidden = 4
        case immutable = 5
    }

    /// The path of the field, for example `spec.prefixLength`.
    public let path: String
    public let kind: Kind
    /// What is wrong with the field and what would work, as the end of a sentence.
    public let sentence: String

    public init(path: String, kind: Kind, sentence: String) {
        self.path = path
        self.kind = kind
        self.sentence = sentence
    }

    package init(_ path: String, _ kind: Kind, _ sentence: String) {
        self.init(path: path, kind: kind, sentence: sentence)
    }
}

extension Fault.Kind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .required: "required"
        case .invalid: "invalid"
        case .notSupported: "not supported"
        case .forbidden: "forbidden"
        case .immutable: "immutable"
        }
    }
}

extension Fault: CustomStringConvertible {
    public var description: String { "\(path): \(kind): \(sentence)" }
}
