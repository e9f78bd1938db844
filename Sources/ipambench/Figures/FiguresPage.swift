import Glibc

/// The page that people read: the last table, and the plots.
struct FiguresPage {
    let report: Report
    let machine: String
    let commit: String

    /// Writes page and plots; plots that were not measured stay as they are.
    func write(to folder: String) throws(BenchError) {
        for path in [folder, "\(folder)/Plots"] where mkdir(path, 0o755) != 0 && errno != EEXIST {
            throw .last("make \(path)")
        }
        let plots = GrowthPlots(engine: report.engineGrowth, daemon: report.daemonGrowth).files
        for plot in plots {
            try BenchFolder.write(plot.svg, to: "\(folder)/Plots/\(plot.name)")
        }
        try BenchFolder.write(text, to: "\(folder)/FIGURES.md")
    }

    var text: String {
        """
        # Figures

        Written by `make bench FIGURES=Sources/ipambench`: commit \(commit), on \(machine).

        The daemon is the release build with its defaults, its files are on a real disk, and the
        load speaks the real protocol through the real socket; every answer is checked. What it is
        compared with runs in turn with it, in the same run: absolute times swing from minute to
        minute, ratios less. Each figure is the median of the rounds, with the least and the
        greatest behind it.

        \(Table.text(report.lines))
        \(Table.notes(report.lines))\(report.remarks.map { "- \($0)\n" }.joined())
        "Durable echo" is a server in C that writes 64 bytes for each message and syncs once for
        each batch; "echo" is the same without the file. Both, the raw write and the least client
        stand in `Sources/ipamfloor`. `AxB` is A connections with B messages in flight each.

        ## How it grows

        ![What one more allocation costs](Plots/latency.svg)

        ![Resident memory of the daemon](Plots/memory.svg)

        Broken lines were measured elsewhere: on a machine of the same kind, and not in this run.
        IronCore's is the time to rebuild the set of free blocks, as its controller does for every
        allocation, go-ipam's that of its store in memory, and host-local's that of one whole
        process.
        """ + "\n"
    }
}
