internal import IPAM

/// Shows entries of the journal to a person, as rows of a table or as lines of JSON, and the gaps
/// between them.
struct JournalReport {
    private let isJSON: Bool
    private let isWide: Bool
    private let isColoured: Bool
    /// Whether the namespace is part of the question, and so no part of the answer.
    private let hasNamespace: Bool
    /// Only changes behind this one, and what was refused since.
    private let afterLSN: UInt64?
    private var finder: JournalGaps
    private var users = UserNames()
    private var columns: Table.Columns
    private var rows: [[Table.Cell]] = []
    private var lines = ""
    private(set) var entryCount = 0
    private(set) var gapCount = 0

    init(
        _ query: JournalQuery, _ options: GlobalOptions, afterLSN: UInt64?, hasHeader: Bool = true
    ) {
        isJSON = options.output == .json
        isWide = options.output == .wide
        isColoured = options.isColoured
        columns = Table.Columns(lineMax: options.lineMax)
        hasNamespace = query.namespace != nil
        self.afterLSN = afterLSN
        isHeaderDue = hasHeader
        finder = JournalGaps(isWhole: query.isWhole, uid: query.uid)
    }

    /// Rows that wait to be aligned with each other, or lines that wait with them.
    private(set) var waitingCount = 0

    /// Takes one line of journalctl.
    mutating func add(_ line: ArraySlice<UInt8>) throws {
        guard let entry = JournalEntry(line: line) else {
            return try gap("a line of journalctl cannot be read", at: nil)
        }
        if let sentence = finder.told(by: entry) {
            if finder.concerns(entry) { try gap(sentence, at: entry.time) }
            return
        }
        let missing = finder.before(entry)
        if let afterLSN {
            guard let lsn = entry[number: .lsn], lsn > afterLSN else { return }
        }
        if let missing { try gap(missing, at: entry.time) }
        entryCount += 1
        let line = Line(entry, &users)
        try add(line)
    }

    mutating func addOverlong() throws {
        try gap("an entry of more than \(Journalctl.lineBytesMax) bytes is left out", at: nil)
    }

    private mutating func gap(_ sentence: String, at time: Instant?) throws {
        gapCount += 1
        let line = Line(gap: sentence, at: time)
        try add(line)
    }

    private mutating func add(_ line: Line) throws {
        waitingCount += 1
        if isJSON { lines += try StructuredText.jsonLine(line) } else { addRow(line) }
    }

    private mutating func addRow(_ line: Line) {
        if line.isGap {
            // Behind columns that it has nothing for, a terminal would cut it off.
            let cells = [line.time ?? "<none>", line.operation ?? "", line.result]
            rows.append(
                cells.indices.map { index in
                    Table.Cell(text: cells[index], colour: .red, isSentence: index == 2)
                })
            return
        }
        let name = hasNamespace ? line.name : line.qualifiedName
        var row = [
            line.time, line.operation, line.prefix, name, line.parent, line.user,
            line.lsn.map(String.init), line.result,
        ]
        if isWide {
            let latency = line.latencyMicroseconds.map { "\($0)us" }
            row += [line.kind, line.owner, line.pid, latency, line.message]
        }
        rows.append(
            row.map { text in
                Table.Cell(text: text.flatMap { $0.isEmpty ? nil : $0 } ?? "<none>")
            })
    }

    /// Takes the text of what was added since the last time.
    mutating func take() -> String {
        defer { (rows, lines, waitingCount) = ([], "", 0) }
        guard !rows.isEmpty else { return lines }
        var header: [[Table.Cell]] = []
        if isHeaderDue {
            var titles = [
                "TIME", "OPERATION", "PREFIX", "NAME", "PARENT", "USER", "LSN", "RESULT",
            ]
            if isWide { titles += ["KIND", "OWNER", "PID", "LATENCY", "MESSAGE"] }
            header = [titles.map { Table.Cell(text: $0) }]
            isHeaderDue = false
        }
        return columns.lines(header + rows, isColoured: isColoured)
    }

    private var isHeaderDue: Bool

    /// An entry or a gap, as a line of JSON has it.
    struct Line: Encodable {
        var type = "entry"
        var time: String?
        var operation: String?
        var kind: String?
        var namespace: String?
        var name: String?
        var prefix: String?
        var parent: String?
        var phase: String?
        var code: String?
        var lsn: UInt64?
        /// Who asked, else whose it is.
        var user: String?
        var uid: String?
        var gid: String?
        var pid: String?
        var owner: String?
        var ownerUID: String?
        var latencyMicroseconds: UInt64?
        var result: String
        var message: String?

        var isGap: Bool { type == "gap" }

        /// With the namespace; neither of them has a slash.
        var qualifiedName: String? {
            guard let namespace else { return name }
            return "\(namespace)/\(name ?? "")"
        }

        init(gap sentence: String, at time: Instant?) {
            type = "gap"
            self.time = time?.description
            operation = "gap"
            result = sentence
        }

        init(_ entry: JournalEntry, _ users: inout UserNames) {
            time = entry.time?.description
            operation = entry[.operation]
            kind = entry[.kind]
            namespace = entry[.namespace]
            name = entry[.name]
            prefix = entry[.prefix]
            parent = entry[.parent]
            phase = entry[.phase]
            code = entry[.code]
            lsn = entry[number: .lsn]
            uid = entry[.peerUID]
            gid = entry[.peerGID]
            pid = entry[.peerPID]
            ownerUID = entry[.ownerUID]
            owner = ownerUID.map { users.name(of: $0) }
            user = uid.map { users.name(of: $0) } ?? owner
            latencyMicroseconds = entry[number: .latency]
            message = entry.text
            result = Self.result(of: entry)
        }

        private static func result(of entry: JournalEntry) -> String {
            switch entry.message {
            case .applied, .allocated:
                let reason = entry[.code].map { ": \($0)" } ?? ""
                return (entry[.phase] ?? "Allocated") + reason
            case .released: return "Released"
            case .deleted: return "Deleted"
            case .requestWaits: return "Waits"
            case .reconciled: return "Reconciled"
            case .accessChanged: return entry.text
            case .refused: return "refused: \(entry[.code] ?? "?")"
            case .entriesDropped, .entriesSuppressed, nil: return entry.text
            }
        }
    }
}

extension String {
    /// The text as a terminal may have it: what is no character is shown by its number.
    var shownSafely: String {
        unicodeScalars.map { $0.isPrintable ? String($0) : $0.escaped(asASCII: true) }.joined()
    }
}
