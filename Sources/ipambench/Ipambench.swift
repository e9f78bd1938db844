import ArgumentParser
import Glibc

/// Measures the daemon against what the machine can do at all.
@main
struct Ipambench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the daemon, and what it is compared with, in turn.",
        subcommands: [MeasureCommand.self, NIOEchoCommand.self, ListToEndCommand.self],
        defaultSubcommand: MeasureCommand.self)
}

/// `ipambench`: the whole table.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Prints the table P1 to P12: median, spread, ratio and goal.",
        discussion: """
            Ends with 1 when a program fails, an answer is wrong or counts do not add up, and \
            never because something is slow.
            """)

    @Flag(help: "Small sizes: to see that everything works. The figures mean nothing.")
    var quick = false

    @Option(help: "Only these rows: P1,P5 and so on.")
    var only: String?

    @Option(help: "How often each thing is measured.")
    var rounds: Int?

    @Option(help: "The largest daemon and engine, for want of time or memory (default: 10000000).")
    var largest: Int?

    @Option(help: "A folder on a real disk for everything that is written meanwhile.")
    var folder = "/var/tmp"

    @Option(help: "Where ipamd and ipamc are (default: beside this program).")
    var programs: String?

    @Option(help: "The floor programs: Sources/ipamfloor, built.")
    var floor: String

    @Option(help: "Writes FIGURES.md and the plots into this folder.")
    var figures: String?

    @Option(help: "The commit that was built, for the page.")
    var commit = "unknown"

    var sizes: Bench.Sizes {
        let sizes = quick ? Bench.Sizes.quick : .full
        return largest.map(sizes.limited) ?? sizes
    }
    var roundCount: Int { rounds ?? (quick ? 2 : 5) }
    /// The rows that are wanted; nothing for all.
    var rows: Set<String>? {
        only.map {
            Set($0.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
        }
    }

    func validate() throws {
        let known = Set((1...12).map { "P\($0)" })
        if let rows, !rows.isSubset(of: known) {
            throw ValidationError("--only takes rows of P1 to P12, as in P1,P5")
        }
        if let largest, largest < sizes.large {
            throw ValidationError("--largest is \(sizes.large) at least")
        }
        guard roundCount >= 1 else { throw ValidationError("--rounds is 1 at least") }
    }

    func run() throws {
        let folder = try BenchFolder(in: folder)
        Interruption.removes(folder)
        defer { folder.remove() }
        let bench = Bench(
            programs: Programs(folder: try programs ?? Program.ownFolder(), floor: floor),
            folder: folder, sizes: sizes, rounds: roundCount)
        let report = try Report.measured(bench) { rows?.contains($0) ?? true }
        print(report.text)
        guard let figures else { return }
        let page = FiguresPage(
            report: report, machine: MachineDescription.text, commit: commit)
        try page.write(to: figures)
        print("\(figures)/FIGURES.md and its plots are written")
    }
}
