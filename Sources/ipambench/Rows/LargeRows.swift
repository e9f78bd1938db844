import Glibc
import IPAM

/// P7, P8, P9 and P12: one daemon that is filled further and further, and what it does while it is
/// large. On the way it shows how latency and memory grow.
struct LargeRows {
    private let bench: Bench
    private let daemon: Daemon
    private var filler = Filler(parent: Bench.root)
    private var growth: [GrowthPoint] = []
    private var lines: [Line] = []

    /// The daemon with so many allocations.
    struct GrowthPoint {
        let count: Int
        /// Of a durable request of one client, the median.
        let microseconds: Double
        let residentBytes: Int
    }

    init(_ bench: Bench) throws(BenchError) {
        self.bench = bench
        daemon = try bench.daemon(name: "large")
    }

    mutating func measure(
        _ isWanted: (String) -> Bool
    ) throws(BenchError) -> (lines: [Line], growth: [GrowthPoint]) {
        usleep(MemoryRow.settleMicroseconds)
        let empty = daemon.residentBytes
        for count in bench.sizes.growth where count <= bench.sizes.large {
            try grow(to: count)
        }
        if isWanted("P9"), let last = growth.last {
            let bytes = Double(last.residentBytes - empty) / Double(last.count)
            let dropped = try daemon.status().logEntriesDropped
            tell(
                MemoryRow.line(
                    count: last.count, bytes: [bytes],
                    dropped: "\(dropped) log entries were dropped while it was filled"))
        }
        if isWanted("P7") {
            for line in try CheckpointRow(bench: bench, daemon: daemon).lines() { tell(line) }
        }
        if isWanted("P12") { tell(try ListRow(bench: bench, daemon: daemon).line()) }
        if isWanted("P8") { try recover(count: bench.sizes.large, goal: 1) }
        for count in bench.sizes.growth where count > bench.sizes.large {
            try grow(to: count)
        }
        if isWanted("P8"), bench.sizes.hasVeryLarge {
            try recover(count: bench.sizes.veryLarge, goal: 10)
        }
        return (lines, growth)
    }

    private mutating func tell(_ line: Line) { lines.append(Bench.told(line)) }

    private mutating func grow(to count: Int) throws(BenchError) {
        Bench.progress("P9: a daemon with \(count) allocations")
        let before = filler.count
        let start = Clock.now
        try filler.fill(socket: daemon.socketPath, to: count)
        let seconds = Clock.seconds(since: start)
        usleep(MemoryRow.settleMicroseconds)
        let resident = daemon.residentBytes
        if count == bench.sizes.large || count == bench.sizes.veryLarge {
            let rate = Number.text(Double(count - before) / seconds, digits: 0)
            let dropped = try daemon.status().logEntriesDropped
            Bench.progress(
                "    \(rate) requests/s in batches, \(resident >> 20) MiB, "
                    + "\(dropped) log entries dropped, \(filler.busyCount) times busy")
        }
        let load = try Load.requests(
            socket: daemon.socketPath, clients: 1, depth: 1, parent: Bench.root, name: "growth")
        let times = try load.run(.answers(bench.sizes.growthQuestions)).times
        growth.append(
            GrowthPoint(
                count: count, microseconds: Statistics.median(times), residentBytes: resident))
    }

    /// Kills it and starts it again: the checkpoint is read, and the journal behind it.
    private mutating func recover(count: Int, goal: Double) throws(BenchError) {
        Bench.progress("P8: recovery of \(count) allocations")
        var values: [Double] = []
        for _ in 0..<bench.rounds {
            let before = try daemon.status()
            daemon.kill()
            values.append(try daemon.start())
            let after = try daemon.status()
            guard after.allocationCount == UInt64(count), after.durableLSN == before.durableLSN
            else {
                throw .wrong(
                    "\(after.allocationCount) allocations at LSN \(after.durableLSN) after the "
                        + "start, \(before.allocationCount) at LSN \(before.durableLSN) before")
            }
        }
        tell(
            Line(
                row: "P8", work: "recovery of \(Number.count(count)) after a kill", unit: .seconds,
                values: values, goal: .atMost(goal),
                note: "from the start of the process to the answered hello"))
    }
}
