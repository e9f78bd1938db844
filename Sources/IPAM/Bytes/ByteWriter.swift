/// Appends values in the one encoding that protocol, journal and checkpoint share.
///
/// A structure is a sequence of fields in ascending order of their numbers; what is absent is
/// left out, so equal values have equal bytes:
///
///     tag u8 (bit 7: critical, bits 0...6: number 1...127) │ length, varint │ value
///
/// Integers are little-endian and of fixed size. A varint is LEB128 in its shortest form, at
/// most 32 bits. Text is UTF-8. A prefix is family (4 or 6), length, and the 4 or 16 bytes of
/// its first address in network order.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8]

    package init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package mutating func append(_ raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }

    package mutating func append(integer: some FixedWidthInteger & UnsignedInteger) {
        withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes over what is there already: a header whose length is known once its body is written.
    package mutating func overwrite(integer: some FixedWidthInteger & UnsignedInteger, at: Int) {
        precondition(at + integer.bitWidth / 8 <= bytes.count, "Only what is there is replaced.")
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: integer.littleEndian, toByteOffset: at, as: type(of: integer))
        }
    }

    /// Takes everything from there on away again.
    package mutating func removeAll(from start: Int) { bytes.removeSubrange(start...) }

    package mutating func append(varint value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    package mutating func append(prefix: IPPrefix) {
        bytes.append(prefix.family.rawValue)
        bytes.append(prefix.length)
        switch prefix.family {
        case .ipv4: append(bigEndian: UInt32(prefix.number))
        case .ipv6: append(bigEndian: prefix.number)
        }
    }

    private mutating func append(bigEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// The number of a field and whether a reader that does not know it must refuse the whole.
package struct Tag: Sendable, Hashable, ExpressibleByIntegerLiteral {
    package let byte: UInt8

    package init(integerLiteral number: UInt8) {
        precondition((1...127).contains(number), "Field numbers are 1 to 127.")
        byte = number
    }

    /// A field that changes the meaning of the whole: an old reader must not skip it.
    package static func critical(_ number: UInt8) -> Tag {
        var tag = Tag(integerLiteral: number)
        tag = Tag(byte: tag.byte | 0x80)
        return tag
    }

    private init(byte: UInt8) { self.byte = byte }
}

extension ByteWriter {
    /// A field whose value `write` appends. The length is not known before, so the value is
    /// written behind room for one byte of length, and moved when it needs more.
    package mutating func field(_ tag: Tag, _ write: (inout ByteWriter) -> Void) {
        let start = begin(tag)
        write(&self)
        end(start)
    }

    /// Returns where the value of the field begins.
    private mutating func begin(_ tag: Tag) -> Int {
        bytes.append(tag.byte)
        bytes.append(0)
        return bytes.count
    }

    /// Ends the field whose value begins there.
    private mutating func end(_ start: Int) {
        var rest = UInt32(bytes.count - start)
        var place = start - 1
        while rest >= 0x80 {
            bytes[place] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            place += 1
            bytes.insert(0, at: place)
        }
        bytes[place] = UInt8(rest)
    }

    package mutating func field(_ tag: Tag, _ value: some FixedWidthInteger & UnsignedInteger) {
        bytes.append(tag.byte)
        bytes.append(UInt8(value.bitWidth / 8))
        append(integer: value)
    }

    package mutating func field(_ tag: Tag, _ text: String) {
        bytes.append(tag.byte)
        append(varint: UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func field(_ tag: Tag, _ prefix: IPPrefix) {
        field(tag) { $0.append(prefix: prefix) }
    }

    package mutating func field(_ tag: Tag, _ value: some FieldEncodable) {
        field(tag) { value.encode(to: &$0) }
    }

    /// A flag is a field without bytes: there if it is true, left out if it is false.
    package mutating func field(_ tag: Tag, flag: Bool) {
        if flag {
            bytes.append(tag.byte)
            bytes.append(0)
        }
    }

    /// Leaves an absent value out.
    package mutating func field(_ tag: Tag, ifPresent text: String?) {
        if let text { field(tag, text) }
    }

    package mutating func field(_ tag: Tag, ifPresent value: (some FieldEncodable)?) {
        if let value { field(tag, value) }
    }

    package mutating func field(_ tag: Tag, ifPresent prefix: IPPrefix?) {
        if let prefix { field(tag, prefix) }
    }

    package mutating func field(
        _ tag: Tag, ifPresent value: (some FixedWidthInteger & UnsignedInteger)?
    ) {
        if let value { field(tag, value) }
    }

    /// A value of an enumeration, left out if it is what its absence means.
    package mutating func field<Value: RawRepresentable & Equatable>(
        _ tag: Tag, unlessDefault value: Value, _ standard: Value
    ) where Value.RawValue == UInt8 {
        if value != standard { field(tag, value.rawValue) }
    }

    /// Repeats the field for each value.
    package mutating func fields(_ tag: Tag, _ values: [some FieldEncodable]) {
        for value in values { field(tag, value) }
    }

    package mutating func fields(_ tag: Tag, _ texts: [String]) {
        for text in texts { field(tag, text) }
    }

    package mutating func fields(_ tag: Tag, _ prefixes: [IPPrefix]) {
        for prefix in prefixes { field(tag, prefix) }
    }
}

/// A structure that is encoded as fields.
package protocol FieldEncodable {
    func encode(to writer: inout ByteWriter)
}

/// A structure that can be read back from its fields.
package protocol FieldDecodable {
    init(from fields: inout FieldReader) throws(DecodingFault)
}

package typealias FieldCodable = FieldEncodable & FieldDecodable

extension FieldEncodable {
    package var encoded: [UInt8] {
        // Most objects and records have less, and to grow is to copy.
        var writer = ByteWriter(capacity: 512)
        encode(to: &writer)
        return writer.bytes
    }
}
