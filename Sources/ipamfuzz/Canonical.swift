internal import IPAM

/// What holds of every value that was read from bytes: it is written and read again as the same
/// value, it has one encoding, and none that was accepted is shorter, but for what is always
/// written and may be absent (`optionalBytes`).
///
/// The bytes that came in may differ from it: fields that are not known are passed over, and some
/// values have a form that nobody of ours writes.
func requireCanonical<Value: FieldEncodable & Hashable>(
    _ value: Value, from body: [UInt8], optionalBytes: Int = 0,
    _ what: @autoclosure () -> String, read: ([UInt8]) throws(DecodingFault) -> Value?
) throws(FuzzFinding) {
    let written = value.encoded
    try require(
        written.count <= body.count + optionalBytes,
        "\(what()): \(body.count) bytes were read, \(written.count) say the same")
    let found = try readBack(what()) { () throws(DecodingFault) in try read(written) }
    guard let again = found else {
        throw FuzzFinding("\(what()): what was written is something else")
    }
    try require(again == value, "\(what()): read, written and read is another value")
    try require(again.encoded == written, "\(what()): the same value has two encodings")
    guard written.count == body.count, written != body, optionalBytes == 0 else { return }
    // Nothing was left out or added: then at most critical bits and the order of values differ.
    try require(
        written.map { $0 & 0x7f }.sorted() == body.map { $0 & 0x7f }.sorted(),
        "\(what()): as many bytes, and others")
}

/// What this project wrote, and therefore must be able to read.
func readBack<Value>(
    _ what: @autoclosure () -> String, _ read: () throws(DecodingFault) -> Value
) throws(FuzzFinding) -> Value {
    do throws(DecodingFault) {
        return try read()
    } catch {
        throw FuzzFinding("\(what()): what was written is not read: \(error)")
    }
}

/// What this project wrote: a structure of fields.
func readBack<Value: FieldDecodable>(
    _ what: @autoclosure () -> String, _ body: [UInt8]
) throws(FuzzFinding) -> Value {
    try readBack(what()) { () throws(DecodingFault) in
        var fields = FieldReader(body, structure: "what was written")
        return try Value(from: &fields)
    }
}

/// `requireCanonical` for structures that are read from fields.
func requireCanonical<Value: FieldCodable & Hashable>(
    _ value: Value, from body: [UInt8], _ what: @autoclosure () -> String
) throws(FuzzFinding) {
    try requireCanonical(value, from: body, what()) { bytes throws(DecodingFault) in
        var fields = FieldReader(bytes, structure: "again")
        return try Value(from: &fields)
    }
}
