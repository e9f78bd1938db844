internal import IPAM

/// Tables as text with separators (RFC 4180): read with a comma or a semicolon, written with a
/// comma.
struct CSVText {
    /// Why a text is no table.
    struct Fault: Error, Equatable {
        let line: Int
        let sentence: String
    }

    struct Row: Equatable {
        /// The line on which it begins, from 1.
        let line: Int
        let cells: [String]
    }

    /// The first row, in lower case, which names the columns.
    let header: [String]
    let rows: [Row]

    init(_ text: String) throws(Fault) {
        let first = text.prefix { !$0.isNewline }
        let semicolons = first.count { $0 == ";" }
        let separator: Character = semicolons > first.count { $0 == "," } ? ";" : ","
        var all = try Self.rows(text, separator)
        guard !all.isEmpty else { throw Fault(line: 1, sentence: "there is no line") }
        header = all.removeFirst().cells.map { $0.lowercased().trimmed }
        for row in all where row.cells.count > header.count {
            throw Fault(line: row.line, sentence: "there are more cells than columns")
        }
        rows = all
    }

    private static func rows(_ text: String, _ separator: Character) throws(Fault) -> [Row] {
        var rows: [Row] = []
        var cells: [String] = []
        var cell = ""
        var (line, start) = (1, 1)
        var (isQuoted, wasQuoted) = (false, false)
        func endRow() {
            // An empty line is no row.
            if cells.count > 1 || cells.first?.isEmpty == false || wasQuoted {
                rows.append(Row(line: start, cells: cells))
            }
            cells = []
        }
        var rest = text[...]
        while let character = rest.popFirst() {
            if character.isNewline { line += 1 }
            if isQuoted {
                if character != "\"" {
                    cell.append(character)
                } else if rest.first == "\"" {
                    rest.removeFirst()
                    cell.append("\"")
                } else {
                    isQuoted = false
                }
            } else if character == "\"", cell.isEmpty {
                (isQuoted, wasQuoted) = (true, true)
            } else if character == separator || character.isNewline {
                cells.append(cell)
                cell = ""
                guard character.isNewline else { continue }
                endRow()
                (start, wasQuoted) = (line, false)
            } else {
                cell.append(character)
            }
        }
        guard !isQuoted else { throw Fault(line: start, sentence: "a quote is not closed") }
        cells.append(cell)
        endRow()
        return rows
    }

    /// The cell of a row under the first of these names that is a column; empty is none.
    func value(_ row: Row, _ names: String...) -> String? {
        for name in names {
            guard let index = header.firstIndex(of: name), index < row.cells.count else { continue }
            let text = row.cells[index].trimmed
            if !text.isEmpty { return text }
        }
        return nil
    }

    /// A row as a line; a cell that needs quotes has them.
    static func line(_ cells: [String]) -> String {
        cells.map { cell in
            let isPlain = !cell.contains { "\",;".contains($0) || $0.isNewline }
            return isPlain ? cell : "\"" + cell.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\n"
    }
}

extension CSVText {
    /// Why it cannot be used without a column.
    func missing(_ column: String) -> Failure {
        let columns = header.map(\.shownSafely).joined(separator: ", ")
        return Failure(.usage, "input", "there is no column \(column); there are \(columns)")
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
