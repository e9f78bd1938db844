/// Everything that one run has found.
struct Report {
    var lines: [Line] = []

    /// - Parameter isWanted: whether a row is to be measured.
    static func measured(
        _ bench: Bench, _ isWanted: (String) -> Bool
    ) throws(BenchError) -> Report {
        var report = Report()
        if ["P1", "P2", "P3"].contains(where: isWanted) {
            var rows = try DurableRows(bench)
            report.lines += try rows.lines()
        }
        if isWanted("P4") { report.lines += try ReadRow(bench: bench).lines() }
        if isWanted("P9") { report.lines.append(try MemoryRow(bench: bench).connectionLine()) }
        return report
    }

    var text: String { "\n" + Table.text(lines) + "\n" + Table.notes(lines) }
}
