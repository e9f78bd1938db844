package import IPAM

/// The server's last frame on a connection: why it ends, and what became of open requests.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | code | u16 |
/// | 2 | sentence | text |
/// | 3 | restNotExecuted | flag: whatever has no answer was certainly not executed |
/// | 4 | versionLeast | u16, of `unsupported_version` alone |
/// | 5 | versionMost | u16, of `unsupported_version` alone |
package struct Goodbye: Sendable, Hashable {
    /// A code of `ProtocolError.Code`, or one that is not known here.
    package let code: UInt16
    package let sentence: String
    /// If false, a request without an answer may or may not have been executed.
    package let restNotExecuted: Bool
    /// The versions that the server speaks, if it does not speak the client's.
    package let versions: ClosedRange<UInt16>?

    package init(
        code: UInt16, sentence: String, restNotExecuted: Bool,
        versions: ClosedRange<UInt16>? = nil
    ) {
        self.code = code
        self.sentence = sentence
        self.restNotExecuted = restNotExecuted
        self.versions = versions
    }

    package var knownCode: ProtocolError.Code? { ProtocolError.Code(rawValue: code) }
}

extension Goodbye: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, code)
        writer.field(2, sentence)
        writer.field(3, flag: restNotExecuted)
        writer.field(4, ifPresent: versions?.lowerBound)
        writer.field(5, ifPresent: versions?.upperBound)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var code: UInt16?
        var sentence: String?
        var restNotExecuted = false
        var least: UInt16?
        var most: UInt16?
        while let field = try fields.next() {
            switch field.number {
            case 1: code = try field.integer()
            case 2: sentence = try field.text()
            case 3: restNotExecuted = try field.flag()
            case 4: least = try field.integer()
            case 5: most = try field.integer()
            default: try field.skip()
            }
        }
        var versions: ClosedRange<UInt16>?
        switch (least, most) {
        case (nil, nil): break
        case (let least?, let most?) where least <= most: versions = least...most
        default: throw fields.invalid("fields 4 and 5 are a range of versions", 4)
        }
        self.init(
            code: try fields.required(code, 1), sentence: try fields.required(sentence, 2),
            restNotExecuted: restNotExecuted, versions: versions)
    }
}
