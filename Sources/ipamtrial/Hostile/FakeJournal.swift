import Glibc
import Synchronization

/// Takes the daemon's log where journald would, and looks at each entry as journald would see it.
final class FakeJournal: Sendable {
    /// What has come so far.
    struct Count: Sendable {
        var entries = 0
        /// Of refusals and of connections that were ended, by the user who caused them.
        var faultsByUser: [UInt32: Int] = [:]
        var findings: [Finding] = []
        /// The last texts, for who looks for the reason of a finding.
        var texts: [String] = []
    }

    private let socket: Int32
    private let count = Mutex(Count())
    private let path: String
    private let isOver = Atomic(false)
    private let threadEnd = Mutex<pthread_t?>(nil)

    /// The largest entry is far smaller.
    private static let entryBytesMax = 256 << 10
    private static let findingsMax = 5
    private static let textsMax = 6

    init(path: String) throws(TrialError) {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        self.path = path
        socket = Glibc.socket(AF_UNIX, type, 0)
        guard socket >= 0 else { throw .call("make a socket", errno: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) }
        }
        guard result == 0 else { throw .call("listen at \(path)", errno: errno) }
        var patience = timeval(tv_sec: 0, tv_usec: 100_000)
        setsockopt(
            socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    /// What has come since the last time.
    func take() -> Count {
        count.withLock { count in
            defer { count = Count() }
            return count
        }
    }

    func start() {
        var thread = pthread_t()
        let own = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument {
                    Unmanaged<FakeJournal>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, own.toOpaque())
        precondition(result == 0, "A thread for the journal can be made.")
        threadEnd.withLock { $0 = thread }
    }

    /// Ends when nothing more comes.
    func stop() {
        isOver.store(true, ordering: .sequentiallyConsistent)
        if let thread = threadEnd.withLock({ $0 }) { pthread_join(thread, nil) }
        close(socket)
    }

    private func run() {
        var buffer = [UInt8](repeating: 0, count: Self.entryBytesMax)
        while true {
            let size = recv(socket, &buffer, buffer.count, 0)
            if size > 0 {
                note(JournalEntry(buffer[..<size]))
            } else if isOver.load(ordering: .sequentiallyConsistent) {
                return
            }
        }
    }

    private func note(_ entry: JournalEntry?) {
        count.withLock { count in
            count.entries += 1
            guard let entry else {
                count.findings.append(Finding("the daemon wrote what is no journal entry"))
                return
            }
            if let fault = entry.fault, count.findings.count < Self.findingsMax {
                count.findings.append(Finding(fault))
            }
            count.texts = count.texts.suffix(Self.textsMax - 1) + [entry.text]
            if entry["IPAM_CODE"] != nil, let user = entry["IPAM_PEER_UID"].flatMap({ UInt32($0) })
            {
                count.faultsByUser[user, default: 0] += 1
            }
        }
    }
}

/// One entry in journald's own form: `NAME=value` and a line break, or the name alone, a line
/// break, the length of the value in eight bytes, the value, and a line break.
struct JournalEntry {
    private(set) var fields: [(name: String, value: String)] = []

    private static let names: Set<String> = [
        "MESSAGE", "MESSAGE_ID", "PRIORITY", "SYSLOG_IDENTIFIER", "IPAM_OPERATION", "IPAM_KIND",
        "IPAM_NAMESPACE", "IPAM_NAME", "IPAM_PREFIX", "IPAM_PARENT", "IPAM_PHASE", "IPAM_OWNER_UID",
        "IPAM_LSN", "IPAM_CODE", "IPAM_PEER_UID", "IPAM_PEER_GID", "IPAM_PEER_PID",
        "IPAM_LATENCY_USEC", "IPAM_FILE", "IPAM_OFFSET", "IPAM_SUPPRESSED", "IPAM_DROPPED",
        "IPAM_LSN_FIRST", "IPAM_LSN_LAST",
    ]
    /// What the daemon's text of an entry may take, escapes included.
    private static let textBytesMax = 64 << 10

    /// Nothing if the bytes are of another form.
    init?(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...]
        let (lineBreak, equals) = (UInt8(ascii: "\n"), UInt8(ascii: "="))
        while !rest.isEmpty {
            guard let end = rest.firstIndex(of: lineBreak) else { return nil }
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if let middle = line.firstIndex(of: equals) {
                add(line[..<middle], line[(middle + 1)...])
                continue
            }
            guard rest.count > 8 else { return nil }
            let length = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
            guard length < UInt64(rest.count) else { return nil }
            add(line, rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
            guard rest.first == lineBreak else { return nil }
            rest = rest.dropFirst()
        }
    }

    private mutating func add(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        fields.append(
            (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }

    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    var text: String { self["MESSAGE"] ?? "" }

    /// What a client has achieved here that it must not; nothing if it has not.
    var fault: String? {
        if let other = fields.first(where: { !Self.names.contains($0.name) }) {
            return "a field of the log is not the daemon's: \(other.name.debugDescription)"
        }
        if Set(fields.map(\.name)).count < fields.count {
            return "an entry of the log has a field twice: \(text.debugDescription)"
        }
        if let bare = text.unicodeScalars.first(where: { !Self.isHarmless($0) }) {
            return "a text of the log has a bare \(bare.escaped(asASCII: true))"
        }
        if text.utf8.count > Self.textBytesMax {
            return "a text of the log has \(text.utf8.count) bytes"
        }
        return nil
    }

    /// Neither an order to a terminal, nor the end of a line, nor what turns its direction.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        // Letters, marks, numbers, signs and spaces, as the sentences of the daemon have them.
        default: true
        }
    }
}
