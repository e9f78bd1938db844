internal import FoundationEssentials

/// The two machine-readable forms of one value. Keys are sorted, so equal values are equal texts.
enum StructuredText {
    /// With a line break at the end.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// On one line, for one value of many.
    static func jsonLine(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// Texts that a reader would take for a number, a date or a boolean come in quotes.
    ///
    /// The value is read back from JSON, which is YAML: so the two forms say the same.
    static func yaml(_ value: some Encodable) throws -> String {
        let json = try jsonLine(value)
        let bounds = DocumentBounds(valuesMax: .max, aliasesMax: 0)
        var reader = DocumentReader(
            json.unicodeScalars.reduce(into: "", appendReadable), within: bounds)
        guard let document = try reader.next() else { return "" }
        return YAMLWriter.text(document)
    }

    /// Escapes what stands in a text of JSON as it is, but to a reader of YAML ends a line or is
    /// no character at all.
    private static func appendReadable(_ text: inout String, _ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x7f...0x9f, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff:
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default:
            text.unicodeScalars.append(scalar)
        }
    }
}
