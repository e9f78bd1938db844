import IPAM
import IPAMEngine

/// P11: what a release costs that serves one of many waiting claims, against one that nobody waits
/// for. In this process, and with everything that the daemon does before the next command.
struct WaitingRow {
    let bench: Bench

    private static let blocks = 1024

    func line() throws(BenchError) -> Line {
        Bench.progress("P11: \(bench.sizes.waiting) waiting claims")
        var quiet = try full()
        var crowded = quiet
        for first in stride(from: 0, to: bench.sizes.waiting, by: Limits.itemsPerCommandMax) {
            let last = min(bench.sizes.waiting, first + Limits.itemsPerCommandMax)
            let claims = (first..<last).map { index in
                let key = ResourceKey(
                    kind: .prefixAllocation, namespace: "default", name: "claim-\(index)")
                return Manifest(key: key, ipFamily: "IPv4", prefixLength: 32, parent: "root")
            }
            _ = try crowded.run(
                .apply(Command.Apply(manifests: claims)), by: EngineCrowd.administrator)
            crowded.finishBacklog()
        }
        guard crowded.counts.waiting == bench.sizes.waiting else {
            throw .wrong("\(crowded.counts.waiting) claims wait")
        }
        var with: [Double] = []
        var without: [Double] = []
        for round in 0..<bench.rounds {
            without.append(try time(&quiet, round, waiting: 0))
            with.append(
                try time(&crowded, round, waiting: bench.sizes.waiting))
        }
        return Line(
            row: "P11",
            work: "release with \(Number.count(bench.sizes.waiting)) waiting, engine alone",
            unit: .nanoseconds, values: with,
            other: .init(name: "release with none waiting", values: without), goal: .atMost(2))
    }

    /// A root of which every address is taken.
    private func full() throws(BenchError) -> State {
        var state = State(incarnation: 1)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "root")
        let root = Manifest(key: key, ipFamily: "IPv4", prefix: "10.0.0.0/22")
        _ = try state.run(.apply(Command.Apply(manifests: [root])), by: EngineCrowd.administrator)
        for index in 0..<Self.blocks {
            let request = Command.Request(name: "web-\(index)", prefixLength: 32, parent: "root")
            _ = try state.run(.request(request), by: EngineCrowd.administrator)
        }
        return state
    }

    /// The nanoseconds of a release, on average. Each has to serve the one claim that it has room
    /// for.
    private func time(
        _ state: inout State, _ round: Int, waiting: Int
    ) throws(BenchError) -> Double {
        let count = bench.sizes.waitingReleases
        let before = state.counts
        let releases = (0..<count).map {
            Command.release(Command.Release(names: ["web-\((round * count + $0) % Self.blocks)"]))
        }
        let start = Clock.now
        for release in releases {
            _ = try state.run(release, by: EngineCrowd.administrator)
            state.finishBacklog()
        }
        let time = Clock.now - start
        let served = before.waiting - state.counts.waiting
        guard served == min(count, before.waiting) else {
            throw .wrong("\(count) releases have served \(served) claims")
        }
        return Double(time) / Double(count)
    }
}

extension State {
    /// What the daemon does before it takes the next command.
    fileprivate mutating func finishBacklog() {
        while hasBacklog { _ = executeBacklog(at: EngineCrowd.now) }
    }
}
