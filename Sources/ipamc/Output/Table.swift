internal import IPAM

/// Columns of texts, aligned as kubectl aligns them: three spaces between, no space at the end.
struct Table {
    struct Cell {
        let text: String
        var colour: Colour?
    }

    private var rows: [[Cell]]

    init(header: [String]) { rows = [header.map { Cell(text: $0) }] }

    mutating func add(_ row: [Cell]) { rows.append(row) }

    /// The lines; in colour for a terminal that shows it.
    func text(isColoured: Bool) -> String {
        var columns = Columns()
        return columns.lines(rows, isColoured: isColoured)
    }

    /// The widths of the columns so far. Lines that come later keep to them, and widen them.
    struct Columns {
        private var widths: [Int] = []

        /// Makes lines of rows, aligned with each other and with those before.
        mutating func lines(_ rows: [[Cell]], isColoured: Bool) -> String {
            for row in rows { widen(for: row) }
            return rows.map { line($0, isColoured: isColoured) }.joined()
        }

        private mutating func widen(for row: [Cell]) {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.text.count)
            }
        }

        private func line(_ row: [Cell], isColoured: Bool) -> String {
            var text = ""
            for (column, cell) in row.enumerated() {
                text += isColoured ? cell.painted : cell.text
                let isLast = column == row.count - 1
                let spaces = isLast ? 0 : widths[column] - cell.text.count + 3
                text += String(repeating: " ", count: spaces)
            }
            return text + "\n"
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
