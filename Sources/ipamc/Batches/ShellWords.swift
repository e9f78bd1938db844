/// The words of one line, as a shell takes it: words between spaces, quotes `'` and `"`, a
/// backslash before a character that shall mean itself, and a comment from ` #` on. Nothing is
/// replaced: a `$` is a `$`.
struct ShellWords {
    /// Why a line has no words.
    struct Fault: Error, Equatable {
        let sentence: String
    }

    private enum Quote {
        case none
        case single
        case double
    }

    private(set) var words: [String] = []
    /// The word that has begun, if one has: `''` is a word too.
    private var word: String?
    private var quote = Quote.none

    init(_ line: Substring) throws(Fault) {
        var rest = line.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch quote {
            case .single: if scalar == "'" { quote = .none } else { add(scalar) }
            case .double:
                if scalar == "\"" {
                    quote = .none
                } else if scalar == "\\", let next = rest.first,
                    "\"\\$`".unicodeScalars.contains(next)
                {
                    add(next)
                    rest.removeFirst()
                } else {
                    add(scalar)
                }
            case .none:
                if scalar == "#", word == nil { return }
                try takePlain(scalar, &rest)
            }
        }
        guard quote == .none else { throw Fault(sentence: "a quote is not closed") }
        endWord()
    }

    private mutating func takePlain(
        _ scalar: Unicode.Scalar, _ rest: inout Substring.UnicodeScalarView
    ) throws(Fault) {
        switch scalar {
        case " ", "\t", "\r": endWord()
        case "'": begin(.single)
        case "\"": begin(.double)
        case "\\":
            guard let next = rest.popFirst() else {
                throw Fault(sentence: "it ends with a backslash; a command is one line")
            }
            add(next)
        default: add(scalar)
        }
    }

    private mutating func begin(_ quote: Quote) {
        self.quote = quote
        word = word ?? ""
    }

    private mutating func add(_ scalar: Unicode.Scalar) {
        var word = word ?? ""
        word.unicodeScalars.append(scalar)
        self.word = word
    }

    private mutating func endWord() {
        if let word { words.append(word) }
        word = nil
    }
}
