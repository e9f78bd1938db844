/// Why a text is no selector.
public struct SelectorError: Error, Hashable, Sendable, CustomStringConvertible {
    public let part: String
    public let fault: String

    public var description: String {
        "\(part.quotedForMessage) is no part of a selector: \(fault); write for example "
            + "tier=public,env!=dev,zone in (a,b),gpu,!legacy"
    }
}

extension Selector {
    /// Reads the form that kubectl takes: `tier=public,env!=dev,zone in (a,b),gpu,!legacy`.
    /// The empty text is the empty selector, which matches everything.
    public init(_ text: String) throws(SelectorError) {
        var labels: [String: String] = [:]
        var requirements: [Requirement] = []
        for part in Self.parts(of: text) {
            let trimmed = part.trimmed
            if trimmed.isEmpty {
                if text.trimmed.isEmpty { break }
                throw SelectorError(part: text, fault: "there is nothing between two commas")
            }
            let requirement = try Requirement(trimmed)
            if let fault = requirement.fault {
                throw SelectorError(part: trimmed, fault: fault)
            }
            let isNew = labels[requirement.key] == nil
            if requirement.operator == .isIn, requirement.values.count == 1, isNew,
                !trimmed.hasSuffix(")")
            {
                labels[requirement.key] = requirement.values[0]
            } else {
                requirements.append(requirement)
            }
        }
        self.init(matchLabels: Labels(labels), matchExpressions: requirements)
        // Each part is sound; there may be too many of them.
        if let fault = faults(at: "").first {
            throw SelectorError(part: text, fault: "it \(fault.sentence)")
        }
    }

    /// Splits at the commas outside parentheses.
    private static func parts(of text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }
}

extension Selector.Requirement {
    /// Why this is no part of a selector, for who wrote it as text and knows of no fields.
    fileprivate var fault: String? {
        if let fault = NameRule.qualifiedNameFault(key) {
            return "the key \(key.quotedForMessage) \(fault)"
        }
        let faults = values.lazy.compactMap { value in
            NameRule.labelValueFault(value).map { "the value \(value.quotedForMessage) \($0)" }
        }
        return faults.first
    }

    /// Reads one part; `part` has no space around it.
    fileprivate init(_ part: String) throws(SelectorError) {
        if part.hasPrefix("!") {
            self.init(key: String(part.dropFirst()).trimmed, operator: .doesNotExist)
        } else if let (key, value) = part.divided(at: "!=") {
            self.init(key: key, operator: .isNotIn, values: [value])
        } else if let (key, value) = part.divided(at: "==") ?? part.divided(at: "=") {
            self.init(key: key, operator: .isIn, values: [value])
        } else if part.hasSuffix(")") {
            guard let (head, values) = part.dropLast().divided(at: "(") else {
                throw SelectorError(part: part, fault: "there is no ( before the )")
            }
            let words = head.split(whereSeparator: \.isBlank)
            let list = values.split(separator: ",", omittingEmptySubsequences: false)
                .map { String($0).trimmed }
            switch (words.count, words.last) {
            case (2, "in"): self.init(key: String(words[0]), operator: .isIn, values: list)
            case (2, "notin"): self.init(key: String(words[0]), operator: .isNotIn, values: list)
            default:
                throw SelectorError(part: part, fault: "before ( stands KEY in, or KEY notin")
            }
        } else {
            guard !part.contains(where: \.isBlank) else {
                let fault = "between a key and its value stands = or !=, or in ( ) around several"
                throw SelectorError(part: part, fault: fault)
            }
            self.init(key: part, operator: .exists)
        }
    }
}

/// The form that `init(_:)` reads.
extension Selector: CustomStringConvertible {
    public var description: String {
        (matchLabels.pairs.map { "\($0.key)=\($0.value)" }
            + matchExpressions.map(\.description)).joined(separator: ",")
    }
}

extension Selector.Requirement: CustomStringConvertible {
    public var description: String {
        switch `operator` {
        case .isIn: "\(key) in (\(values.joined(separator: ",")))"
        case .isNotIn: "\(key) notin (\(values.joined(separator: ",")))"
        case .exists: key
        case .doesNotExist: "!\(key)"
        }
    }
}

extension Character {
    /// Whether this is a space or a tab.
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: String {
        guard let first = firstIndex(where: { !$0.isBlank }),
            let last = lastIndex(where: { !$0.isBlank })
        else { return "" }
        return String(self[first...last])
    }

    /// The trimmed texts before and after the first occurrence of a separator.
    fileprivate func divided(at separator: String) -> (String, String)? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) {
                let after = self.index(index, offsetBy: separator.count)
                return (self[..<index].trimmed, self[after...].trimmed)
            }
            index = self.index(after: index)
        }
        return nil
    }
}
