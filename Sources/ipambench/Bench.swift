import Glibc

/// What every row needs: where things are, how much is measured, and how often.
struct Bench {
    let programs: Programs
    let folder: BenchFolder
    let sizes: Sizes
    let rounds: Int

    var floor: Floor { Floor(programs: programs, folder: folder) }

    /// How much is measured.
    struct Sizes {
        /// Questions of one client, of 64, and of 64 with 16 each in flight.
        var durable = 4000
        var durableMany = 120_000
        var durableDeep = 600_000
        var reads = 200_000
        var readsDeep = 1_000_000
        /// Allocations of a large daemon, and of a very large one.
        var large = 1_000_000
        var veryLarge = 10_000_000
        /// Where growth is looked at.
        var growth = [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]
        var growthQuestions = 500
        /// Commands of the engine that are timed together.
        var engineCommands = 20_000
        var oneShots = 40
        var idleConnections = 1000
        var roots = 10_000
        var labels = 100
        var waiting = 100_000
        var waitingReleases = 20
        /// Of a load whose slowest answers are looked at.
        var loadSeconds = 5.0
        /// Journal segments in MiB; nothing for the default.
        var segmentMebibytes: Int?

        static let full = Sizes()

        /// Not beyond a largest one; what is only measured there is left out.
        func limited(to largest: Int) -> Sizes {
            var sizes = self
            sizes.veryLarge = min(veryLarge, largest)
            sizes.growth = growth.filter { $0 <= largest }
            return sizes
        }

        /// Whether there is a very large one besides the large one.
        var hasVeryLarge: Bool { veryLarge > large }

        /// To see that everything works, in a debug build as well.
        static let quick = Sizes(
            durable: 200, durableMany: 1500, durableDeep: 4000, reads: 2000, readsDeep: 4000,
            large: 4000, veryLarge: 12_000, growth: [10, 100, 1000, 4000, 12_000],
            growthQuestions: 30, engineCommands: 300, oneShots: 4, idleConnections: 100,
            roots: 500, labels: 10, waiting: 500, waitingReleases: 3, loadSeconds: 0.5,
            segmentMebibytes: 1)
    }

    /// A daemon with one root, 10.0.0.0/8, and its defaults.
    func daemon(name: String = "daemon") throws(BenchError) -> Daemon {
        let options = sizes.segmentMebibytes.map { ["--segment-size", "\($0)"] } ?? []
        let daemon = try Daemon(programs, folder: folder, name: name, options: options)
        try daemon.makeRoot(Self.root, "10.0.0.0/8")
        return daemon
    }

    static let root = "root"

    /// Tells a line as soon as it is there: who ends a run early has at least something.
    static func told(_ line: Line) -> Line {
        print(Table.summary(line))
        fflush(nil)
        return line
    }

    /// Says what is being done, where the table does not go.
    static func progress(_ text: String) {
        print("  \(text)")
        fflush(nil)
    }
}
