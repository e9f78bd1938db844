/// Blanks out comments, the text of string literals and of raw identifiers, and keeps every line
/// and column, so that a rule about code does not stumble over prose.
///
/// A scanner, no parser: what it knows is enough for code that compiles. Code inside `\( )` stays.
enum SwiftCode {
    static func without(proseOf text: String) -> String {
        var scanner = Scanner(bytes: Array(text.utf8))
        scanner.code(until: nil)
        return String(decoding: scanner.bytes, as: UTF8.self)
    }

    private struct Scanner {
        var bytes: [UInt8]
        var at = 0

        /// Walks over code up to the end, or past the closing parenthesis of an interpolation.
        mutating func code(until closing: UInt8?) {
            var depth = 0
            while at < bytes.count {
                let byte = bytes[at]
                if starts("//") {
                    while at < bytes.count, bytes[at] != newline { blank() }
                } else if starts("/*") {
                    blockComment()
                } else if byte == quote || (byte == hash && literalFollowsHashes()) {
                    literal()
                } else if byte == backtick {
                    at += 1
                    while at < bytes.count, bytes[at] != backtick { blank() }
                    at += 1
                } else {
                    at += 1
                    if byte == open { depth += 1 }
                    if byte == close {
                        if depth == 0, closing != nil { return }
                        depth -= 1
                    }
                }
            }
        }

        /// Comments of this kind nest in Swift.
        private mutating func blockComment() {
            var depth = 0
            repeat {
                if starts("/*") {
                    depth += 1
                    blank(2)
                } else if starts("*/") {
                    depth -= 1
                    blank(2)
                } else {
                    blank()
                }
            } while depth > 0 && at < bytes.count
        }

        /// A string literal of one or many lines, raw or not.
        private mutating func literal() {
            var hashes = 0
            while bytes[at] == hash {
                hashes += 1
                at += 1
            }
            let quotes = starts("\"\"\"") ? 3 : 1
            at += quotes
            let pounds = String(repeating: "#", count: hashes)
            let end = String(repeating: "\"", count: quotes) + pounds
            while at < bytes.count {
                if starts(end) {
                    at += quotes + hashes
                    return
                } else if starts("\\" + pounds + "(") {
                    at += 2 + hashes
                    code(until: close)
                } else if starts("\\" + pounds) {
                    blank(2 + hashes)
                } else if quotes == 1, bytes[at] == newline {
                    return
                } else {
                    blank()
                }
            }
        }

        private func literalFollowsHashes() -> Bool {
            bytes[at...].first { $0 != hash } == quote
        }

        private func starts(_ text: String) -> Bool {
            bytes[at...].starts(with: text.utf8)
        }

        private mutating func blank(_ count: Int = 1) {
            for index in at..<min(at + count, bytes.count) where bytes[index] != newline {
                bytes[index] = UInt8(ascii: " ")
            }
            at = min(at + count, bytes.count)
        }

        private var newline: UInt8 { UInt8(ascii: "\n") }
        private var quote: UInt8 { UInt8(ascii: "\"") }
        private var hash: UInt8 { UInt8(ascii: "#") }
        private var backtick: UInt8 { UInt8(ascii: "`") }
        private var open: UInt8 { UInt8(ascii: "(") }
        private var close: UInt8 { UInt8(ascii: ")") }
    }
}

extension StringProtocol {
    /// Whether the text stands here, not as the end of a longer word (`LogEntry?` is no `try?`).
    func hasWord(_ text: String) -> Bool {
        ranges(of: text).contains { range in
            range.lowerBound == startIndex || !self[index(before: range.lowerBound)].isLetter
        }
    }
}
