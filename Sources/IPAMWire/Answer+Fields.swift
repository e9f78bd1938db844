package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 2 | item | repeated applied item, one for each manifest in their order |
/// | 3 | warning | repeated text |
extension Answer.Applied: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(2, items)
        writer.fields(warnings) { $0.field(3, $1) }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var items: [Item] = []
        var warnings: [String] = []
        while let field = try fields.next() {
            switch field.number {
            case 2: items.append(try field.structure("applied item", isRepeatable: true))
            case 3: warnings.append(try field.text(isRepeatable: true))
            default: try field.skip()
            }
        }
        self.init(items: items, warnings: warnings)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | key | resource key |
/// | 2 | outcome | u8: 1 created, 2 configured, 3 unchanged |
extension Answer.Applied.Item: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, key)
        writer.field(2, outcome.rawValue)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var key: ResourceKey?
        var outcome: Answer.Applied.Outcome?
        while let field = try fields.next() {
            switch field.number {
            case 1: key = try field.structure("resource key")
            case 2: outcome = try field.value()
            default: try field.skip()
            }
        }
        self.init(key: try fields.required(key, 1), outcome: try fields.required(outcome, 2))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | resource | resource |
/// | 3 | created | flag |
extension Answer.Allocated: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(2) { resource.encode(to: &$0) }
        writer.field(3, flag: isCreated)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var resource: Resource?
        var isCreated = false
        while let field = try fields.next() {
            switch field.number {
            case 2: resource = try field.structure("resource")
            case 3: isCreated = try field.flag()
            default: try field.skip()
            }
        }
        self.init(resource: try fields.required(resource, 2), isCreated: isCreated)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | item | repeated released item |
extension Answer.Released: FieldCodable {
    package func encode(to writer: inout ByteWriter) { writer.fields(2, items) }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var items: [Item] = []
        while let field = try fields.next() {
            switch field.number {
            case 2: items.append(try field.structure("released item", isRepeatable: true))
            default: try field.skip()
            }
        }
        self.init(items: items)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | name | text |
/// | 2 | block | prefix |
extension Answer.Released.Item: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, name)
        writer.field(2, ifPresent: block)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var name: String?
        var block: IPPrefix?
        while let field = try fields.next() {
            switch field.number {
            case 1: name = try field.text()
            case 2: block = try field.prefix()
            default: try field.skip()
            }
        }
        self.init(name: try fields.required(name, 1), block: block)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | key | repeated resource key |
extension Answer.Deleted: FieldCodable {
    package func encode(to writer: inout ByteWriter) { writer.fields(2, keys) }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var keys: [ResourceKey] = []
        while let field = try fields.next() {
            switch field.number {
            case 2: keys.append(try field.structure("resource key", isRepeatable: true))
            default: try field.skip()
            }
        }
        self.init(keys: keys)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | resourceCount | u64 |
/// | 3 | violation | repeated text |
/// | 4 | warning | repeated text |
extension Answer.Checked: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(2, resourceCount)
        writer.fields(violations) { $0.field(3, $1) }
        writer.fields(warnings) { $0.field(4, $1) }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var resourceCount: UInt64?
        var violations: [String] = []
        var warnings: [String] = []
        while let field = try fields.next() {
            switch field.number {
            case 2: resourceCount = try field.integer()
            case 3: violations.append(try field.text(isRepeatable: true))
            case 4: warnings.append(try field.text(isRepeatable: true))
            default: try field.skip()
            }
        }
        self.init(
            resourceCount: try fields.required(resourceCount, 2), violations: violations,
            warnings: warnings)
    }
}
