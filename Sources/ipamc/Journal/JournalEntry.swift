internal import FoundationEssentials
internal import IPAM

/// An entry of the journal, as one line of `journalctl --output=json`.
///
/// Whoever writes to the journal chooses the bytes: nothing is taken for granted but that a line
/// is an object, and nothing is shown that a terminal would obey.
struct JournalEntry {
    private let values: [String: String]

    /// The longest value that is shown, in characters.
    private static let valueMax = 1024

    /// Nothing for what is no entry.
    init?(line: ArraySlice<UInt8>) {
        do {
            let fields = try JSONDecoder().decode([String: Value].self, from: Data(line))
            values = fields.compactMapValues(\.text)
        } catch {
            return nil
        }
    }

    subscript(field: JournalField) -> String? { values[field.rawValue] }

    subscript(number field: JournalField) -> UInt64? { self[field].flatMap { UInt64($0) } }

    var text: String { values["MESSAGE"] ?? "" }

    /// Nothing for a kind that needs no words of ours.
    var message: JournalMessage? { values["MESSAGE_ID"].flatMap { JournalMessage(rawValue: $0) } }

    /// When journald received it.
    var time: Instant? {
        guard let microseconds = values["__REALTIME_TIMESTAMP"].flatMap({ UInt64($0) }),
            microseconds / 1000 <= Self.millisecondsMax
        else { return nil }
        return Instant(milliseconds: microseconds / 1000)
    }

    /// The end of the year 9999.
    private static let millisecondsMax: UInt64 = 253_402_300_799_999

    /// A value: a text; bytes, if it is none; several of both, if the field is there more than
    /// once, of which the first counts; or nothing that we know.
    private enum Value: Decodable {
        case text(String)
        case other

        var text: String? {
            switch self {
            case .text(let text): Self.safe(text)
            case .other: nil
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = Self.decode(String.self, container) {
                self = .text(text)
            } else if let bytes = Self.decode([UInt8].self, container) {
                self = .text(String(decoding: bytes, as: UTF8.self))
            } else if let values = Self.decode([Value].self, container), let first = values.first {
                self = first
            } else {
                self = .other
            }
        }

        private static func decode<Form: Decodable>(
            _ form: Form.Type, _ container: any SingleValueDecodingContainer
        ) -> Form? {
            do {
                return try container.decode(form)
            } catch {
                return nil
            }
        }

        private static func safe(_ text: String) -> String {
            let scalars = text.unicodeScalars
            let shown = scalars.prefix(JournalEntry.valueMax).map { scalar in
                scalar.isPrintable ? String(scalar) : scalar.escaped(asASCII: true)
            }
            return shown.joined() + (scalars.count > JournalEntry.valueMax ? "…" : "")
        }
    }
}
