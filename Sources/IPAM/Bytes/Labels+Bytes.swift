/// | number | field | |
/// |---|---|---|
/// | 1 | pair | repeated, in ascending order of the keys: 1 key text, 2 value text |
extension Labels: FieldCodable {
    package func encode(to writer: inout ByteWriter) { writer.fields(1, pairs) }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var pairs: [Pair] = []
        while let field = try fields.next() {
            switch field.number {
            case 1: pairs.append(try field.structure("label", isRepeatable: true))
            default: try field.skip()
            }
        }
        guard let labels = Labels(ascending: pairs) else {
            throw fields.invalid("keys ascend in the order of their bytes, each once", 1)
        }
        self = labels
    }
}

extension Labels.Pair: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, key)
        writer.field(2, value)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var key: String?
        var value: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: key = try field.text()
            case 2: value = try field.text()
            default: try field.skip()
            }
        }
        self.init(key: try fields.required(key, 1), value: try fields.required(value, 2))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | matchLabels | labels, absent if there are none |
/// | 2, critical | matchExpression | repeated requirement |
///
/// The reader takes more parts than a selector may have (`Limits.selectorPartsMax`), so that
/// the refusal can name the field; not so many that sorting them would keep others waiting.
extension Selector: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, ifPresent: matchLabels.isEmpty ? nil : matchLabels)
        writer.fields(.critical(2), matchExpressions)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var labels: Labels = [:]
        var requirements: [Requirement] = []
        while let field = try fields.next() {
            switch field.number {
            case 1: labels = try field.structure("labels")
            case 2:
                let requirement: Requirement = try field.structure(
                    "requirement", isRepeatable: true)
                try field.append(requirement, to: &requirements, max: Limits.itemsPerCommandMax)
            default: try field.skip()
            }
        }
        self.init(matchLabels: labels, matchExpressions: requirements)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | key | text |
/// | 2 | operator | u8: 1 In, 2 NotIn, 3 Exists, 4 DoesNotExist |
/// | 3 | value | repeated text, sorted by a writer of ours |
extension Selector.Requirement: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, key)
        writer.field(2, `operator`.rawValue)
        writer.fields(3, values)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var key: String?
        var `operator`: Operator?
        var values: [String] = []
        while let field = try fields.next() {
            switch field.number {
            case 1: key = try field.text()
            case 2: `operator` = try field.value()
            case 3:
                let value = try field.text(isRepeatable: true)
                try field.append(value, to: &values, max: Limits.itemsPerCommandMax)
            default: try field.skip()
            }
        }
        self.init(
            key: try fields.required(key, 1), operator: try fields.required(`operator`, 2),
            values: values)
    }
}
