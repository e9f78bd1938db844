import IPAM
import Systemd

/// One line for the operator, with the fields by which `journalctl` finds it.
///
/// The names of the fields are part of the product: scripts rely on them.
struct LogEntry: Sendable, Hashable {
    enum Name: String, Sendable {
        case operation = "IPAM_OPERATION"
        case kind = "IPAM_KIND"
        case namespace = "IPAM_NAMESPACE"
        case name = "IPAM_NAME"
        case prefix = "IPAM_PREFIX"
        case parent = "IPAM_PARENT"
        case lsn = "IPAM_LSN"
        /// The code of a refusal or of a protocol error, as the registry names it.
        case code = "IPAM_CODE"
        case peerUID = "IPAM_PEER_UID"
        case peerGID = "IPAM_PEER_GID"
        case peerPID = "IPAM_PEER_PID"
        case file = "IPAM_FILE"
        case offset = "IPAM_OFFSET"
        /// Entries of the same uid that were left out before this one.
        case suppressed = "IPAM_SUPPRESSED"
        case dropped = "IPAM_DROPPED"
    }

    let message: Message
    let priority: JournalLog.Priority
    /// For people; without line breaks.
    var text: String
    private(set) var fields: [JournalLog.Field] = []

    init(_ message: Message, _ priority: JournalLog.Priority, _ text: String) {
        self.message = message
        self.priority = priority
        self.text = text.escapedForLog
    }

    /// The entry with one more field; without it if there is no value.
    func with(_ name: Name, _ value: (some CustomStringConvertible)?) -> LogEntry {
        guard let value else { return self }
        var entry = self
        entry.fields.append(JournalLog.Field(name.rawValue, value.description))
        return entry
    }

    func with(_ caller: Caller) -> LogEntry {
        with(.peerUID, caller.uid).with(.peerGID, caller.gid).with(.peerPID, caller.pid)
    }

    /// As journald wants it.
    var journalFields: [JournalLog.Field] {
        [
            JournalLog.Field("MESSAGE", text),
            JournalLog.Field("MESSAGE_ID", message.rawValue),
            JournalLog.Field("PRIORITY", String(priority.rawValue)),
            JournalLog.Field("SYSLOG_IDENTIFIER", "ipamd"),
        ] + fields
    }

    /// As standard error shows it: the time, the severity, the sentence, and who asked.
    func line(at now: Instant) -> String {
        let peer = fields.first { $0.name == Name.peerUID.rawValue }
        let process = fields.first { $0.name == Name.peerPID.rawValue }
        let who = peer.map {
            " (uid \($0.value)" + (process.map { ", pid \($0.value)" } ?? "") + ")"
        }
        return "\(now) \(priority.name): \(text)\(who ?? "")\n"
    }
}

extension JournalLog.Priority {
    /// As `--log-level` and the lines on standard error spell it.
    var name: String {
        switch self {
        case .emergency: "emergency"
        case .alert: "alert"
        case .critical: "critical"
        case .error: "error"
        case .warning: "warning"
        case .notice: "notice"
        case .info: "info"
        case .debug: "debug"
        }
    }
}

extension String {
    /// The longest text of an entry, in characters: enough for every sentence of ours.
    private static let logTextMax = 2048

    /// The text on one line and bounded: what a client sent can neither forge a line nor
    /// control a terminal.
    fileprivate var escapedForLog: String {
        let isPlain = utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
        if isPlain, utf8.count <= Self.logTextMax { return self }
        let shown = unicodeScalars.prefix(Self.logTextMax).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
                .unassigned:
                scalar.escaped(asASCII: true)
            default: String(scalar)
            }
        }
        return shown.joined() + (unicodeScalars.count > Self.logTextMax ? "…" : "")
    }
}
