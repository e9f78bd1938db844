extension String {
    /// The text between double quotes for a message: control characters escaped, at most 80
    /// characters, so that neither a terminal nor a log can be forged by what a client sent.
    package var quotedForMessage: String {
        let shown = unicodeScalars.prefix(80).map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            default:
                scalar.isPrintable
                    ? String(scalar) : scalar.escaped(asASCII: true)
            }
        }
        return "\"" + shown.joined() + (unicodeScalars.count > 80 ? "…" : "") + "\""
    }
}

extension Unicode.Scalar {
    /// Whether a person sees this as a character, and a terminal or a log does nothing else.
    package var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        // Unicode's categories, not ours: what is none of the above is seen.
        default: true
        }
    }
}
