import ArgumentParser
import IPAM
import IPAMClient

/// P12: what clients that request feel of one that lists everything.
struct ListRow {
    let bench: Bench
    let daemon: Daemon

    private static let sliceSeconds = 0.1

    func line() throws(BenchError) -> Line {
        let count = bench.sizes.large
        Bench.progress("P12: a list of \(count) while 64 clients request")
        let load = try Load.requests(
            socket: daemon.socketPath, clients: 64, depth: 1, parent: Bench.root, name: "beside")
        var without: [Double] = []
        var beside: [Double] = []
        var seconds: [Double] = []
        let own = "\(try Program.ownFolder())/ipambench"
        for _ in 0..<bench.rounds {
            let alone = try load.run(.seconds(bench.sizes.loadSeconds)).times
            without.append(Statistics.percentile(0.99, alone))
            let start = Clock.now
            let lister = try Program([own, "list-to-end", daemon.socketPath, "\(count)"])
            var times: [Double] = []
            while lister.isRunning { times += try load.run(.seconds(Self.sliceSeconds)).times }
            seconds.append(Clock.seconds(since: start))
            try lister.waitForSuccess()
            beside.append(Statistics.percentile(0.99, times))
        }
        return Line(
            row: "P12", work: "p99 of requests beside a list of \(Number.count(count))",
            unit: .microseconds, values: beside,
            other: .init(name: "without one", values: without), goal: .atMost(2),
            note: "64 clients; each list took \(Table.spread(seconds, digits: 1)) s")
    }
}

/// Lists all allocations page by page, and checks that none is missing or comes twice. A process of
/// its own: who lists must not slow down the clients that are timed.
struct ListToEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list-to-end", abstract: "Lists all allocations.", shouldDisplay: false)

    @Argument(help: "The socket of the daemon.")
    var socket: String

    @Argument(help: "How many there are that the bench has filled in.")
    var count: Int

    func run() throws {
        var client = try Client.connect(to: socket, timeout: .seconds(60))
        var query = Query.List(kind: .prefixAllocation, namespace: "default")
        var found = 0
        repeat {
            let page = try client.list(query).value
            for item in page.items where item.resource.key.name.hasPrefix("alloc-") {
                guard item.resource.key.name == Filler.name(found) else {
                    throw BenchError.wrong("\(item.resource.key.name) instead of \(found)")
                }
                found += 1
            }
            query.after = page.next
        } while query.after != nil
        guard found == count else { throw BenchError.wrong("\(found) instead of \(count)") }
    }
}
