import IPAM
import IPAMEngine

/// P10: with many Prefixes, what a request costs that finds its parent by labels, against one that
/// names it. In this process, so that no sync hides the difference.
struct SelectorRow {
    let bench: Bench

    /// Requests that are timed together: few, because the slow way takes long.
    private static let requestsPerRound = 200

    func line() throws(BenchError) -> Line {
        let count = bench.sizes.roots
        Bench.progress("P10: \(count) Prefixes, \(bench.sizes.labels) labels")
        var state = State(incarnation: 1)
        let roots = (0..<count).map { index in
            let key = ResourceKey(kind: .prefix, namespace: "default", name: "root-\(index)")
            return Manifest(
                key: key, labels: ["group": "group-\(index % bench.sizes.labels)"],
                ipFamily: "IPv4", prefix: "10.\(index >> 8).\(index & 255).0/24")
        }
        _ = try state.run(
            .apply(Command.Apply(manifests: roots)), by: EngineCrowd.administrator)
        var selected: [Double] = []
        var named: [Double] = []
        for _ in 0..<bench.rounds {
            named.append(
                try time(&state) {
                    Command.Request(name: $0, prefixLength: 32, parent: "root-\($1 % count)")
                })
            selected.append(
                try time(&state) {
                    let labels: Labels = ["group": "group-\($1 % bench.sizes.labels)"]
                    return Command.Request(
                        name: $0, prefixLength: 32, selector: Selector(matchLabels: labels))
                })
        }
        return Line(
            row: "P10", work: "request by selector, engine alone", unit: .nanoseconds,
            values: selected, other: .init(name: "request by parent", values: named),
            goal: .atMost(2))
    }

    /// The nanoseconds of a request; the releases after them are not timed.
    private func time(
        _ state: inout State, _ request: (String, Int) -> Command.Request
    ) throws(BenchError) -> Double {
        let names = (0..<Self.requestsPerRound).map { "web-\($0)" }
        let requests = names.enumerated().map { Command.request(request($1, $0 * 7919)) }
        let start = Clock.now
        for request in requests {
            _ = try state.run(request, by: EngineCrowd.administrator)
        }
        let time = Clock.now - start
        _ = try state.run(
            .release(Command.Release(names: names)), by: EngineCrowd.administrator)
        return Double(time) / Double(requests.count)
    }
}
