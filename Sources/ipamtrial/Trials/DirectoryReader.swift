import IPAM
import IPAMClient

/// A daemon as those see it who ask it.
protocol Served {
    var socketPath: String { get }
    var isRunning: Bool { get }
    /// What it said last, for a report.
    var log: String { get }
}

extension Daemon: Served {}

/// A daemon that somebody else starts and ends: it is always on its way back.
struct ForeignDaemon: Served {
    let socketPath: String

    var isRunning: Bool { true }
    var log: String { "its log is where whoever started it keeps it" }
}

/// Asks a daemon as the trial itself, once it serves.
enum DirectoryReader {
    static func ask<Value>(
        _ daemon: some Served, _ body: (inout Client) throws(ClientError) -> Answered<Value>
    ) throws(TrialError) -> Answered<Value> {
        let deadline = Clock.now + UInt64(Daemon.startSeconds * 1e9)
        while true {
            do throws(ClientError) {
                // Short, to see soon if it has ended: its socket takes clients all the same.
                var client = try Client.connect(
                    to: daemon.socketPath, software: "ipamtrial", timeout: .seconds(1))
                client.timeout = .seconds(Int64(Daemon.startSeconds))
                return try body(&client)
            } catch {
                guard daemon.isRunning, Clock.now < deadline else {
                    throw .noDaemon("\(error)\n\(daemon.log)")
                }
                if case .refused = error { throw .noDaemon("\(error)") }
            }
        }
    }

    /// All that it holds. Nobody else may be asking.
    static func dump(_ daemon: some Served) throws(TrialError) -> Dump {
        let invoked = Clock.now
        var lsns: Set<UInt64> = []
        var things: [Thing] = []
        for kind in ResourceKind.allCases {
            var after: Query.Position?
            repeat {
                let query = Query.List(kind: kind, after: after)
                let page = try ask(daemon) { (client) throws(ClientError) in
                    try client.list(query)
                }
                lsns.insert(page.lsn)
                things += page.value.items.map { Thing($0.resource) }
                after = page.value.next
            } while after != nil
        }
        guard let lsn = lsns.first, lsns.count == 1 else {
            throw .failed("something changed while nobody asked: \(lsns.sorted())")
        }
        return Dump(lsn: lsn, things: things, invoked: invoked, returned: Clock.now)
    }
}
