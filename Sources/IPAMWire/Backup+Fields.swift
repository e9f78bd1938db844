package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 1, critical | offset | u64 |
extension Query.Backup: FieldCodable {
    package func encode(to writer: inout ByteWriter) { writer.field(.critical(1), offset) }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var offset: UInt64?
        while let field = try fields.next() {
            switch field.number {
            case 1: offset = try field.integer()
            default: try field.skip()
            }
        }
        self.init(offset: try fields.required(offset, 1))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | size | u64 |
/// | 3 | part | bytes |
extension Answer.BackupPart: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(2, size)
        writer.field(3) { $0.append(bytes) }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var size: UInt64?
        var bytes: [UInt8]?
        while let field = try fields.next() {
            switch field.number {
            case 2: size = try field.integer()
            case 3: bytes = Array(try field.raw())
            default: try field.skip()
            }
        }
        self.init(size: try fields.required(size, 2), bytes: try fields.required(bytes, 3))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1, critical | dryRun | flag |
extension Command.Reconcile: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(.critical(1), flag: isDryRun)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init()
        while let field = try fields.next() {
            switch field.number {
            case 1: isDryRun = try field.flag()
            default: try field.skip()
            }
        }
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | wasQuarantined | flag |
extension Answer.Reconciled: FieldCodable {
    package func encode(to writer: inout ByteWriter) { writer.field(2, flag: wasQuarantined) }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var wasQuarantined = false
        while let field = try fields.next() {
            switch field.number {
            case 2: wasQuarantined = try field.flag()
            default: try field.skip()
            }
        }
        self.init(wasQuarantined: wasQuarantined)
    }
}
