/// How latency and memory grow with the number of allocations.
struct GrowthPlots {
    let engine: [EngineRow.GrowthPoint]
    let daemon: [LargeRows.GrowthPoint]

    private static let countTitle = "allocations (of others: children of one parent)"
    private static let blue = "#1f6fb4"
    private static let green = "#2a8a4a"

    /// What others need for one more allocation, in microseconds. Measured for this project on a
    /// machine of the same kind, but not in the same run.
    private static let elsewhere = [
        Plot.Series(
            name: "host-local, one ADD\n(first point: empty)", color: "#b4571f",
            isElsewhere: true, points: [(10, 4200), (10_000, 132_000)]),
        Plot.Series(
            name: "IronCore, which rebuilds\nits set each time", color: "#8a2a6a",
            isElsewhere: true,
            points: [(10, 4), (1000, 410), (10_000, 6500), (100_000, 106_000)]),
        Plot.Series(
            name: "go-ipam, in memory", color: "#77701a", isElsewhere: true,
            points: [(10, 20), (10_000, 9300)]),
    ]

    /// Names of files, and what is in them; nothing for what was not measured.
    var files: [(name: String, svg: String)] {
        var files: [(String, String)] = []
        if !engine.isEmpty || !daemon.isEmpty { files.append(("latency.svg", latency.svg)) }
        if !daemon.isEmpty { files.append(("memory.svg", memory.svg)) }
        return files
    }

    private var latency: Plot {
        var series: [Plot.Series] = []
        if !daemon.isEmpty {
            series.append(
                Plot.Series(
                    name: "ipamd, durable request\nthrough its socket", color: Self.blue,
                    points: daemon.map { (Double($0.count), $0.microseconds) }))
        }
        if !engine.isEmpty {
            series.append(
                Plot.Series(
                    name: "ipamd, engine alone", color: Self.green,
                    points: engine.map {
                        (Double($0.count), Statistics.median($0.nanoseconds) / 1000)
                    }))
        }
        return Plot(
            title: "What one more allocation costs", xTitle: Self.countTitle,
            yTitle: "time of one allocation", yName: Self.timeName,
            series: series + Self.elsewhere)
    }

    private var memory: Plot {
        let points = daemon.map {
            (Double($0.count), max(1, Double($0.residentBytes) / 1_048_576))
        }
        return Plot(
            title: "Resident memory of the daemon", xTitle: "allocations",
            yTitle: "resident memory", yName: Self.mebibytesName,
            series: [
                Plot.Series(name: "ipamd", color: Self.blue, points: points),
                Plot.Series(
                    name: "the goal: 200 bytes\nfor each allocation", color: "#999999",
                    isElsewhere: true,
                    points: points.filter { $0.0 >= 10_000 }.map {
                        ($0.0, $0.0 * 200 / 1_048_576)
                    }),
            ].filter { !$0.points.isEmpty })
    }

    /// Microseconds, in the unit that people would use.
    static func timeName(_ microseconds: Double) -> String {
        if microseconds >= 1e6 { return "\(Number.short(microseconds / 1e6)) s" }
        if microseconds >= 1000 { return "\(Number.short(microseconds / 1000)) ms" }
        if microseconds >= 1 { return "\(Number.short(microseconds)) µs" }
        return "\(Number.short(microseconds * 1000)) ns"
    }

    static func mebibytesName(_ mebibytes: Double) -> String {
        "\(Number.short(mebibytes)) MiB"
    }
}
