import Glibc
import IPAM
import IPAMWire

/// P9: what an allocation and an idle connection take in memory.
struct MemoryRow {
    let bench: Bench

    /// How long the daemon gets to finish what it still does behind the answers.
    static let settleMicroseconds: UInt32 = 1_500_000

    /// `bytes` is resident memory of each allocation, as the filled daemon has shown it.
    static func line(count: Int, bytes: [Double], dropped: String) -> Line {
        Line(
            row: "P9",
            work: "resident memory of an allocation, at \(Number.text(Double(count), digits: 0))",
            unit: .bytes, values: bytes, goal: .atMost(200),
            note: "name of 16 characters, two labels shared by all, owner; from an empty daemon to "
                + "the full one, with everything that the daemon keeps beside them; \(dropped)")
    }

    func connectionLine() throws(BenchError) -> Line {
        Bench.progress("P9: idle connections")
        var values: [Double] = []
        for _ in 0..<bench.rounds {
            let daemon = try bench.daemon(name: "idle")
            usleep(Self.settleMicroseconds / 3)
            let before = daemon.residentBytes
            var connections: [IdleConnection] = []
            for _ in 0..<bench.sizes.idleConnections {
                connections.append(try IdleConnection(to: daemon.socketPath))
            }
            usleep(Self.settleMicroseconds / 3)
            let count = try Int(daemon.status().connectionCount)
            guard count == connections.count + 1 else {
                throw .wrong("\(count - 1) connections instead of \(connections.count)")
            }
            values.append(Double(daemon.residentBytes - before) / Double(connections.count))
        }
        return Line(
            row: "P9", work: "resident memory of an idle connection", unit: .bytes,
            values: values, goal: .atMost(16_384))
    }
}

/// A client that has said hello, and nothing since.
private final class IdleConnection {
    private let descriptor: Int32

    init(to path: String) throws(BenchError) {
        let socket = try ConnectedSocket(to: path)
        var session = ClientSession(software: "ipambench")
        try socket.greet(&session)
        descriptor = socket.release()
    }

    deinit { close(descriptor) }
}
