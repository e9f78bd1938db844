import Glibc
import IPAM

/// P7: a checkpoint while clients go on asking, against a raw write and sync of as many bytes; and
/// what the clients feel of it. It is the size of the journal that brings it about.
struct CheckpointRow {
    let bench: Bench
    let daemon: Daemon

    private static let sliceSeconds = 0.5
    private static let slicesMax = 600

    func lines() throws(BenchError) -> [Line] {
        var rates: [Double] = []
        var raw: [Double] = []
        var during: [Double] = []
        var without: [Double] = []
        var bytes = 0
        var asked = 0
        let load = try Load.requests(
            socket: daemon.socketPath, clients: 64, depth: 1, parent: Bench.root,
            name: "checkpoint")
        for round in 0..<bench.rounds {
            Bench.progress("P7: checkpoint \(round + 1)")
            let checkpoint = try awaitCheckpoint(load)
            bytes = checkpoint.bytes
            let mebibytes = Double(bytes) / 1_048_576
            rates.append(mebibytes / checkpoint.seconds)
            raw.append(mebibytes / (try bench.floor.store(bytes: bytes)))
            asked += checkpoint.during.count
            guard !checkpoint.during.isEmpty, !checkpoint.without.isEmpty else { continue }
            during.append(Statistics.percentile(0.999, checkpoint.during))
            without.append(Statistics.percentile(0.999, checkpoint.without))
        }
        return [
            Line(
                row: "P7", work: "checkpoint of \(Number.count(bench.sizes.large))",
                unit: .mebibytesPerSecond, values: rates,
                other: .init(name: "raw write + fsync", values: raw), goal: .atLeast(0.5),
                note: "\(bytes >> 20) MiB, while 64 clients go on asking"),
            Line(
                row: "P7", work: "p99.9 of requests during it", unit: .microseconds,
                values: during, other: .init(name: "without one", values: without),
                goal: .atMost(2), note: "64 clients, \(asked) requests during checkpoints"),
        ]
    }

    private struct Checkpoint {
        var seconds: Double
        var bytes: Int
        /// Microseconds of the requests that were answered while it was made, and of the others.
        var during: [Double] = []
        var without: [Double] = []
    }

    /// Asks until a checkpoint has been made, and a little longer.
    private func awaitCheckpoint(_ load: Load) throws(BenchError) -> Checkpoint {
        let before = try daemon.status().checkpointLSN
        // What is measured as being without a checkpoint must not be without clients either.
        var samples = try load.run(.seconds(Self.sliceSeconds)).samples
        var slices = 0
        while try daemon.status().checkpointLSN == before {
            samples += try load.run(.seconds(Self.sliceSeconds)).samples
            slices += 1
            guard slices < Self.slicesMax else { throw .wrong("no checkpoint is made") }
        }
        guard let end = try daemon.status().lastCheckpoint,
            let duration = try daemon.metrics().checkpointMicroseconds
        else { throw .wrong("the daemon does not say how long its checkpoint took") }
        // The daemon dates it by the wall clock.
        let last = end.milliseconds * 1_000_000 - (Clock.wall - Clock.now)
        let interval = (last - min(last, duration * 1000))...last
        var checkpoint = Checkpoint(seconds: Double(duration) / 1e6, bytes: checkpointBytes)
        for sample in samples {
            let time = Double(sample.time) / 1000
            if interval.contains(sample.at) {
                checkpoint.during.append(time)
            } else {
                checkpoint.without.append(time)
            }
        }
        return checkpoint
    }

    /// The newest one that is whole; its name has its number in digits of equal count.
    private var checkpointBytes: Int {
        let names = BenchFolder.names(in: daemon.statePath).filter {
            $0.hasPrefix("checkpoint-") && !$0.hasSuffix(".tmp")
        }
        return names.last.map { BenchFolder.bytes(of: "\(daemon.statePath)/\($0)") } ?? 0
    }
}
