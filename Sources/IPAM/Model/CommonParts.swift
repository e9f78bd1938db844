/// What many resources have in common, kept once: their labels and specs.
///
/// It knows only some of the latest, so it never grows; what it has forgotten is kept once more.
package struct CommonParts: Sendable {
    private var labels = Latest<Labels>()
    private var specs = Latest<Shared<Spec>>()

    package init() {}

    /// The same resource, in less memory.
    package mutating func unify(_ resource: inout Resource) { resource.unify(&labels, &specs) }
}

/// Some of the values that were seen last.
struct Latest<Value: Hashable & Sendable>: Sendable {
    private static var placesCount: Int { 1024 }
    private var places = [Value?](repeating: nil, count: placesCount)

    /// A value that is equal, and kept already if one of the latest is. Hashes differ from start to
    /// start, and so does what is kept twice; nothing else depends on it.
    mutating func known(_ value: Value) -> Value {
        let place = value.hashValue & (Self.placesCount - 1)
        if let known = places[place], known == value { return known }
        places[place] = value
        return value
    }
}
