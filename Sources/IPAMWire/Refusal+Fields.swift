package import IPAM

/// A refusal and the LSN at which it was decided.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | lsn | u64 |
/// | 2 | code | u16 |
/// | 3 | sentence | text |
/// | 4 | fault | repeated document fault |
/// | 5 | name | repeated text |
/// | 6 | part | u32, the position of the refused part of a batch, from 0 |
/// | 7 | retryMilliseconds | u32 |
package struct RefusalBody: Sendable, Hashable {
    package let lsn: UInt64
    package let refusal: Refusal

    package init(lsn: UInt64, refusal: Refusal) {
        self.lsn = lsn
        self.refusal = refusal
    }
}

extension RefusalBody: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, lsn)
        writer.field(2, refusal.code.rawValue)
        writer.field(3, refusal.sentence)
        writer.fields(refusal.faults) { $0.field(4, $1) }
        writer.fields(refusal.names) { $0.field(5, $1) }
        writer.field(6, ifPresent: refusal.part)
        writer.field(7, ifPresent: refusal.retryMilliseconds)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var lsn: UInt64?
        var code: RefusalCode?
        var sentence: String?
        var faults: [Refusal.DocumentFault] = []
        var names: [String] = []
        var part: UInt32?
        var retryMilliseconds: UInt32?
        while let field = try fields.next() {
            switch field.number {
            case 1: lsn = try field.integer()
            case 2: code = try field.value()
            case 3: sentence = try field.text()
            case 4: faults.append(try field.structure("document fault", isRepeatable: true))
            case 5: names.append(try field.text(isRepeatable: true))
            case 6: part = try field.integer()
            case 7: retryMilliseconds = try field.integer()
            default: try field.skip()
            }
        }
        self.init(
            lsn: try fields.required(lsn, 1),
            refusal: Refusal(
                try fields.required(code, 2), try fields.required(sentence, 3),
                faults: faults, names: names, part: part, retryMilliseconds: retryMilliseconds))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | document | u32, from 0 |
/// | 2 | path | text, for example `spec.prefixLength` |
/// | 3 | kind | u8: 1 required, 2 invalid, 3 not supported, 4 forbidden, 5 immutable |
/// | 4 | sentence | text |
extension Refusal.DocumentFault: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, document)
        writer.field(2, fault.path)
        writer.field(3, fault.kind.rawValue)
        writer.field(4, fault.sentence)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var document: UInt32?
        var path: String?
        var kind: Fault.Kind?
        var sentence: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: document = try field.integer()
            case 2: path = try field.text()
            case 3: kind = try field.value()
            case 4: sentence = try field.text()
            default: try field.skip()
            }
        }
        let fault = Fault(
            path: try fields.required(path, 2), kind: try fields.required(kind, 3),
            sentence: try fields.required(sentence, 4))
        self.init(document: try fields.required(document, 1), fault: fault)
    }
}
