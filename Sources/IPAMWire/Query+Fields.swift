package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 1 | kind | u8: 1 Prefix, 2 PrefixAllocation |
/// | 2 | namespace | text; absent: every namespace |
/// | 3 | name | repeated text |
/// | 4, critical | selector | selector |
/// | 5, critical | after | position |
/// | 6 | limit | u32; absent: as many as a page may have |
extension Query.List: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, kind.rawValue)
        writer.field(2, ifPresent: namespace)
        writer.fields(3, names)
        writer.field(.critical(4), ifPresent: selector)
        writer.field(.critical(5), ifPresent: after)
        writer.field(6, limit)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var kind: ResourceKind?
        self.init(kind: .prefix)
        while let field = try fields.next() {
            switch field.number {
            case 1: kind = try field.kind()
            case 2: namespace = try field.text()
            case 3:
                let name = try field.text(isRepeatable: true)
                try field.append(name, to: &names, max: Limits.itemsPerCommandMax)
            case 4: selector = try field.structure("selector")
            case 5: after = try field.structure("position")
            case 6: limit = try field.integer()
            default: try field.skip()
            }
        }
        self.kind = try fields.required(kind, 1)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | namespace | text |
/// | 2 | name | text |
extension Query.Position: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, namespace)
        writer.field(2, name)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var namespace: String?
        var name: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: namespace = try field.text()
            case 2: name = try field.text()
            default: try field.skip()
            }
        }
        self.init(
            namespace: try fields.required(namespace, 1), name: try fields.required(name, 2))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | namespace | text |
/// | 2 | name | text, of a Prefix |
/// | 3, critical | after | prefix |
/// | 4 | limit | u32; absent: as many as a page may have |
extension Query.Used: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, namespace)
        writer.field(2, name)
        writer.field(.critical(3), ifPresent: after)
        writer.field(4, limit)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var namespace: String?
        var name: String?
        self.init(namespace: "", name: "")
        while let field = try fields.next() {
            switch field.number {
            case 1: namespace = try field.text()
            case 2: name = try field.text()
            case 3: after = try field.prefix()
            case 4: limit = try field.integer()
            default: try field.skip()
            }
        }
        self.namespace = try fields.required(namespace, 1)
        self.name = try fields.required(name, 2)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1, critical | request | the body of a request |
/// | 2, critical | after | text, the name of a Prefix |
/// | 3 | limit | u32; absent: as many as a page may have |
extension Query.Explain: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(.critical(1), request)
        writer.field(.critical(2), ifPresent: after)
        writer.field(3, limit)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var request: Command.Request?
        self.init(request: Command.Request(name: ""))
        while let field = try fields.next() {
            switch field.number {
            case 1: request = try field.structure("request")
            case 2: after = try field.text()
            case 3: limit = try field.integer()
            default: try field.skip()
            }
        }
        self.request = try fields.required(request, 1)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | namespace | text; absent: every namespace |
/// | 2 | name | repeated text |
/// | 3, critical | after | position |
/// | 4 | limit | u32; absent: as many as a page may have |
extension Query.Usage: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, ifPresent: namespace)
        writer.fields(2, names)
        writer.field(.critical(3), ifPresent: after)
        writer.field(4, limit)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init()
        while let field = try fields.next() {
            switch field.number {
            case 1: namespace = try field.text()
            case 2:
                let name = try field.text(isRepeatable: true)
                try field.append(name, to: &names, max: Limits.itemsPerCommandMax)
            case 3: after = try field.structure("position")
            case 4: limit = try field.integer()
            default: try field.skip()
            }
        }
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | prefix | prefix |
/// | 2, critical | after | position |
/// | 3 | limit | u32; absent: as many as a page may have |
extension Query.Who: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, prefix)
        writer.field(.critical(2), ifPresent: after)
        writer.field(3, limit)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var prefix: IPPrefix?
        var after: Query.Position?
        var limit = UInt32(Limits.pageItemsMax)
        while let field = try fields.next() {
            switch field.number {
            case 1: prefix = try field.prefix()
            case 2: after = try field.structure("position")
            case 3: limit = try field.integer()
            default: try field.skip()
            }
        }
        self.init(prefix: try fields.required(prefix, 1), after: after, limit: limit)
    }
}
