package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 2 | item | repeated listed item |
/// | 3 | next | position; absent on the last page |
extension Answer.Listed: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        // In place: generic code of another target would copy each item to encode it.
        for index in items.indices { writer.field(2) { items[index].encode(to: &$0) } }
        if let next { writer.field(3, next) }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var items: [Item] = []
        var next: Query.Position?
        while let field = try fields.next() {
            switch field.number {
            case 2: items.append(try field.structure("listed item", isRepeatable: true))
            case 3: next = try field.structure("position")
            default: try field.skip()
            }
        }
        self.init(items: items, next: next)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | resource | resource |
/// | 2 | explanation | explanation, unless the resource is Allocated |
extension Answer.Listed.Item: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1) { resource.encode(to: &$0) }
        if let explanation { writer.field(2, explanation) }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var resource: Resource?
        var explanation: Explanation?
        while let field = try fields.next() {
            switch field.number {
            case 1: resource = try field.structure("resource")
            case 2: explanation = try field.structure("explanation")
            default: try field.skip()
            }
        }
        self.init(resource: try fields.required(resource, 1), explanation: explanation)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | reason | u8 |
/// | 2 | sentence | text |
extension Explanation: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, reason.rawValue)
        writer.field(2, sentence)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var reason: Reason?
        var sentence: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: reason = try field.value()
            case 2: sentence = try field.text()
            default: try field.skip()
            }
        }
        self.init(try fields.required(reason, 1), try fields.required(sentence, 2))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | item | repeated used item |
/// | 3 | next | prefix; absent on the last page |
extension Answer.UsedBlocks: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(2, items)
        writer.field(3, ifPresent: next)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var items: [Item] = []
        var next: IPPrefix?
        while let field = try fields.next() {
            switch field.number {
            case 2: items.append(try field.structure("used item", isRepeatable: true))
            case 3: next = try field.prefix()
            default: try field.skip()
            }
        }
        self.init(items: items, next: next)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | block | prefix |
/// | 2 | allocation | text, the name of a PrefixAllocation |
extension Answer.UsedBlocks.Item: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, block)
        writer.field(2, allocation)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var block: IPPrefix?
        var allocation: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: block = try field.prefix()
            case 2: allocation = try field.text()
            default: try field.skip()
            }
        }
        self.init(
            block: try fields.required(block, 1),
            allocation: try fields.required(allocation, 2))
    }
}
