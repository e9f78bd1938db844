/// The lines as a table in Markdown, which is also easy to read on a terminal.
enum Table {
    static let head = ["", "work", "ipamd", "compared with", "ratio", "goal", ""]

    static func text(_ lines: [Line]) -> String {
        let rows = lines.map(cells)
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].count }.max() ?? 0
        }
        let ruler = widths.map { String(repeating: "-", count: max(3, $0)) }
        return ([head, ruler] + rows).map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: max(3, width) - cell.count)
            }
            return "| " + cells.joined(separator: " | ") + " |\n"
        }.joined()
    }

    /// What does not fit into a cell.
    static func notes(_ lines: [Line]) -> String {
        lines.filter { !$0.note.isEmpty }.map { "- \($0.row), \($0.work): \($0.note)\n" }.joined()
    }

    /// One line as it is told while the others are still being measured.
    static func summary(_ line: Line) -> String {
        cells(of: line).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func cells(of line: Line) -> [String] {
        let other = line.other.map {
            "\($0.name): \(spread($0.values, digits: line.unit.digits)) \(line.unit.name)"
        }
        return [
            line.row, line.work,
            "\(spread(line.values, digits: line.unit.digits)) \(line.unit.name)",
            other ?? "", line.other == nil ? "" : spread(line.judged, digits: 2),
            line.goalText, line.verdict,
        ]
    }

    /// The median, and what lies around it.
    static func spread(_ values: [Double], digits: Int) -> String {
        guard let least = values.min(), let most = values.max() else { return "" }
        let median = Number.text(Statistics.median(values), digits: digits)
        guard values.count > 1 else { return median }
        return "\(median) (\(Number.text(least, digits: digits)) to "
            + "\(Number.text(most, digits: digits)))"
    }
}
