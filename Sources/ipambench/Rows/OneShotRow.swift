import Glibc
import IPAM

/// P6: one question as a process of its own, from its start to its end.
struct OneShotRow {
    let bench: Bench

    func lines() throws(BenchError) -> [Line] {
        Bench.progress("P6: one-shot clients")
        let daemon = try bench.daemon(name: "oneshot")
        let redis = Redis.isInstalled ? try Redis(folder: bench.folder) : nil
        let answerer = "\(bench.folder.path)/answer.sock"
        let server = try bench.floor.answerer(at: answerer)
        defer {
            server.kill()
            unlink(answerer)
        }
        let ipamc = try bench.programs.path(of: "ipamc")
        var own: [Double] = []
        var floor: [Double] = []
        var peers: [Double] = []
        for round in 0..<bench.rounds {
            var times: [[Double]] = [[], [], []]
            for index in 0..<bench.sizes.oneShots {
                let name = "one-\(round)-\(index)"
                let request = [
                    ipamc, "request", "--socket", daemon.socketPath, "--name", name,
                    "--length", "32", "--parent", Bench.root,
                ]
                times[0].append(Double(try Program.time(request)) / 1e6)
                let ask = [bench.programs.floor, "ask", answerer]
                times[1].append(Double(try Program.time(ask)) / 1e6)
                guard let redis else { continue }
                let set = ["redis-cli", "-s", redis.socketPath, "SET", name, "10.0.0.0/32"]
                times[2].append(Double(try Program.time(set)) / 1e6)
            }
            own.append(Statistics.median(times[0]))
            floor.append(Statistics.median(times[1]))
            if redis != nil { peers.append(Statistics.median(times[2])) }
        }
        let count = bench.rounds * bench.sizes.oneShots
        try daemon.checkCounts(allocations: count, changes: count)
        func line(_ name: String, _ values: [Double], _ most: Double) -> Line {
            Line(
                row: "P6", work: "ipamc request, whole process", unit: .milliseconds,
                values: own, other: .init(name: name, values: values), goal: .atMost(most))
        }
        let lines = [line("least client, static C", floor, 3)]
        return redis == nil ? lines : lines + [line("redis-cli SET", peers, 0.5)]
    }
}
