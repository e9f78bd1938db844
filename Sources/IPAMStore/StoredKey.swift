import Glibc

/// The key of an object, found among its bytes: enough to bring objects into their order without
/// decoding them. Most objects of a checkpoint have not changed since the one before it, and go
/// from one to the other as they are.
///
/// Names are ASCII, so the order of their bytes is the order of the keys.
struct StoredKey {
    private let kind: UInt8
    private let namespace: Range<Int>
    private let name: Range<Int>

    /// The key that an object begins with; nothing if these are not the bytes of one.
    init?(ofObject range: Range<Int>, in bytes: [UInt8]) {
        var places = Places(bytes: bytes, rest: range)
        guard let key = places.next(1) else { return nil }
        self.init(key, in: bytes)
    }

    /// A key that stands alone.
    init?(_ range: Range<Int>, in bytes: [UInt8]) {
        var places = Places(bytes: bytes, rest: range)
        guard let kind = places.next(1), kind.count == 1, let namespace = places.next(2),
            let name = places.next(3)
        else { return nil }
        self.kind = bytes[kind.lowerBound]
        self.namespace = namespace
        self.name = name
    }

    /// Less than zero if this key, which is in `bytes`, comes first; zero if both are the same.
    func order(in bytes: [UInt8], _ other: StoredKey, in otherBytes: [UInt8]) -> Int {
        if kind != other.kind { return Int(kind) - Int(other.kind) }
        return bytes.withUnsafeBytes { mine in
            otherBytes.withUnsafeBytes { theirs in
                let namespaces = Self.order(mine[namespace], theirs[other.namespace])
                return namespaces != 0 ? namespaces : Self.order(mine[name], theirs[other.name])
            }
        }
    }

    /// A hash that nobody outside can foresee, and that differs from start to start.
    func hash(in bytes: [UInt8]) -> Int {
        var hasher = Hasher()
        hasher.combine(kind)
        bytes.withUnsafeBytes { bytes in
            hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[namespace]))
            hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[name]))
        }
        return hasher.finalize()
    }

    private static func order(
        _ left: Slice<UnsafeRawBufferPointer>, _ right: Slice<UnsafeRawBufferPointer>
    ) -> Int {
        let count = min(left.count, right.count)
        let (left, right) = (
            UnsafeRawBufferPointer(rebasing: left), UnsafeRawBufferPointer(rebasing: right)
        )
        if count > 0, let mine = left.baseAddress, let theirs = right.baseAddress {
            let order = memcmp(mine, theirs, count)
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }

    /// The same key after its bytes were copied to a place so much further on.
    func moved(by distance: Int) -> StoredKey {
        func moved(_ range: Range<Int>) -> Range<Int> {
            range.lowerBound + distance..<range.upperBound + distance
        }
        return StoredKey(kind: kind, namespace: moved(namespace), name: moved(name))
    }

    private init(kind: UInt8, namespace: Range<Int>, name: Range<Int>) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// Finds fields one after the other, as `FieldReader` does, but tells no fault: whatever is
    /// no key is damage, and the decoder says which.
    private struct Places {
        let bytes: [UInt8]
        var rest: Range<Int>

        /// Where the value of the next field is, if it has this number; critical or not, for a
        /// reader who knows it takes both.
        mutating func next(_ number: UInt8) -> Range<Int>? {
            guard rest.count >= 2, bytes[rest.lowerBound] & 0x7f == number else { return nil }
            var start = rest.lowerBound + 1
            var length = 0
            var shift = 0
            while true {
                guard start < rest.upperBound, shift <= 28 else { return nil }
                let byte = bytes[start]
                start += 1
                length |= Int(byte & 0x7f) << shift
                shift += 7
                if byte & 0x80 == 0 { break }
            }
            guard length <= rest.upperBound - start else { return nil }
            rest = start + length..<rest.upperBound
            return start..<start + length
        }
    }
}

/// An object as it is written in a checkpoint.
struct StoredObject {
    let key: StoredKey
    /// Its frame, and where in it the object is.
    let bytes: [UInt8]
    let range: Range<Int>
}
