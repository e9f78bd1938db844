import IPAM

/// P4: looks at one allocation by its name, against servers that only send bytes back.
struct ReadRow {
    let bench: Bench

    func lines() throws(BenchError) -> [Line] {
        Bench.progress("P4: reads, 64 clients")
        let daemon = try bench.daemon(name: "reads")
        var filler = Filler(parent: Bench.root)
        let count = min(10_000, bench.sizes.large)
        try filler.fill(socket: daemon.socketPath, to: count)
        let names = (0..<count).map { Filler.name($0 * 7919 % count) }
        let answerBytes = try answerBytes(daemon, names[0])
        let socket = "\(bench.folder.path)/nio.sock"
        let echo = try Program([
            "\(Program.ownFolder())/ipambench", "nio-echo", socket,
            "\(answerBytes)",
        ])
        defer { echo.kill() }
        try NIOEchoCommand.awaitListening(at: socket, echo)
        let own = try Load.reads(
            socket: daemon.socketPath, clients: 64, depth: 1, names: names)
        let deep = try Load.reads(
            socket: daemon.socketPath, clients: 64, depth: 16, names: names)
        let bare = try Load.reads(
            socket: socket, isDaemon: false, clients: 64, depth: 1, names: names)
        let reads = bench.sizes.reads
        var rates: [String: [Double]] = [:]
        for _ in 0..<bench.rounds {
            rates["nio", default: []].append(try bare.run(.answers(reads)).rate)
            rates["own", default: []].append(try own.run(.answers(reads)).rate)
            rates["echo", default: []].append(
                try bench.floor.echo(
                    connections: 64, depth: 1, messages: reads, isDurable: false
                ).rate)
            rates["deep", default: []].append(
                try deep.run(.answers(bench.sizes.readsDeep)).rate)
            rates["echo deep", default: []].append(
                try bench.floor.echo(
                    connections: 64, depth: 16, messages: bench.sizes.readsDeep * 3,
                    isDurable: false
                ).rate)
        }
        func line(_ work: String, _ own: String, _ name: String, _ other: String, _ goal: Double)
            -> Line
        {
            Line(
                row: "P4", work: work, unit: .perSecond, values: rates[own] ?? [],
                other: .init(name: name, values: rates[other] ?? []), goal: .atLeast(goal))
        }
        let shallow = "get by name, 64 clients"
        return [
            line(shallow, "own", "bare NIO echo", "nio", 0.85),
            line(shallow, "own", "echo 64x1", "echo", 0.45),
            line("get by name, 64 clients, 16 in flight", "deep", "echo 64x16", "echo deep", 0.25),
        ]
    }

    /// The size of an answer's body: the echo gives back as much.
    private func answerBytes(_ daemon: Daemon, _ name: String) throws(BenchError) -> Int {
        let connection = try ConnectedSocket(to: daemon.socketPath)
        return try connection.bodyBytes(ofAnswerTo: .get(name: name, slot: 0))
    }
}
