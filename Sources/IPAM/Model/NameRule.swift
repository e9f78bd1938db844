/// The rules for names, as Kubernetes reads RFC 1123. Each returns the end of a sentence that
/// says what a name must be, or nothing if the text keeps the rule.
package enum NameRule {
    /// Names of resources: labels joined by dots, 253 bytes at most.
    package static func subdomainFault(_ text: String) -> String? {
        guard isSubdomain(text.utf8[...]) else {
            return "must be lower-case letters, digits, '-' and '.', begin and end with a letter "
                + "or digit, and have at most \(Limits.nameBytesMax) characters"
        }
        return nil
    }

    /// Names of namespaces: 63 bytes at most, no dots.
    package static func labelFault(_ text: String) -> String? {
        guard text.utf8.count <= Limits.namespaceBytesMax, isLabel(text.utf8[...]) else {
            return "must be lower-case letters, digits and '-', begin and end with a letter or "
                + "digit, and have at most \(Limits.namespaceBytesMax) characters"
        }
        return nil
    }

    /// Keys of labels: `[DNS-PREFIX/]NAME`.
    package static func qualifiedNameFault(_ text: String) -> String? {
        let bytes = text.utf8
        let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
        let name = slash.map { bytes[bytes.index(after: $0)...] } ?? bytes[...]
        guard isLabelPart(name) else {
            return "must be letters, digits, '-', '_' and '.', begin and end with a letter or "
                + "digit, have at most \(Limits.labelPartBytesMax) characters, and may have a DNS "
                + "prefix and '/' before it"
        }
        if let slash, let fault = subdomainFault(String(text[..<slash])) {
            return "has a prefix before '/', which \(fault)"
        }
        return nil
    }

    /// Keys of annotations: as for labels but that, as in Kubernetes, the DNS prefix may have
    /// upper-case letters. Only ASCII has them here: Unicode would make `k` of a Kelvin sign.
    package static func annotationKeyFault(_ text: String) -> String? {
        let lowered = text.utf8.map { $0.isUpper ? $0 | 0x20 : $0 }
        return qualifiedNameFault(String(decoding: lowered, as: UTF8.self))
    }

    /// Values of labels; the empty text is one.
    package static func labelValueFault(_ text: String) -> String? {
        guard text.isEmpty || isLabelPart(text.utf8[...]) else {
            return "must be empty, or letters, digits, '-', '_' and '.', begin and end with a "
                + "letter or digit, and have at most \(Limits.labelPartBytesMax) characters"
        }
        return nil
    }

    /// Labels with dots between them.
    private static func isSubdomain(_ bytes: Substring.UTF8View) -> Bool {
        // The length comes first: what has millions of dots is not looked at.
        guard bytes.count <= Limits.nameBytesMax else { return false }
        let dot = UInt8(ascii: ".")
        var previous = dot
        for byte in bytes {
            let fits =
                byte.isLowerOrDigit || byte == dot && previous.isLowerOrDigit
                || byte == UInt8(ascii: "-") && previous != dot
            guard fits else { return false }
            previous = byte
        }
        return previous.isLowerOrDigit
    }

    private static func isLabel(_ bytes: Substring.UTF8View) -> Bool {
        bytes.allSatisfy { $0 != UInt8(ascii: ".") } && isSubdomain(bytes)
    }

    private static func isLabelPart(_ bytes: Substring.UTF8View) -> Bool {
        guard let first = bytes.first, let last = bytes.last,
            bytes.count <= Limits.labelPartBytesMax
        else { return false }
        return first.isAlphanumeric && last.isAlphanumeric
            && bytes.allSatisfy { $0.isAlphanumeric || $0.isLabelPunctuation }
    }
}

extension UInt8 {
    fileprivate var isLowerOrDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
    }

    fileprivate var isUpper: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }

    fileprivate var isAlphanumeric: Bool { isLowerOrDigit || isUpper }

    fileprivate var isLabelPunctuation: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        // A byte is no case of ours.
        default: false
        }
    }
}
