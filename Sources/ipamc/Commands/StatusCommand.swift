internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc status`: how the daemon is.
struct StatusCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .status,
        abstract: "Show how the daemon is.",
        discussion: """
            The mode is ok, storage-full, read-only, damaged or quarantine; beside another one \
            than ok stands what is wrong and what to do. A daemon that is damaged answers this \
            and nothing else.
            """)

    static let forms: [OutputFormat] = [.table, .wide, .json, .yaml]

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Exit with 1 unless the mode is ok.")
    var check = false

    func run() throws {
        var client = try options.connect()
        let status = try asking { () throws(ClientError) in try client.status().value }
        if let format = options.output.structured {
            try options.write(StatusReport(status), as: format)
        } else {
            options.write(StatusReport.text(status, now: .now))
        }
        if check, status.mode != .ok {
            let sentence = status.detail ?? "the daemon does not work as it should"
            throw Failure(.refused, status.mode.description, sentence)
        }
    }
}

/// The status of the daemon for machines; with `text` for people.
struct StatusReport: Encodable {
    let allocations: UInt64
    let checkpointLSN: UInt64
    let connections: UInt64
    let detail: String?
    let durableLSN: UInt64
    /// In hexadecimal, as uids show it.
    let incarnation: String
    let lastCheckpoint: String?
    let logEntriesDropped: UInt64
    let mode: String
    let prefixes: UInt64
    let stateDirectory: String
    let uptimeMilliseconds: UInt64
    let version: String
    let waiting: UInt64

    init(_ status: DaemonStatus) {
        allocations = status.allocationCount
        checkpointLSN = status.checkpointLSN
        connections = status.connectionCount
        detail = status.detail
        durableLSN = status.durableLSN
        incarnation = status.incarnation.inHex
        lastCheckpoint = status.lastCheckpoint?.description
        logEntriesDropped = status.logEntriesDropped
        mode = status.mode.description
        prefixes = status.prefixCount
        stateDirectory = status.stateDirectory
        uptimeMilliseconds = status.uptimeMilliseconds
        version = status.version
        waiting = status.waitingCount
    }

    static func text(_ status: DaemonStatus, now: Instant) -> String {
        let checkpoint = status.lastCheckpoint.map { time in
            "\(time) (\(time.age(at: now)) ago) at LSN \(status.checkpointLSN)"
        }
        let lines = [
            ("Mode", status.mode.description + (status.detail.map { ": \($0)" } ?? "")),
            ("Version", status.version),
            ("Uptime", age(milliseconds: status.uptimeMilliseconds)),
            ("Incarnation", status.incarnation.inHex),
            ("LSN", String(status.durableLSN)),
            ("Prefixes", String(status.prefixCount)),
            ("Allocations", String(status.allocationCount)),
            ("Waiting", String(status.waitingCount)),
            ("Connections", String(status.connectionCount)),
            ("State", status.stateDirectory),
            ("Last checkpoint", checkpoint ?? "none yet"),
            ("Log entries lost", String(status.logEntriesDropped)),
        ]
        let width = (lines.map(\.0.count).max() ?? 0) + 3
        return lines.map { label, value in
            let spaces = String(repeating: " ", count: width - label.count - 1)
            return "\(label):\(spaces)\(value)\n"
        }.joined()
    }
}
