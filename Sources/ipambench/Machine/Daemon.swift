import Glibc
import IPAM
import IPAMClient

/// The daemon as users have it: the built program with its defaults, on its own socket.
final class Daemon {
    let socketPath: String
    let statePath: String
    private let binary: String
    private let options: [String]
    private(set) var program: Program?

    /// How long a start may take; a large state is read first.
    private static let startSeconds = 300.0
    /// How long an answer may take while a debug build makes room for everybody else.
    private static let patience = Duration.seconds(60)

    /// `options` are what the command line says beyond the defaults; nothing in a full run.
    init(
        _ programs: Programs, folder: BenchFolder, name: String = "daemon", options: [String] = []
    ) throws(BenchError) {
        binary = try programs.path(of: "ipamd")
        socketPath = "\(folder.path)/\(name).sock"
        statePath = "\(folder.path)/\(name)"
        self.options = options
        _ = try start()
    }

    deinit {
        program = nil
        BenchFolder.remove(statePath)
        unlink(socketPath)
    }

    /// Starts it, and returns the seconds until it has answered a hello: everything is recovered
    /// by then.
    func start() throws(BenchError) -> Double {
        let start = Clock.now
        // Where there is no journald the log goes to standard error. Nobody reads it here: a file
        // on the same disk would be written back in the middle of somebody's sync.
        program = try Program(
            [binary, "--state", statePath, "--socket", socketPath] + options,
            output: "/dev/null")
        while true {
            do throws(ClientError) {
                _ = try Client.connect(to: socketPath, software: "ipambench")
                return Clock.seconds(since: start)
            } catch {
                guard program?.isRunning == true else { throw .ended("the daemon has ended") }
                guard Clock.seconds(since: start) < Self.startSeconds else { throw .client(error) }
                usleep(500)
            }
        }
    }

    /// Ends it as a crash would.
    func kill() {
        program?.kill()
        program = nil
    }

    /// Ends it in order.
    func stop() throws(BenchError) {
        try program?.stop()
        program = nil
    }

    /// One question, on a connection of its own.
    func ask<Value>(
        _ question: (inout Client) throws(ClientError) -> Value
    ) throws(BenchError) -> Value {
        do throws(ClientError) {
            var client = try Client.connect(
                to: socketPath, software: "ipambench", timeout: Self.patience)
            return try question(&client)
        } catch {
            throw .client(error)
        }
    }

    func status() throws(BenchError) -> DaemonStatus {
        try ask { (client) throws(ClientError) in try client.status().value }
    }

    func metrics() throws(BenchError) -> DaemonMetrics {
        try ask { (client) throws(ClientError) in try client.metrics().value }
    }

    /// Makes a root of IPv4.
    func makeRoot(_ name: String, _ prefix: String) throws(BenchError) {
        let key = ResourceKey(kind: .prefix, namespace: "default", name: name)
        let manifest = Manifest(key: key, ipFamily: "IPv4", prefix: prefix)
        _ = try ask { (client) throws(ClientError) in
            try client.apply(Command.Apply(manifests: [manifest]))
        }
    }

    var residentBytes: Int { program?.residentBytes ?? 0 }
    var processorSeconds: Double { program?.processorSeconds ?? 0 }

    /// Whether its log goes where it goes in production.
    static var hasJournald: Bool { access("/run/systemd/journal/socket", W_OK) == 0 }
}
