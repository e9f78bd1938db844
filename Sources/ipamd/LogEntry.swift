import IPAM
import NIOCore
import Systemd

/// One line for the operator, with the fields by which `journalctl` finds it.
///
/// The names of the fields are part of the product: scripts rely on them.
struct LogEntry: Sendable, Hashable {
    enum Name: String, Sendable, CaseIterable {
        case operation = "IPAM_OPERATION"
        case kind = "IPAM_KIND"
        case namespace = "IPAM_NAMESPACE"
        case name = "IPAM_NAME"
        case prefix = "IPAM_PREFIX"
        case parent = "IPAM_PARENT"
        /// The phase of the object after the change; absent when it is gone.
        case phase = "IPAM_PHASE"
        /// Whose the object is: who asked for it first.
        case ownerUID = "IPAM_OWNER_UID"
        /// The number of the change; of a refusal, the last change that it knew of.
        case lsn = "IPAM_LSN"
        /// The code of a refusal, of a protocol error, or of why a claim has Failed, as the
        /// registry names it.
        case code = "IPAM_CODE"
        case peerUID = "IPAM_PEER_UID"
        case peerGID = "IPAM_PEER_GID"
        case peerPID = "IPAM_PEER_PID"
        /// From when the daemon saw the request to when its answer, durable, was on its way.
        case latency = "IPAM_LATENCY_USEC"
        case file = "IPAM_FILE"
        case offset = "IPAM_OFFSET"
        /// Entries about a user that were left out, for they were too many.
        case suppressed = "IPAM_SUPPRESSED"
        /// Entries that were lost here, and the first and the last change among them.
        case dropped = "IPAM_DROPPED"
        case lsnFirst = "IPAM_LSN_FIRST"
        case lsnLast = "IPAM_LSN_LAST"
    }

    /// The longest value of a field, in characters: a name that is refused for its length is
    /// not worth more.
    private static let valueMax = 1024

    let message: Message
    let priority: JournalLog.Priority
    /// For people; without line breaks.
    let text: String
    /// All of it, as journald wants it.
    private(set) var journalEntry = JournalLog.Entry()
    private(set) var caller: Caller?

    init(_ message: Message, _ priority: JournalLog.Priority, _ text: String) {
        self.message = message
        self.priority = priority
        self.text = text.escapedForLog
        journalEntry.append("MESSAGE", self.text)
        journalEntry.append("MESSAGE_ID", message.rawValue)
        journalEntry.append("PRIORITY", String(priority.rawValue))
        journalEntry.append("SYSLOG_IDENTIFIER", "ipamd")
    }

    /// The entry with one more field; without it if there is no value.
    ///
    /// The entry itself, not a copy: else each field of a dozen would copy those before it.
    consuming func with(_ name: Name, _ value: (some CustomStringConvertible)?) -> LogEntry {
        guard let value else { return self }
        let text = value.description
        let isLong = text.utf8.count > Self.valueMax
        journalEntry.append(name.rawValue, isLong ? text.prefix(Self.valueMax) + "…" : text)
        return self
    }

    consuming func with(_ caller: Caller) -> LogEntry {
        var entry = with(.peerUID, caller.uid).with(.peerGID, caller.gid)
            .with(.peerPID, caller.pid)
        entry.caller = caller
        return entry
    }

    /// The entry with the time that a request took.
    consuming func with(since arrival: NIODeadline, to answered: NIODeadline) -> LogEntry {
        with(.latency, max(0, (answered - arrival).nanoseconds / 1000))
    }

    /// As standard error shows it: the time, the severity, the sentence, and who asked.
    func line(at now: Instant) -> String {
        let who = caller.map { " (uid \($0.uid), pid \($0.pid))" }
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
        let isPlain = utf8.withContiguousStorageIfAvailable { bytes in
            bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
        }
        if isPlain == true, utf8.count <= Self.logTextMax { return self }
        let shown = unicodeScalars.prefix(Self.logTextMax).map { scalar in
            scalar.isPrintable ? String(scalar) : scalar.escaped(asASCII: true)
        }
        return shown.joined() + (unicodeScalars.count > Self.logTextMax ? "…" : "")
    }
}
