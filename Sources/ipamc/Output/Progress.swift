internal import Glibc

/// A line that shows how far something is, for a person who waits: only where standard error is
/// a terminal, only once it has taken a moment, and gone when it is done.
final class Progress {
    /// Nobody wants to be told of what is over at once.
    private static let quiet = Duration.milliseconds(300)
    /// Between two lines.
    private static let interval = Duration.milliseconds(100)

    private let what: String
    private let total: Int?
    private let unit: String
    private let width: Int?
    private let began = ContinuousClock.now
    private var shown: ContinuousClock.Instant?

    /// - Parameters:
    ///   - what: what is being done, `importing`.
    ///   - total: how much there is of it, if that is known.
    ///   - unit: behind the numbers.
    init(_ what: String, of total: Int? = nil, unit: String = "") {
        self.what = what
        self.total = total
        self.unit = unit
        // What is also written to the terminal says by itself how far it is.
        width = Terminal.errorWidth
    }

    /// Shows how much is done.
    func show(_ done: Int) {
        let now = ContinuousClock.now
        guard let width, now - began > Self.quiet, shown.map({ now - $0 > Self.interval }) ?? true
        else { return }
        shown = now
        let seconds = Int((now - began) / .seconds(1))
        let line = Self.line(what, done, of: total, unit: unit, seconds: seconds, width: width)
        StandardStreams.writeError("\r\(line)\u{1b}[K")
    }

    /// Clears the line.
    func end() {
        guard shown != nil else { return }
        shown = nil
        StandardStreams.writeError("\r\u{1b}[K")
    }

    /// `importing [########········] 50% 500 of 1000, 3s, 3s left`, as far as there is room.
    static func line(
        _ what: String, _ done: Int, of total: Int?, unit: String = "", seconds: Int, width: Int
    ) -> String {
        let room = max(0, width - 1)
        guard let total, total > 0 else {
            return String("\(what) \(done)\(unit), \(seconds)s".prefix(room))
        }
        let part = min(done, total)
        let left = part == 0 ? "" : ", \((total - part) * seconds / part)s left"
        let text = "\(part * 100 / total)% \(part) of \(total)\(unit), \(seconds)s\(left)"
        let barRoom = min(32, room - what.count - text.count - 4)
        guard barRoom >= 8 else { return String("\(what) \(text)".prefix(room)) }
        let full = barRoom * part / total
        let bar =
            String(repeating: "#", count: full) + String(repeating: "·", count: barRoom - full)
        return "\(what) [\(bar)] \(text)"
    }
}
