/// Why bytes are no value: which structure, which field, and what is wrong with it.
package struct DecodingFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// The bytes end before the value does.
        case truncated
        /// A length is not in its shortest form, or above 32 bits.
        case badLength
        /// The number is 0, or fields do not ascend.
        case outOfOrder
        case repeated
        /// A field that is not known here, and must not be skipped.
        case unknownCritical
        case missing
        /// The value's bytes are none of its type, or none that is allowed.
        case badValue(String)
        /// An address or a length that no prefix has.
        case badPrefix(String)
        /// No kind of resource has this number.
        case unknownKind(UInt8)
        /// A repeated field stands more often than this.
        case tooMany(Int)
    }

    package let kind: Kind
    package let structure: String
    /// The field's number; 0 if the fault is in no field.
    package let number: UInt8

    package init(_ kind: Kind, structure: String, number: UInt8) {
        self.kind = kind
        self.structure = structure
        self.number = number
    }

    package var description: String {
        let place = number == 0 ? structure : "field \(number) of \(structure)"
        return switch kind {
        case .truncated: "\(place) ends too early"
        case .badLength: "\(place) has a length that is not in its shortest form"
        case .outOfOrder: "\(place) is out of order; fields ascend by number from 1"
        case .repeated: "\(place) stands more than once"
        case .unknownCritical: "\(place) is not known here and is marked critical"
        case .missing: "\(place) is missing"
        case .badValue(let sentence), .badPrefix(let sentence): "\(place) is wrong: \(sentence)"
        case .unknownKind(let number): "\(place) is wrong: no kind has the number \(number)"
        case .tooMany(let most):
            "there are more than \(most) items in the \(structure) (field \(number)); one "
                + "request takes \(most)"
        }
    }
}

/// Reads the fields of a structure, one after the other, without copying them.
package struct FieldReader: Sendable {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int
    private var lastNumber: UInt8 = 0
    /// The name of the structure, for faults.
    package let structure: String

    package init(_ bytes: [UInt8], structure: String) {
        self.init(bytes, range: 0..<bytes.count, structure: structure)
    }

    package init(_ bytes: [UInt8], range: Range<Int>, structure: String) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
        self.structure = structure
    }

    /// The next field, or nothing at the end.
    package mutating func next() throws(DecodingFault) -> Field? {
        guard position < end else { return nil }
        let tag = bytes[position]
        let number = tag & 0x7f
        guard number >= max(1, lastNumber) else { throw fault(.outOfOrder, number) }
        position += 1
        let length = try varint(number)
        guard length <= end - position else { throw fault(.truncated, number) }
        let field = Field(
            bytes: bytes, range: position..<(position + length), number: number,
            isCritical: tag & 0x80 != 0, isRepeat: number == lastNumber, structure: structure)
        position += length
        lastNumber = number
        return field
    }

    private mutating func varint(_ number: UInt8) throws(DecodingFault) -> Int {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard position < end else { throw fault(.truncated, number) }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                guard byte != 0 || shift == 0, value <= UInt64(UInt32.max) else { break }
                return Int(value)
            }
        }
        throw fault(.badLength, number)
    }

    private func fault(_ kind: DecodingFault.Kind, _ number: UInt8) -> DecodingFault {
        DecodingFault(kind, structure: structure, number: number)
    }

    /// The value of a field that must be there.
    package func required<Value>(
        _ value: Value?, _ number: UInt8
    ) throws(DecodingFault) -> Value {
        guard let value else { throw fault(.missing, number) }
        return value
    }

    /// A fault of a whole structure, found once its fields are read.
    package func invalid(_ sentence: String, _ number: UInt8 = 0) -> DecodingFault {
        fault(.badValue(sentence), number)
    }
}

/// One field: its number and where its bytes are.
package struct Field: Sendable {
    private let bytes: [UInt8]
    private let range: Range<Int>
    package let number: UInt8
    package let isCritical: Bool
    private let isRepeat: Bool
    private let structure: String

    fileprivate init(
        bytes: [UInt8], range: Range<Int>, number: UInt8, isCritical: Bool, isRepeat: Bool,
        structure: String
    ) {
        self.bytes = bytes
        self.range = range
        self.number = number
        self.isCritical = isCritical
        self.isRepeat = isRepeat
        self.structure = structure
    }

    /// Passes over a field that this reader does not know.
    package func skip() throws(DecodingFault) {
        if isCritical { throw fault(.unknownCritical) }
    }

    package func text(isRepeatable: Bool = false) throws(DecodingFault) -> String {
        try check(isRepeatable)
        do throws(UTF8.ValidationError) {
            return String(copying: try UTF8Span(validating: bytes.span.extracting(range)))
        } catch {
            throw invalid("the text is no UTF-8")
        }
    }

    package func integer<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type = Integer.self, isRepeatable: Bool = false
    ) throws(DecodingFault) -> Integer {
        try check(isRepeatable)
        guard range.count == Integer.bitWidth / 8 else {
            throw invalid("it has \(range.count) bytes, not \(Integer.bitWidth / 8)")
        }
        return bytes.withUnsafeBytes {
            Integer(
                littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: Integer.self))
        }
    }

    /// The same of the size that most numbers have, for journals have many: other targets call
    /// generic code of this one through tables.
    package func integer(isRepeatable: Bool = false) throws(DecodingFault) -> UInt64 {
        try integer(UInt64.self, isRepeatable: isRepeatable)
    }

    /// One of the values of an enumeration.
    package func value<Value: RawRepresentable>(
        _ type: Value.Type = Value.self
    ) throws(DecodingFault) -> Value where Value.RawValue: FixedWidthInteger & UnsignedInteger {
        let raw: Value.RawValue = try integer()
        guard let value = Value(rawValue: raw) else { throw invalid("\(raw) is not known here") }
        return value
    }

    package func flag() throws(DecodingFault) -> Bool {
        try check(false)
        guard range.isEmpty else { throw invalid("a flag has no bytes") }
        return true
    }

    package func prefix(isRepeatable: Bool = false) throws(DecodingFault) -> IPPrefix {
        try check(isRepeatable)
        let value = bytes[range]
        guard value.count >= 2, let family = IPFamily(rawValue: value[value.startIndex]) else {
            throw fault(.badPrefix("a prefix begins with its family, 4 or 6, and its length"))
        }
        guard value.count == 2 + Int(family.addressBits) / 8 else {
            let addressBytes = family.addressBits / 8
            throw fault(.badPrefix("an address of \(family) has \(addressBytes) bytes"))
        }
        let number = bytes.withUnsafeBytes { bytes in
            let start = range.lowerBound + 2
            return switch family {
            case .ipv4:
                UInt128(
                    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
            case .ipv6:
                UInt128(
                    bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt128.self))
            }
        }
        do throws(IPPrefixError) {
            let length = Int(value[value.startIndex + 1])
            return try IPPrefix(IPAddress(number: number, family: family), length: length)
        } catch {
            throw fault(.badPrefix(error.description))
        }
    }

    /// A kind of resource; one that is not known has a fault of its own, for a refusal of its own.
    package func kind() throws(DecodingFault) -> ResourceKind {
        let raw: UInt8 = try integer()
        guard let kind = ResourceKind(rawValue: raw) else { throw fault(.unknownKind(raw)) }
        return kind
    }

    package func structure<Value: FieldDecodable>(
        _ name: String, isRepeatable: Bool = false
    ) throws(DecodingFault) -> Value {
        try check(isRepeatable)
        var fields = FieldReader(bytes, range: range, structure: name)
        return try Value(from: &fields)
    }

    /// The bytes as they are.
    package func raw(isRepeatable: Bool = false) throws(DecodingFault) -> ArraySlice<UInt8> {
        try check(isRepeatable)
        return bytes[range]
    }

    package func invalid(_ sentence: String) -> DecodingFault { fault(.badValue(sentence)) }

    /// Appends a repeated value unless there are too many: what a peer sends must not take more
    /// memory than its bytes are worth.
    package func append<Value>(
        _ value: Value, to values: inout [Value], max: Int
    ) throws(DecodingFault) {
        guard values.count < max else { throw fault(.tooMany(max)) }
        values.append(value)
    }

    /// The same for texts, of which requests have many: other targets call generic code of this
    /// one through tables, and that costs more than the whole of it.
    package func append(
        _ text: String, to texts: inout [String], max: Int
    ) throws(DecodingFault) {
        guard texts.count < max else { throw fault(.tooMany(max)) }
        texts.append(text)
    }

    private func check(_ isRepeatable: Bool) throws(DecodingFault) {
        if isRepeat, !isRepeatable { throw fault(.repeated) }
    }

    private func fault(_ kind: DecodingFault.Kind) -> DecodingFault {
        DecodingFault(kind, structure: structure, number: number)
    }
}
