/// A value in one place of memory, which many share until one of them changes it. It is passed on
/// as one word, however large it is. Public, since the compiler makes fast code of nothing less in
/// other modules.
public struct Shared<Value: Sendable>: Sendable {
    /// The place. Sendable, for its value changes only while a single `Shared` has it.
    public final class Box: @unchecked Sendable {
        // Who changes it is the only one who has it: there is nothing to check at run time.
        @exclusivity(unchecked) @usableFromInline var value: Value

        @inlinable init(_ value: Value) { self.value = value }
    }

    @usableFromInline var box: Box

    /// A value that nobody shares yet.
    @inlinable public init(_ value: Value) { box = Box(value) }

    /// The value; to change it copies it first if somebody shares it.
    @inlinable public var value: Value {
        @inline(__always) _read { yield box.value }
        @inline(__always) _modify {
            if !isKnownUniquelyReferenced(&box) { copy() }
            yield &box.value
        }
    }

    /// Apart, for it is rare and large.
    @inlinable @inline(never) mutating func copy() { box = Box(box.value) }
}

extension Shared: Equatable where Value: Equatable {
    public static func == (left: Shared, right: Shared) -> Bool {
        left.box === right.box || left.box.value == right.box.value
    }
}

extension Shared: Hashable where Value: Hashable {
    public func hash(into hasher: inout Hasher) { hasher.combine(box.value) }
}
