/// Tagged fields with their insides, without knowing what they mean: what parses as fields, is
/// taken for fields. After a change inside, all lengths around it are right again.
struct FieldTree: Hashable {
    indirect enum Value: Hashable {
        case bytes([UInt8])
        case fields([FieldTree])
    }

    /// Number and critical bit.
    var tag: UInt8
    var value: Value

    private static let depthMax = 12

    /// The values of the outermost fields; nothing if the bytes are no fields.
    static func values(of bytes: [UInt8]) -> [[UInt8]]? {
        parse(bytes[...], depth: depthMax)?.map { field in
            switch field.value {
            case .bytes(let bytes): bytes
            case .fields(let inside): Self.bytes(of: inside)
            }
        }
    }

    /// The fields that the bytes are; nothing if they are none.
    static func parse(_ bytes: ArraySlice<UInt8>, depth: Int = 0) -> [FieldTree]? {
        var fields: [FieldTree] = []
        var rest = bytes
        var last: UInt8 = 1
        while let tag = rest.first {
            rest = rest.dropFirst()
            guard tag & 0x7f >= last, let length = varint(&rest), length <= rest.count else {
                return nil
            }
            last = tag & 0x7f
            let content = rest.prefix(length)
            rest = rest.dropFirst(length)
            var value = Value.bytes(Array(content))
            if depth < depthMax, length > 1, let inside = parse(content, depth: depth + 1) {
                value = .fields(inside)
            }
            fields.append(FieldTree(tag: tag, value: value))
        }
        return fields
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return byte == 0 && shift > 0 ? nil : value }
        }
        return nil
    }

    static func bytes(of fields: [FieldTree]) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in fields {
            let content =
                switch field.value {
                case .bytes(let content): content
                case .fields(let inside): Self.bytes(of: inside)
                }
            bytes.append(field.tag)
            var length = content.count
            while length >= 0x80 {
                bytes.append(UInt8(length & 0x7f) | 0x80)
                length >>= 7
            }
            bytes.append(UInt8(length))
            bytes += content
        }
        return bytes
    }

    /// How many fields there are, with those inside.
    static func count(of fields: [FieldTree]) -> Int {
        fields.reduce(0) { sum, field in
            switch field.value {
            case .bytes: sum + 1
            case .fields(let inside): sum + 1 + count(of: inside)
            }
        }
    }

    /// Changes the list in which the field of this number stands, counted from 0 in the order of
    /// the bytes.
    ///
    /// - Returns: how many fields were passed over, and nothing once the change was made.
    static func visit(
        _ fields: inout [FieldTree], _ number: Int,
        _ change: (inout [FieldTree], Int) -> Void
    ) -> Int? {
        var passed = 0
        for index in fields.indices {
            if passed == number {
                change(&fields, index)
                return nil
            }
            passed += 1
            if case .fields(var inside) = fields[index].value {
                guard let more = visit(&inside, number - passed, change) else {
                    fields[index].value = .fields(inside)
                    return nil
                }
                passed += more
            }
        }
        return passed
    }
}
