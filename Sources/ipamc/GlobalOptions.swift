internal import ArgumentParser
internal import Glibc
internal import IPAM
internal import IPAMClient

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customLong("socket"),
        help: ArgumentHelp(
            "The daemon's socket (environment IPAM_SOCKET; default \(Self.socketDefault)).",
            valueName: "path"),
        completion: .file())
    var socketOption: String?

    @Option(
        name: [.customShort("n"), .customLong("namespace")],
        help: ArgumentHelp(
            "The namespace (environment IPAM_NAMESPACE; default \(Self.namespaceDefault)).",
            valueName: "ns"),
        completion: .namespaces)
    var namespaceOption: String?

    @Option(
        name: .shortAndLong,
        help:
            "table (cut to the width of a terminal), wide, json, yaml or name; svg, for map alone.")
    var output = OutputFormat.table

    @Option(
        help: ArgumentHelp(
            "How long to wait for the daemon: 500ms, 30s, 5m, 1h.", valueName: "duration"))
    var timeout = TimeSpan.seconds(5)

    static let socketDefault = "/run/ipamd/ipamd.sock"
    private static let namespaceDefault = "default"

    /// The option, else the environment, else the default. An empty variable is none.
    var socket: String {
        socketOption ?? Self.environment("IPAM_SOCKET") ?? Self.socketDefault
    }

    var namespace: String {
        namespaceOption ?? Self.environment("IPAM_NAMESPACE") ?? Self.namespaceDefault
    }

    /// Whether the user chose the namespace.
    var isNamespaceNamed: Bool {
        namespaceOption != nil || Self.environment("IPAM_NAMESPACE") != nil
    }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// A conversation with the daemon; `witness` is what an earlier one has seen.
    func connect(knowing witness: Witness? = nil) throws(Failure) -> Client {
        do throws(ClientError) {
            return try connection(timeout: timeout.duration, knowing: witness)
        } catch {
            throw Failure(error)
        }
    }

    /// The same, for who makes something of an error itself.
    func connection(
        timeout: Duration, knowing witness: Witness? = nil
    ) throws(ClientError) -> Client {
        try Client.connect(
            to: socket, software: "ipamc \(Release.version)", timeout: timeout, knowing: witness)
    }

    /// Whether standard output is a terminal whose user wants colours (no-color.org).
    var isColoured: Bool {
        isatty(STDOUT_FILENO) == 1 && Self.environment("NO_COLOR") == nil
            && Self.environment("TERM") != "dumb"
    }

    /// How long a line of a table may be: as the terminal has it, unless all is wanted.
    var lineMax: Int? { output == .wide ? nil : Terminal.outputWidth }

    /// Writes a value in one of the structured formats.
    func write(_ value: some Encodable, as format: StructuredFormat) throws {
        switch format {
        case .json: write(try StructuredText.json(value))
        case .yaml: write(try StructuredText.yaml(value))
        }
    }

    func write(_ text: String) { StandardStreams.write(text, to: STDOUT_FILENO) }

    static let takingValue = ["--socket", "-n", "--namespace", "-o", "--output", "--timeout"]

    /// Moves global options that stand before the subcommand behind it, where the parser of the
    /// subcommand finds them: `ipamc -n web get prefixes` reads as `ipamc get -n web prefixes`.
    static func behindSubcommand(_ arguments: [String]) -> [String] {
        var end = 0
        while end < arguments.count {
            let word = arguments[end]
            if takingValue.contains(word) {
                end += 2
            } else if takingValue.contains(where: { word.hasPrefix($0 + "=") }) {
                end += 1
            } else {
                break
            }
        }
        guard end > 0, end < arguments.count, !arguments[end].hasPrefix("-") else {
            return arguments
        }
        return [arguments[end]] + arguments[..<end] + arguments[(end + 1)...]
    }
}

/// How a command answers.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case wide
    case json
    case yaml
    case name
    /// A picture; only `map` has one.
    case svg

    // What the parser would find out by itself, in more time than it takes for the option.
    static var allValueStrings: [String] { allCases.map(\.rawValue) }
    static var allValueDescriptions: [String: String] { [:] }

    /// Json or yaml, if it is one of them.
    var structured: StructuredFormat? {
        switch self {
        case .json: .json
        case .yaml: .yaml
        case .table, .wide, .name, .svg: nil
        }
    }
}

/// The formats for machines.
enum StructuredFormat {
    case json
    case yaml
}

/// A span of time as it is written on the command line: `500ms`, `30s`, `5m`, `1h`.
struct TimeSpan: ExpressibleByArgument, Equatable {
    let milliseconds: Int64

    /// Longer than anybody waits, and short enough for every clock.
    private static let millisecondsMax: Int64 = 24 * 3600 * 1000

    static func seconds(_ seconds: Int64) -> TimeSpan { TimeSpan(milliseconds: seconds * 1000) }

    private init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let unit: Int64
        switch argument.dropFirst(digits.count) {
        case "ms": unit = 1
        case "s": unit = 1000
        case "m": unit = 60_000
        case "h": unit = 3_600_000
        default: return nil
        }
        guard let count = Int64(digits), count > 0, count <= Self.millisecondsMax / unit else {
            return nil
        }
        milliseconds = count * unit
    }

    var defaultValueDescription: String { "5s" }

    var duration: Duration { .milliseconds(milliseconds) }

    /// As the command line has it, in the largest unit that makes a whole number.
    var text: String {
        for (unit, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
        where milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
