/// What a text without quotes is to those who read YAML.
enum PlainScalar {
    /// Whether some reader takes it for a number, a date, true or false, nothing, or one of the
    /// two marks of YAML 1.1: then a text needs quotes.
    static func isMoreThanText(_ text: String) -> Bool {
        guard case .text = DocumentValue(plain: text) else { return true }
        return text == "<<" || text == "=" || isNumber(text) || isTime(text)
    }

    /// What YAML 1.1 has beyond the numbers that we read: `_` in any place, numbers to base 60
    /// such as `1:30`, and a sign before other bases.
    private static func isNumber(_ text: String) -> Bool {
        var cursor = Cursor(text)
        _ = cursor.take("+-")
        var other = cursor
        if other.take("0") {
            if other.take("x") { return other.run("0123456789abcdefABCDEF_") > 0 && other.isAtEnd }
            if other.take("b") { return other.run("01_") > 0 && other.isAtEnd }
            _ = other.take("o")
            if other.run("01234567_") > 0, other.isAtEnd { return true }
        }
        other = cursor
        if other.take(".") { return other.run("0123456789_") > 0 && other.isAtEnd }
        let isZeroFirst = other.rest.first == UInt8(ascii: "0")
        guard cursor.take("0123456789") else { return false }
        _ = cursor.run("0123456789_")
        var isBase60 = false
        while cursor.take(":") {
            isBase60 = true
            var two = cursor
            if two.take("012345"), two.take("0123456789") {
                cursor = two
            } else if !cursor.take("0123456789") {
                return false
            }
        }
        let hasPoint = cursor.take(".")
        if hasPoint { _ = cursor.run("0123456789_") }
        if isBase60 { return cursor.isAtEnd && (hasPoint || !isZeroFirst) }
        if cursor.take("eE") {
            _ = cursor.take("+-")
            guard cursor.run("0123456789") > 0 else { return false }
        }
        return cursor.isAtEnd
    }

    /// A date as `2026-11-21`, or one with a time as `2026-11-21T05:00:00Z`.
    private static func isTime(_ text: String) -> Bool {
        var cursor = Cursor(text)
        guard cursor.digits(4...4), cursor.take("-") else { return false }
        var date = cursor
        if date.digits(2...2), date.take("-"), date.digits(2...2), date.isAtEnd { return true }
        guard cursor.digits(1...2), cursor.take("-"), cursor.digits(1...2),
            cursor.take("Tt") || cursor.run(" \t") > 0,
            cursor.digits(1...2), cursor.take(":"), cursor.digits(2...2), cursor.take(":"),
            cursor.digits(2...2)
        else { return false }
        if cursor.take(".") { _ = cursor.run("0123456789") }
        if cursor.isAtEnd { return true }
        _ = cursor.run(" \t")
        if cursor.take("Z") { return cursor.isAtEnd }
        guard cursor.take("+-"), cursor.digits(1...2) else { return false }
        return cursor.isAtEnd || cursor.take(":") && cursor.digits(2...2) && cursor.isAtEnd
    }

    /// Goes over a text from its beginning.
    private struct Cursor {
        var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        /// Takes one of some characters, if one stands here.
        mutating func take(_ wanted: StaticString) -> Bool {
            guard let byte = rest.first,
                wanted.withUTF8Buffer({ $0.contains(byte) })
            else { return false }
            rest.removeFirst()
            return true
        }

        /// Takes as many of some characters as stand here.
        mutating func run(_ wanted: StaticString) -> Int {
            var count = 0
            while take(wanted) { count += 1 }
            return count
        }

        /// Takes as many digits as stand here; false if there are more or fewer.
        mutating func digits(_ range: ClosedRange<Int>) -> Bool {
            range.contains(run("0123456789"))
        }
    }
}
