import Foundation
import Testing

/// The files of `proto-spec`, as the tests read them.
enum Specification {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "proto-spec")

    static func registry() throws -> Registry {
        try read("registry.json", as: Registry.self)
    }

    static func goodVectors() throws -> [GoodVector] {
        try ["hello", "requests", "answers", "watches", "refusals", "goodbyes"].flatMap {
            try read("vectors/good-\($0).json", as: [GoodVector].self)
        }
    }

    static func malformedVectors() throws -> [MalformedVector] {
        try read("vectors/malformed-streams.json", as: [MalformedVector].self)
    }

    private static func read<Value: Decodable>(_ path: String, as: Value.Type) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appending(path: path)))
    }
}

/// What the tests need of `registry.json`.
struct Registry: Decodable {
    struct Numbered: Decodable {
        let number: UInt16
        let name: String
        let sentence: String?
    }

    struct Enumeration: Decodable {
        let name: String
        let values: [Numbered]
    }

    struct Field: Decodable {
        let number: UInt8
        let name: String
        let type: String
        let critical: Bool
        let repeated: Bool
        let required: Bool
    }

    struct Message: Decodable {
        let opcode: UInt8
        let name: String
        let fields: [Field]
    }

    struct Structure: Decodable {
        let name: String
        /// Whether exactly one of the fields is there.
        let choice: Bool?
        let fields: [Field]
    }

    struct Limit: Decodable {
        let name: String
        let value: Int
    }

    let enumerations: [Enumeration]
    let structures: [Structure]
    let messages: [Message]
    let refusals: [Numbered]
    let goodbyes: [Numbered]
    let limits: [Limit]

    /// What a field of that type consists of: a structure, or the body of a message.
    func shape(_ name: String) -> Structure? {
        structures.first { $0.name == name }
            ?? messages.first { $0.name == name }.map {
                Structure(name: $0.name, choice: nil, fields: $0.fields)
            }
    }
}

/// A message and its bytes; the meaning in words is proved by `check.py`, in Swift by `Samples`.
struct GoodVector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let message: String
    let correlation: UInt64
    let hex: String
    let frameBytesMax: Int?

    var bytes: [UInt8] { hexBytes(hex) }
    var testDescription: String { name }
}

/// What a client might send, and what comes of it.
struct MalformedVector: Decodable, Sendable, CustomTestStringConvertible {
    indirect enum Piece: Decodable, Sendable {
        case hex(String)
        case times(Int, [Piece])

        private enum Key: CodingKey { case times, of }

        init(from decoder: any Decoder) throws {
            do {
                self = .hex(try decoder.singleValueContainer().decode(String.self))
            } catch is DecodingError {
                let container = try decoder.container(keyedBy: Key.self)
                self = .times(
                    try container.decode(Int.self, forKey: .times),
                    try container.decode([Piece].self, forKey: .of))
            }
        }

        var bytes: [UInt8] {
            switch self {
            case .hex(let text): hexBytes(text)
            case .times(let count, let pieces):
                Array(repeatElement(pieces.flatMap(\.bytes), count: count).joined())
            }
        }
    }

    let name: String
    let afterHello: Bool
    let stream: [Piece]
    let outcome: String
    let code: String?

    var bytes: [UInt8] { stream.flatMap(\.bytes) }
    var testDescription: String { name }
}

func hexBytes(_ text: String) -> [UInt8] {
    var digits = text.makeIterator()
    var bytes: [UInt8] = []
    while let high = digits.next()?.hexDigitValue, let low = digits.next()?.hexDigitValue {
        bytes.append(UInt8(high << 4 | low))
    }
    return bytes
}
