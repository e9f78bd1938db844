import Glibc

/// What the floor programs measure: the least that a server or a disk can do on this machine.
struct Floor {
    let programs: Programs
    let folder: BenchFolder

    /// What an echo of 32 bytes gives.
    struct Echo {
        let rate: Double
        let microseconds: Double
    }

    /// `isDurable` says whether each batch is first written to a file, and synced.
    func echo(
        connections: Int, depth: Int, messages: Int, isDurable: Bool
    ) throws(BenchError) -> Echo {
        var words = [
            programs.floor, "echo", "\(connections)", "\(depth)", "\(messages)",
            "\(folder.path)/echo.sock",
        ]
        if isDurable { words.append("\(folder.path)/echo.file") }
        let figures = try figures(of: words)
        guard let rate = figures["rate"], let median = figures["p50"] else {
            throw .wrong("the echo has printed no rate")
        }
        return Echo(rate: rate, microseconds: median)
    }

    /// The seconds that it takes to write so many bytes and sync them.
    func store(bytes: Int) throws(BenchError) -> Double {
        let words = [programs.floor, "store", "\(folder.path)/store.file", "\(bytes)"]
        guard let seconds = try figures(of: words)["seconds"] else {
            throw .wrong("the store has printed no time")
        }
        return seconds
    }

    /// Whom the one-shot client asks.
    func answerer(at socket: String) throws(BenchError) -> Program {
        let program = try Program([programs.floor, "answer", socket])
        while access(socket, F_OK) != 0 {
            guard program.isRunning else { throw .ended("the floor's server has ended") }
            usleep(500)
        }
        return program
    }

    private func figures(of words: [String]) throws(BenchError) -> [String: Double] {
        var figures: [String: Double] = [:]
        for line in try Program.output(of: words, in: folder).split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 2 { figures[String(parts[0])] = Double(parts[1]) }
        }
        return figures
    }
}
