import ArgumentParser
import Glibc
import NIOCore
import Systemd

/// `ipamd serve`: the daemon.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve clients until SIGTERM or SIGINT (the default).",
        discussion: """
            Exit status: 0 stopped in order, 1 could not start, 2 the storage failed, \
            64 usage, 75 another daemon has the state directory or the socket.
            """)

    @OptionGroup var state: StateOption

    @Option(help: "Listen at this path, if the service manager passed no socket.")
    var socket: String?

    @Option(help: "Who may connect to --socket, as an octal file mode.")
    var socketMode = FileMode(bits: 0o600)

    @Option(help: "The group that owns --socket, by name.")
    var socketGroup: String?

    @Option(
        help: ArgumentHelp(
            "The longest time between checkpoints while there are changes.",
            discussion: "Checkpoints are also made by the size of the journal.",
            valueName: "duration"))
    var checkpointInterval = Interval(time: .minutes(5))

    @Option(
        help: ArgumentHelp(
            "The size of a journal segment, from 1 to 1024; two are kept ready.",
            valueName: "MiB"))
    var segmentSize = SegmentSize(mebibytes: 64)

    @Option(
        help: ArgumentHelp(
            "Changes a second that an agent's user may ask for; 0: no limit.",
            discussion: "Twice as many at once. Administrators are not limited.",
            valueName: "count"))
    var changesPerSecond: UInt32 = 10_000

    @Option(
        help: ArgumentHelp(
            "Allocations that an agent's user may have; 0: no limit.", valueName: "count"))
    var allocationsPerUser: UInt32 = 1_000_000

    @Option(help: "The least severe entries to log: error, warning, notice, info or debug.")
    var logLevel = LogLevel(priority: .info)

    func run() throws {
        let settings = Settings(
            stateDirectory: state.directory, socketPath: socket, socketMode: socketMode.bits,
            socketGroup: socketGroup, checkpointInterval: checkpointInterval.time,
            segmentBytes: segmentSize.bytes, changesPerSecond: changesPerSecond,
            allocationsPerUserMax: allocationsPerUser == 0 ? .max : Int(allocationsPerUser),
            logLevel: logLevel.priority)
        let status = Daemon.run(settings)
        guard status == .success else { throw status.code }
    }
}

/// What the command line says of one daemon.
struct Settings: Sendable {
    var stateDirectory: String
    var socketPath: String?
    var socketMode: mode_t
    var socketGroup: String?
    var checkpointInterval: TimeAmount
    var segmentBytes: Int
    var changesPerSecond: UInt32
    var allocationsPerUserMax: Int
    var logLevel: JournalLog.Priority
}

/// `--state DIR`, for every command.
struct StateOption: ParsableArguments {
    @Option(
        name: .customLong("state"),
        help: ArgumentHelp(
            "The state directory (default: $STATE_DIRECTORY, else /var/lib/ipamd).",
            valueName: "dir"))
    var path: String?

    var directory: String {
        // systemd may list several; the first is ours (systemd.exec(5), StateDirectory=).
        let given = getenv("STATE_DIRECTORY").map { String(cString: $0) } ?? ""
        let first = given.split(separator: ":").first.map(String.init)
        return path ?? first ?? "/var/lib/ipamd"
    }
}

/// A duration as the command line writes it: `500ms`, `30s`, `5m`, `1h`.
struct Interval: ExpressibleByArgument, CustomStringConvertible {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
    ]
    /// A month: longer times are mistakes, and this keeps sums of them far from overflow.
    private static let millisecondsMax: Int64 = 31 * 24 * 3_600_000

    let time: TimeAmount

    init(time: TimeAmount) { self.time = time }

    init?(argument: String) {
        guard let unit = Self.units.first(where: { argument.hasSuffix($0.name) }),
            let count = Int64(argument.dropLast(unit.name.count)), count > 0,
            count <= Self.millisecondsMax / unit.milliseconds
        else { return nil }
        time = .milliseconds(count * unit.milliseconds)
    }

    var description: String {
        let milliseconds = time.nanoseconds / 1_000_000
        let unit = Self.units.last { milliseconds % $0.milliseconds == 0 } ?? Self.units[0]
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }

    var defaultValueDescription: String { description }
}

/// File permissions in octal digits, at most 0777.
struct FileMode: ExpressibleByArgument {
    let bits: mode_t

    init(bits: mode_t) { self.bits = bits }

    init?(argument: String) {
        guard let bits = mode_t(argument, radix: 8), bits <= 0o777 else { return nil }
        self.bits = bits
    }

    var defaultValueDescription: String { "0" + String(bits, radix: 8) }
}

/// A number of mebibytes that a journal segment can have.
struct SegmentSize: ExpressibleByArgument {
    private let mebibytes: Int

    var bytes: Int { mebibytes << 20 }

    init(mebibytes: Int) { self.mebibytes = mebibytes }

    init?(argument: String) {
        guard let mebibytes = Int(argument), (1...1024).contains(mebibytes) else { return nil }
        self.mebibytes = mebibytes
    }

    var defaultValueDescription: String { String(mebibytes) }
}

/// A severity by its name.
struct LogLevel: ExpressibleByArgument {
    let priority: JournalLog.Priority

    init(priority: JournalLog.Priority) { self.priority = priority }

    init?(argument: String) {
        guard let priority = JournalLog.Priority.allCases.first(where: { $0.name == argument })
        else { return nil }
        self.priority = priority
    }

    var defaultValueDescription: String { priority.name }
}
