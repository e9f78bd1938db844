internal import IPAM

/// Columns of texts, aligned as kubectl aligns them: three spaces between, no space at the end.
struct Table {
    struct Cell {
        let text: String
        var colour: Colour?
        /// A sentence at the end of its row, which no column is made wide for.
        var isSentence = false
    }

    private var rows: [[Cell]]
    private var hasHeader: Bool

    /// A table of these columns; `hasHeader` says whether their names are written.
    init(header: [String], hasHeader: Bool = true) {
        rows = [header.map { Cell(text: $0) }]
        self.hasHeader = hasHeader
    }

    mutating func add(_ row: [Cell]) { rows.append(row) }

    /// The lines; in colour for a terminal that shows it, and cut where it ends.
    func text(isColoured: Bool, width: Int? = nil) -> String {
        var columns = Columns(lineMax: width)
        return columns.lines(Array(rows.dropFirst(hasHeader ? 0 : 1)), isColoured: isColoured)
    }

    /// The widths of the columns so far. Lines that come later keep to them, and widen them.
    struct Columns {
        private var widths: [Int] = []
        /// The characters of a line; what has more ends with `…`.
        private let lineMax: Int?

        init(lineMax: Int? = nil) { self.lineMax = lineMax }

        /// Makes lines of rows, aligned with each other and with those before.
        mutating func lines(_ rows: [[Cell]], isColoured: Bool) -> String {
            for row in rows { widen(for: row) }
            return rows.map { line($0, isColoured: isColoured) }.joined()
        }

        private mutating func widen(for row: [Cell]) {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                if !cell.isSentence { widths[column] = max(widths[column], cell.text.count) }
            }
        }

        private func line(_ row: [Cell], isColoured: Bool) -> String {
            var text = ""
            // A line that is too long needs a place for the sign that says so.
            let length = self.length(of: row)
            var left = lineMax.map { length > $0 ? max(0, $0 - 1) : length } ?? length
            for (column, cell) in row.enumerated() where left > 0 {
                let shown = Cell(text: String(cell.text.prefix(left)), colour: cell.colour)
                text += isColoured ? shown.painted : shown.text
                left -= shown.text.count
                let isLast = column == row.count - 1
                let spaces = isLast ? 0 : min(left, widths[column] - cell.text.count + 3)
                text += String(repeating: " ", count: spaces)
                left -= spaces
            }
            return text + (lineMax.map { length > $0 } ?? false ? "…\n" : "\n")
        }

        private func length(of row: [Cell]) -> Int {
            row.indices.dropLast().reduce(0) { $0 + widths[$1] + 3 } + (row.last?.text.count ?? 0)
        }
    }
}

extension Table.Cell: ExpressibleByStringLiteral {
    init(stringLiteral text: String) { self.init(text: text) }

    /// A phase in its colour.
    init(_ phase: Phase) { self.init(text: phase.description, colour: Colour(phase)) }

    fileprivate var painted: String { colour?.paint(text) ?? text }
}

/// A colour of a terminal (ECMA-48, SGR).
enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33

    init(_ phase: Phase) {
        switch phase {
        case .pending: self = .yellow
        case .allocated: self = .green
        case .failed: self = .red
        }
    }

    func paint(_ text: String) -> String { "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" }
}
