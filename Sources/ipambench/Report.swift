/// Everything that one run has found.
struct Report {
    var lines: [Line] = []
    var engineGrowth: [EngineRow.GrowthPoint] = []
    var daemonGrowth: [LargeRows.GrowthPoint] = []

    /// `isWanted` says whether a row is to be measured.
    static func measured(
        _ bench: Bench, _ isWanted: (String) -> Bool
    ) throws(BenchError) -> Report {
        var report = Report()
        if ["P1", "P2", "P3"].contains(where: isWanted) {
            var rows = try DurableRows(bench)
            report.tell(try rows.lines())
        }
        if isWanted("P4") { report.tell(try ReadRow(bench: bench).lines()) }
        if isWanted("P6") { report.tell(try OneShotRow(bench: bench).lines()) }
        if ["P7", "P8", "P9", "P12"].contains(where: isWanted) {
            var rows = try LargeRows(bench)
            let large = try rows.measure(isWanted)
            report.lines += large.lines
            report.daemonGrowth = large.growth
        }
        if isWanted("P9") { report.tell([try MemoryRow(bench: bench).connectionLine()]) }
        // After the processes: what the engine leaves in this one must not be in their way.
        if isWanted("P5") {
            let engine = try EngineRow(bench: bench).measure()
            report.tell(engine.lines)
            report.engineGrowth = engine.growth
        }
        if isWanted("P10") { report.tell([try SelectorRow(bench: bench).line()]) }
        if isWanted("P11") { report.tell([try WaitingRow(bench: bench).line()]) }
        report.lines = (1...12).flatMap { row in report.lines.filter { $0.row == "P\(row)" } }
        return report
    }

    private mutating func tell(_ more: [Line]) { lines += more.map(Bench.told) }

    /// What the reader has to know about all of it.
    var remarks: [String] {
        var remarks: [String] = []
        if !Daemon.hasJournald {
            remarks.append(
                "No journald runs here: the daemon made every log entry and wrote it to standard "
                    + "error, which nobody read.")
        }
        if !Redis.isInstalled {
            remarks.append("Redis is not installed: its lines are left out.")
        }
        if !Sqlite.isInstalled {
            remarks.append("SQLite is not installed: its line is left out.")
        }
        return remarks
    }

    var text: String {
        "\n" + Table.text(lines) + "\n" + Table.notes(lines)
            + remarks.map { "- \($0)\n" }.joined()
    }
}
