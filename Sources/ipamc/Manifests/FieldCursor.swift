internal import IPAM

/// Walks the fields of one map of a document. Every field must be asked for: what is left at the
/// end is a fault, for a misspelt field that is passed over is the dearest fault of all.
struct FieldCursor {
    let path: String
    private var values: [String: DocumentValue] = [:]
    private var unasked: [String] = []
    private var asked: [String] = []

    /// The path is that of the map, empty for the document itself.
    init(_ pairs: [(key: String, value: DocumentValue)], path: String) {
        self.path = path
        for pair in pairs {
            values[pair.key] = pair.value
            unasked.append(pair.key)
        }
    }

    /// The value of a field; null is the same as no field, as in Kubernetes.
    mutating func take(_ name: String) -> DocumentValue? {
        asked.append(name)
        unasked.removeAll { $0 == name }
        if case .null? = values[name] { return nil }
        return values[name]
    }

    /// Passes over what a reader of documents may write and nobody may ask for.
    mutating func ignore(_ names: String...) {
        unasked.removeAll(where: names.contains)
    }

    /// The path of a field of this map.
    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// A fault for each field that nobody asked for.
    var unknownFields: [Fault] {
        unasked.map { name in
            let shown =
                name.allSatisfy { $0.isLetter || $0.isNumber } ? name : name.quotedForMessage
            let meant = Nearness.question(name, among: asked).map { "\($0) There" } ?? "there"
            let sentence =
                "there is no such field; \(meant) are \(asked.joined(separator: ", "))"
            return Fault(path: path(of: shown), kind: .notSupported, sentence: sentence)
        }
    }
}

/// The faults of a document while it is read.
struct FaultList {
    private(set) var faults: [(code: RefusalCode, fault: Fault)] = []

    var isEmpty: Bool { faults.isEmpty }

    /// Whether every field that is known could be read, so that the rest can be checked too.
    var isReadable: Bool { faults.allSatisfy { $0.code == .unknownField } }

    mutating func add(
        _ path: String, _ kind: Fault.Kind, _ sentence: String, code: RefusalCode = .invalid
    ) {
        faults.append((code, Fault(path: path, kind: kind, sentence: sentence)))
    }

    mutating func add(unknownFieldsOf cursor: FieldCursor) {
        for fault in cursor.unknownFields { faults.append((.unknownField, fault)) }
    }
}

extension FieldCursor {
    /// A text; a number or a boolean in its place is a fault that says to quote it.
    mutating func text(_ name: String, _ faults: inout FaultList) -> String? {
        guard let value = take(name) else { return nil }
        return Self.text(value, at: path(of: name), &faults)
    }

    static func text(
        _ value: DocumentValue, at path: String, _ faults: inout FaultList
    ) -> String? {
        switch value {
        case .text(let text): return text
        case .number, .boolean:
            faults.add(path, .invalid, "is \(value.typeName), not a text: put quotes around it")
        case .null, .list, .map:
            faults.add(path, .invalid, "is \(value.typeName), not a text")
        }
        return nil
    }

    /// A whole number in decimal digits.
    mutating func integer(_ name: String, _ faults: inout FaultList) -> Int64? {
        guard let value = take(name) else { return nil }
        if case .number(let digits) = value, let number = Int64(digits) { return number }
        let shown =
            switch value {
            case .number(let digits): digits
            case .null, .boolean, .text, .list, .map: value.typeName
            }
        faults.add(path(of: name), .invalid, "is \(shown), not a whole number such as 26")
        return nil
    }

    /// True or false.
    mutating func flag(_ name: String, _ faults: inout FaultList) -> Bool? {
        guard let value = take(name) else { return nil }
        if case .boolean(let flag) = value { return flag }
        faults.add(path(of: name), .invalid, "is \(value.typeName), not true or false")
        return nil
    }

    /// A number as it is written, or a text in its place: for numbers that may be too large for
    /// every reader of YAML.
    mutating func digits(_ name: String, _ faults: inout FaultList) -> String? {
        guard let value = take(name) else { return nil }
        switch value {
        case .number(let text), .text(let text): return text
        case .null, .boolean, .list, .map:
            faults.add(path(of: name), .invalid, "is \(value.typeName), not a number")
            return nil
        }
    }

    mutating func map(_ name: String, _ faults: inout FaultList) -> FieldCursor? {
        guard let value = take(name) else { return nil }
        guard case .map(let pairs) = value else {
            faults.add(path(of: name), .invalid, "is \(value.typeName), not a map")
            return nil
        }
        return FieldCursor(pairs, path: path(of: name))
    }

    mutating func list(_ name: String, _ faults: inout FaultList) -> [DocumentValue]? {
        guard let value = take(name) else { return nil }
        guard case .list(let values) = value else {
            faults.add(path(of: name), .invalid, "is \(value.typeName), not a list")
            return nil
        }
        return values
    }

    /// Keys and values that are all texts: labels and annotations.
    mutating func labels(_ name: String, _ faults: inout FaultList) -> Labels? {
        guard let value = take(name) else { return nil }
        guard case .map(let pairs) = value else {
            faults.add(path(of: name), .invalid, "is \(value.typeName), not a map")
            return nil
        }
        var labels: [String: String] = [:]
        for pair in pairs {
            let path = "\(path(of: name))[\(pair.key.quotedForMessage)]"
            labels[pair.key] = Self.text(pair.value, at: path, &faults) ?? ""
        }
        return Labels(labels)
    }
}
