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

    @Option(help: "A folder on a real disk for everything that is written meanwhile.")
    var folder = "/var/tmp"

    @Option(help: "Where ipamd and ipamc are (default: beside this program).")
    var programs: String?

    @Option(help: "The floor programs: Sources/ipamfloor, built.")
    var floor: String

    func run() throws {
        let folder = try BenchFolder(in: folder)
        defer { folder.remove() }
        let bench = Bench(
            programs: Programs(folder: try programs ?? Program.ownFolder(), floor: floor),
            folder: folder, sizes: quick ? .quick : .full, rounds: max(1, rounds ?? (quick ? 2 : 5))
        )
        let wanted = only.map { Set($0.split(separator: ",").map(String.init)) }
        let report = try Report.measured(bench) { wanted?.contains($0) ?? true }
        print(report.text)
    }
}
