internal import IPAM

/// What is asked of the system's journal, as matches of its index: fields of one group have to be
/// there all, values of one field are alternatives, and so are groups.
struct JournalQuery {
    /// About this block or one that contains it.
    var prefix: IPPrefix?
    var name: String?
    /// Who asked, or whose it is.
    var uid: UInt32?
    var namespace: String?
    /// The unit whose entries are trusted; without one those of anybody, who may invent them.
    var unit: String?
    var since: String?
    var until: String?
    var isFollowing = false

    /// Whether all entries of the daemon are wanted, so that a missing LSN is missing.
    var isWhole: Bool { prefix == nil && name == nil && uid == nil && namespace == nil }

    /// The arguments of journalctl(1).
    var arguments: [String] {
        let fields = (["MESSAGE", "MESSAGE_ID"] + JournalField.allCases.map(\.rawValue))
            .joined(separator: ",")
        var arguments = ["--output=json", "--all", "--no-pager", "--output-fields=\(fields)"]
        // A value that begins with a hyphen is a time and no option.
        if let since { arguments.append("--since=\(since)") }
        if let until { arguments.append("--until=\(until)") }
        if isFollowing { arguments += ["--follow", "--no-tail"] }
        return arguments + groups.joined(separator: ["+"])
    }

    private var groups: [[String]] {
        let source = unit.map { ["_SYSTEMD_UNIT=\($0)"] } ?? ["SYSLOG_IDENTIFIER=ipamd"]
        guard !isWhole else { return [source] }
        var common = source
        if let namespace { common.append(JournalField.namespace.match(namespace)) }
        if let name { common.append(JournalField.name.match(name)) }
        if let prefix {
            common += Self.containing(prefix).map { JournalField.prefix.match("\($0)") }
        }
        let found = uid.map { uid in
            [JournalField.peerUID, .ownerUID].map { common + [$0.match(String(uid))] }
        }
        let gaps = [JournalMessage.entriesDropped, .entriesSuppressed]
        return (found ?? [common]) + [source + gaps.map { "MESSAGE_ID=\($0.rawValue)" }]
    }

    /// A block and every one that contains it, the longest first: 33 or 129 of them at most.
    private static func containing(_ prefix: IPPrefix) -> [IPPrefix] {
        (0...prefix.length).reversed().map {
            IPPrefix(containing: prefix.firstAddress, length: $0)
        }
    }
}

/// The fields of the daemon's entries that a person is shown.
enum JournalField: String, CaseIterable {
    case operation = "IPAM_OPERATION"
    case kind = "IPAM_KIND"
    case namespace = "IPAM_NAMESPACE"
    case name = "IPAM_NAME"
    case prefix = "IPAM_PREFIX"
    case parent = "IPAM_PARENT"
    case phase = "IPAM_PHASE"
    case ownerUID = "IPAM_OWNER_UID"
    case lsn = "IPAM_LSN"
    case code = "IPAM_CODE"
    case peerUID = "IPAM_PEER_UID"
    case peerGID = "IPAM_PEER_GID"
    case peerPID = "IPAM_PEER_PID"
    case latency = "IPAM_LATENCY_USEC"
    case suppressed = "IPAM_SUPPRESSED"
    case dropped = "IPAM_DROPPED"
    case lsnFirst = "IPAM_LSN_FIRST"
    case lsnLast = "IPAM_LSN_LAST"

    fileprivate func match(_ value: String) -> String { "\(rawValue)=\(value)" }
}

/// The kinds of entries that are told in our own words; ipamd-journal(7) lists all.
enum JournalMessage: String, CaseIterable {
    case applied = "2562fb2a38ea492d8f59ae81876d6d24"
    case allocated = "2d006ee08396402d93cf7955bdc24cdb"
    case released = "5875f18f56514ce3ba55bdc2dd5ad5d0"
    case deleted = "f2cdd1ad62c244d2a1d6ac305ac8a8de"
    case requestWaits = "d78bb4c605eb4be7a3d2f843f144742e"
    case reconciled = "503b08cc3ed849e7ada9f3d67965a2d6"
    case accessChanged = "29acf52ad3e34cf2a09177d0ca8570a6"
    case refused = "b5497db623a546e98a6dbffb9f21c8cc"
    case entriesDropped = "fcbafcd8b0154f2098879251e54389df"
    case entriesSuppressed = "ccde183097e84ed6841f28352dc34cab"
}
