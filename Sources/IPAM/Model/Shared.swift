/// A value in one place of memory, which many share until one of them changes it. It is passed on
/// as one word, however large it is.
package struct Shared<Value: Sendable>: Sendable {
    /// Sendable, for its value changes only while a single `Shared` has it.
    @usableFromInline package final class Box: @unchecked Sendable {
        // Who changes it is the only one who has it: there is nothing to check at run time.
        @exclusivity(unchecked) @usableFromInline package var value: Value

        @inlinable package init(_ value: Value) { self.value = value }
    }

    @usableFromInline var box: Box

    @inlinable package init(_ value: Value) { box = Box(value) }

    @inlinable package var value: Value {
        @inline(__always) _read { yield box.value }
        @inline(__always) _modify {
            if !isKnownUniquelyReferenced(&box) { box = Box(box.value) }
            yield &box.value
        }
    }
}

extension Shared: Equatable where Value: Equatable {
    package static func == (left: Shared, right: Shared) -> Bool {
        left.box === right.box || left.box.value == right.box.value
    }
}

extension Shared: Hashable where Value: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(box.value) }
}
