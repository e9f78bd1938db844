package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 1, critical | namespace | text |
/// | 2, critical | access | namespace access; absent: every agent |
/// | 3, critical | dryRun | flag |
extension Command.Access: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(.critical(1), namespace)
        writer.field(.critical(2), ifPresent: access)
        writer.field(.critical(3), flag: isDryRun)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var namespace: String?
        self.init(namespace: "", access: nil)
        while let field = try fields.next() {
            switch field.number {
            case 1: namespace = try field.text()
            case 2: access = try field.structure("namespace access")
            case 3: isDryRun = try field.flag()
            default: try field.skip()
            }
        }
        self.namespace = try fields.required(namespace, 1)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | changed | flag |
extension Answer.Accessed: FieldCodable {
    package func encode(to writer: inout ByteWriter) { writer.field(2, flag: isChanged) }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var isChanged = false
        while let field = try fields.next() {
            switch field.number {
            case 2: isChanged = try field.flag()
            default: try field.skip()
            }
        }
        self.init(isChanged: isChanged)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1, critical | after | text, the name of a namespace |
/// | 2 | limit | u32; absent: as many as a page may have |
extension Query.Namespaces: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(.critical(1), ifPresent: after)
        writer.field(2, limit)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init()
        while let field = try fields.next() {
            switch field.number {
            case 1: after = try field.text()
            case 2: limit = try field.integer()
            default: try field.skip()
            }
        }
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | item | repeated namespace |
/// | 3 | next | text, the name of a namespace |
extension Answer.Namespaces: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(2, items)
        writer.field(3, ifPresent: next)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var items: [Item] = []
        var next: String?
        while let field = try fields.next() {
            switch field.number {
            case 2:
                let item: Item = try field.structure("namespace", isRepeatable: true)
                try field.append(item, to: &items, max: Limits.pageItemsMax)
            case 3: next = try field.text()
            default: try field.skip()
            }
        }
        self.init(items: items, next: next)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | name | text |
/// | 2 | prefixCount | u64 |
/// | 3 | allocationCount | u64 |
/// | 4 | access | namespace access; absent: every agent |
extension Answer.Namespaces.Item: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, name)
        writer.field(2, prefixCount)
        writer.field(3, allocationCount)
        writer.field(4, ifPresent: access)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var name: String?
        var prefixCount: UInt64?
        var allocationCount: UInt64?
        var access: NamespaceAccess?
        while let field = try fields.next() {
            switch field.number {
            case 1: name = try field.text()
            case 2: prefixCount = try field.integer()
            case 3: allocationCount = try field.integer()
            case 4: access = try field.structure("namespace access")
            default: try field.skip()
            }
        }
        self.init(
            name: try fields.required(name, 1), prefixCount: try fields.required(prefixCount, 2),
            allocationCount: try fields.required(allocationCount, 3), access: access)
    }
}
