/// A label selector: every label and every requirement in it must hold (Kubernetes'
/// `LabelSelector`). The empty selector matches everything; to match nothing, have none.
public struct Selector: Sendable, Hashable {
    /// One condition on the value of a key.
    public struct Requirement: Sendable, Hashable {
        /// What the values of a key have to do with those of the requirement.
        public enum Operator: UInt8, Sendable, Hashable, CaseIterable {
            case isIn = 1
            case isNotIn = 2
            case exists = 3
            case doesNotExist = 4
        }

        public let key: String
        public let `operator`: Operator
        /// Sorted, each once; empty for `exists` and `doesNotExist`.
        public let values: [String]

        public init(key: String, operator: Operator, values: [String] = []) {
            self.key = key
            self.operator = `operator`
            self.values = Set(values).sorted()
        }

        /// As in Kubernetes, `NotIn` also holds where the key is absent.
        func matches(_ labels: Labels) -> Bool {
            let value = labels[key]
            switch `operator` {
            case .isIn: return value.map(has) ?? false
            case .isNotIn: return !(value.map(has) ?? false)
            case .exists: return value != nil
            case .doesNotExist: return value == nil
            }
        }

        /// Whether a value is among the values, found by halving.
        private func has(_ value: String) -> Bool {
            let index = values.countOfFirst { $0 < value }
            return index < values.count && values[index] == value
        }
    }

    public var matchLabels: Labels
    /// In the order in which they were written, which means nothing: see `==`.
    public var matchExpressions: [Requirement]

    public init(matchLabels: Labels = [:], matchExpressions: [Requirement] = []) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }

    public var isEmpty: Bool { matchLabels.isEmpty && matchExpressions.isEmpty }

    /// What is wrong with the first of the asked labels that is not as it should be, in words;
    /// nothing if all are. However long the selector, it is short.
    package func mismatch(with labels: Labels) -> String? {
        let wanted = matchLabels.pairs.first { labels[$0.key] != $0.value }?.key
        guard
            let key = wanted ?? matchExpressions.first(where: { !$0.matches(labels) })?.key
        else { return nil }
        return labels[key].map { "its label \(key) is \($0.quotedForMessage)" }
            ?? "it has no label \(key)"
    }

    /// Whether labels have all that is asked for; the empty selector matches everything.
    public func matches(_ labels: Labels) -> Bool {
        matchLabels.pairs.allSatisfy { labels[$0.key] == $0.value }
            && matchExpressions.allSatisfy { $0.matches(labels) }
    }

    /// The faults of this selector by field, with `path` as the field that holds it.
    ///
    /// One of too many parts has that fault alone, so that a message full of bad parts is not
    /// answered with a sentence for each.
    package func faults(at path: String) -> [Fault] {
        let parts = matchLabels.count + matchExpressions.count
        guard parts <= Limits.selectorPartsMax else {
            let most = Limits.selectorPartsMax
            return [Fault(path, .invalid, "has \(parts) parts, the maximum is \(most)")]
        }
        var faults = matchLabels.faults(at: "\(path).matchLabels")
        for (index, requirement) in matchExpressions.enumerated() {
            faults += requirement.faults(at: "\(path).matchExpressions[\(index)]")
        }
        return faults
    }
}

extension Labels {
    /// The faults of these as the labels of a resource, or as those that a selector asks for;
    /// `path` is the field that holds them.
    package func faults(at path: String) -> [Fault] {
        var faults: [Fault] = []
        for pair in pairs {
            let key = NameRule.qualifiedNameFault(pair.key)
            let value = NameRule.labelValueFault(pair.value)
            if key == nil, value == nil { continue }
            let field = "\(path)[\(pair.key.quotedForMessage)]"
            let sentences = [key.map { "the key \($0)" }, value.map { "the value \($0)" }]
            faults += sentences.compactMap { $0.map { Fault(field, .invalid, $0) } }
        }
        return faults
    }
}

extension Selector.Requirement {
    fileprivate func faults(at path: String) -> [Fault] {
        if let fault = NameRule.qualifiedNameFault(key) {
            return [Fault("\(path).key", .invalid, fault)]
        }
        switch `operator` {
        case .isIn, .isNotIn:
            if values.isEmpty {
                return [Fault("\(path).values", .required, "In and NotIn need values")]
            }
        case .exists, .doesNotExist:
            if !values.isEmpty {
                let sentence = "Exists and DoesNotExist take no values"
                return [Fault("\(path).values", .forbidden, sentence)]
            }
        }
        if values.count > Limits.selectorPartsMax {
            let sentence = "has \(values.count) values, the maximum is \(Limits.selectorPartsMax)"
            return [Fault("\(path).values", .invalid, sentence)]
        }
        return values.compactMap { value in
            NameRule.labelValueFault(value).map { fault in
                Fault("\(path).values", .invalid, "\(value.quotedForMessage) \(fault)")
            }
        }
    }
}

/// Selectors that ask the same are equal, whatever the order of their requirements: a request
/// that is repeated by another tool is still the same request.
extension Selector {
    public static func == (left: Selector, right: Selector) -> Bool {
        left.matchLabels == right.matchLabels
            && left.matchExpressions.sorted() == right.matchExpressions.sorted()
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(matchLabels)
        hasher.combine(matchExpressions.sorted())
    }
}

/// By key, operator and values.
extension Selector.Requirement: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        if left.key != right.key { return left.key < right.key }
        if left.operator != right.operator {
            return left.operator.rawValue < right.operator.rawValue
        }
        return left.values.lexicographicallyPrecedes(right.values)
    }
}

extension Selector.Requirement.Operator: CustomStringConvertible {
    /// As Kubernetes spells it.
    public var description: String {
        switch self {
        case .isIn: "In"
        case .isNotIn: "NotIn"
        case .exists: "Exists"
        case .doesNotExist: "DoesNotExist"
        }
    }
}
