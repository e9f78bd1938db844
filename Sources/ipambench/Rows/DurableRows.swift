import IPAM

/// P1 to P3: requests and releases that are on the disk when they are answered, from one client
/// to sixty-four that have sixteen questions in flight each.
struct DurableRows {
    private let bench: Bench
    private let daemon: Daemon
    private let redis: Redis?
    private var changes = 0

    init(_ bench: Bench) throws(BenchError) {
        self.bench = bench
        daemon = try bench.daemon(name: "durable")
        redis = Redis.isInstalled ? try Redis(folder: bench.folder) : nil
    }

    /// One of the three.
    private struct Shape {
        let row: String
        let work: String
        let clients: Int
        let depth: Int
        let count: Int
        let pipeline: Int
        let echoGoal: Line.Goal
        let redisGoal: Line.Goal
        /// Whether the time of an answer is judged, and not how many there are.
        let isTimed: Bool
    }

    mutating func lines() throws(BenchError) -> [Line] {
        let sizes = bench.sizes
        var lines = try measure(
            Shape(
                row: "P1", work: "durable request, 1 client, p50", clients: 1, depth: 1,
                count: sizes.durable, pipeline: 1, echoGoal: .atMost(1.15),
                redisGoal: .atMost(1.1), isTimed: true))
        if let line = try sqliteLine(lines.first?.values ?? []) { lines.append(line) }
        lines += try measure(
            Shape(
                row: "P2", work: "durable, 64 clients", clients: 64, depth: 1,
                count: sizes.durableMany, pipeline: 1, echoGoal: .atLeast(0.7),
                redisGoal: .atLeast(1.3), isTimed: false))
        lines += try measure(
            Shape(
                row: "P3", work: "durable, 64 clients, 16 in flight", clients: 64, depth: 16,
                count: sizes.durableDeep, pipeline: 32, echoGoal: .atLeast(0.4),
                redisGoal: .atLeast(1.5), isTimed: false))
        try daemon.checkCounts(allocations: 0, changes: changes)
        return lines
    }

    private mutating func measure(_ shape: Shape) throws(BenchError) -> [Line] {
        Bench.progress("\(shape.row): \(shape.work)")
        let load = try Load.requests(
            socket: daemon.socketPath, clients: shape.clients, depth: shape.depth,
            parent: Bench.root)
        // The first changes wait for spare segments and cold caches, which no later one does.
        changes += try load.run(.answers(max(1, shape.count / 10))).changes
        var own: [Double] = []
        var echoes: [Double] = []
        var peers: [Double] = []
        let before = try daemon.status()
        let processor = daemon.processorSeconds
        var answers = 0
        var busy = 0
        for _ in 0..<bench.rounds {
            let echo = try bench.floor.echo(
                connections: shape.clients, depth: shape.depth, messages: shape.count,
                isDurable: true)
            echoes.append(shape.isTimed ? echo.microseconds : echo.rate)
            let measured = try load.run(.answers(shape.count))
            changes += measured.changes
            answers += measured.changes
            busy += measured.busy
            own.append(shape.isTimed ? Statistics.median(measured.times) : measured.rate)
            guard let redis else { continue }
            let peer = try redis.set(
                clients: shape.clients, pipeline: shape.pipeline, requests: shape.count)
            peers.append(shape.isTimed ? peer.microseconds : peer.rate)
        }
        let dropped = try daemon.status().logEntriesDropped - before.logEntriesDropped
        let cost = (daemon.processorSeconds - processor) / Double(answers) * 1e6
        let unit = shape.isTimed ? Line.Unit.microseconds : .perSecond
        let echo = Line(
            row: shape.row, work: shape.work, unit: unit, values: own,
            other: .init(
                name: "durable echo \(shape.clients)x\(shape.depth)", values: echoes),
            goal: shape.echoGoal,
            note: "\(Number.text(cost, digits: 1)) µs of processor time a change; of "
                + "\(answers) log entries \(dropped) were dropped; "
                + "\(busy) times the daemon was busy")
        guard redis != nil else { return [echo] }
        let pipeline = shape.pipeline > 1 ? ", pipeline \(shape.pipeline)" : ""
        let peer = Line(
            row: shape.row, work: shape.work, unit: unit, values: own,
            other: .init(name: "Redis, fsync always\(pipeline)", values: peers),
            goal: shape.redisGoal)
        return [echo, peer]
    }

    private func sqliteLine(_ own: [Double]) throws(BenchError) -> Line? {
        guard Sqlite.isInstalled else { return nil }
        var values: [Double] = []
        for _ in 0..<bench.rounds {
            values.append(
                try Sqlite(folder: bench.folder).commitMicroseconds(rows: bench.sizes.durable / 4))
        }
        return Line(
            row: "P1", work: "the same", unit: .microseconds, values: own,
            other: .init(name: "SQLite, full sync, mean", values: values), goal: .none)
    }
}

extension Daemon {
    /// What it has counted has to be what was counted here: every change once, and nobody left.
    ///
    /// `changes` are those after the root was made.
    func checkCounts(allocations: Int, changes: Int) throws(BenchError) {
        let status = try status()
        guard status.allocationCount == UInt64(allocations) else {
            throw .wrong("\(status.allocationCount) allocations instead of \(allocations)")
        }
        guard status.durableLSN == UInt64(changes) + 1 else {
            throw .wrong("\(status.durableLSN - 1) changes instead of \(changes)")
        }
    }
}
