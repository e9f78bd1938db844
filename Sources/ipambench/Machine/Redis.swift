import Glibc

/// A Redis server that syncs before it answers, as a peer: `appendfsync always`.
final class Redis {
    let socketPath: String
    private let folder: BenchFolder
    private let files: String
    private let program: Program

    private static let startSeconds = 10.0
    private static let valueBytes = 64

    static var isInstalled: Bool {
        ["redis-server", "redis-benchmark", "redis-cli"].allSatisfy(Program.exists)
    }

    init(folder: BenchFolder) throws(BenchError) {
        self.folder = folder
        files = "\(folder.path)/redis"
        socketPath = "\(folder.path)/redis.sock"
        guard mkdir(files, 0o700) == 0 else { throw .last("make \(files)") }
        program = try Program([
            "redis-server", "--port", "0", "--unixsocket", socketPath, "--dir", files,
            "--appendonly", "yes", "--appendfsync", "always", "--save", "",
        ])
        let start = Clock.now
        while access(socketPath, F_OK) != 0 {
            guard program.isRunning, Clock.seconds(since: start) < Self.startSeconds else {
                throw .ended("redis-server does not serve")
            }
            usleep(1000)
        }
    }

    deinit {
        program.kill()
        BenchFolder.remove(files)
        unlink(socketPath)
    }

    /// What `redis-benchmark` measures for SET.
    func set(clients: Int, pipeline: Int, requests: Int) throws(BenchError) -> Floor.Echo {
        let text = try Program.output(
            of: [
                "redis-benchmark", "-s", socketPath, "-t", "set", "-c", "\(clients)",
                "-P", "\(pipeline)", "-n", "\(requests)", "-d", "\(Self.valueBytes)",
                "-r", "1000000", "--csv",
            ], in: folder)
        guard let figures = Self.figures(in: text) else {
            throw .wrong("redis-benchmark has printed no figures: \(text.suffix(200))")
        }
        return figures
    }

    /// The columns `rps` and `p50_latency_ms`, by name.
    static func figures(in text: String) -> Floor.Echo? {
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: ",").map { $0.filter { $0 != "\"" } }
        }
        guard let head = lines.firstIndex(where: { $0.contains("rps") }),
            let values = lines[(head + 1)...].first(where: { $0.first == "SET" }),
            let rate = column("rps"), let milliseconds = column("p50_latency_ms")
        else { return nil }
        return Floor.Echo(rate: rate, microseconds: milliseconds * 1000)

        func column(_ name: String) -> Double? {
            lines[head].firstIndex(of: name).flatMap { index in
                index < values.count ? Double(values[index]) : nil
            }
        }
    }
}
