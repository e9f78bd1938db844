internal import IPAM

/// Writes changes as they come: rows of a table, lines of JSON, or names.
struct WatchWriter {
    private let format: OutputFormat
    private let table: ResourceTable
    private let isColoured: Bool
    private var columns: Table.Columns
    /// Whether there is nothing above the rows any more to write.
    private var hasHeader: Bool

    init(
        _ format: OutputFormat, kind: ResourceKind, hasNamespaces: Bool, isColoured: Bool,
        hasHeader: Bool = true, lineMax: Int? = nil
    ) {
        self.hasHeader = !hasHeader
        columns = Table.Columns(lineMax: lineMax)
        self.format = format
        self.isColoured = isColoured
        table = ResourceTable(
            kind: kind, hasNamespaces: hasNamespaces, isWide: format == .wide)
    }

    /// The text for a group of changes; the reader of it may take each line for itself.
    mutating func text(
        _ changes: [Watch.Change], lsn: UInt64, now: Instant
    ) throws -> String {
        switch format {
        case .table, .wide: return rows(changes, now)
        case .json:
            return try changes.map { try StructuredText.jsonLine(Line($0, lsn: lsn)) }.joined()
        case .name: return changes.map { Self.name($0) + "\n" }.joined()
        case .yaml, .svg:
            throw Failure.usage("--watch writes a table, lines of JSON, or names: -o json")
        }
    }

    /// What a later row says is not known now, so there is a column for reasons in any case.
    private mutating func rows(_ changes: [Watch.Change], _ now: Instant) -> String {
        guard !changes.isEmpty else { return "" }
        var table = table
        table.now = now
        var rows = changes.map { change in
            switch change {
            case .put(let item): table.row(item, hasReasons: true)
            case .removed(let key): table.row(removed: key, hasReasons: true)
            }
        }
        if !hasHeader {
            rows.insert(table.header(hasReasons: true).map { Table.Cell(text: $0) }, at: 0)
            hasHeader = true
        }
        return columns.lines(rows, isColoured: isColoured)
    }

    private static func name(_ change: Watch.Change) -> String {
        switch change {
        case .put(let item): item.resource.key.description
        case .removed(let key): "\(key) removed"
        }
    }

    /// One change: `put` with the object, or `removed` with its key.
    struct Line: Encodable {
        let key: Key?
        let lsn: UInt64
        let object: ResourceDocument?
        let type: String

        struct Key: Encodable {
            let kind: String
            let name: String
            let namespace: String
        }

        init(_ change: Watch.Change, lsn: UInt64) {
            self.lsn = lsn
            switch change {
            case .put(let item):
                type = "put"
                key = nil
                object = ResourceDocument(item)
            case .removed(let key):
                type = "removed"
                self.key = Key(
                    kind: key.kind.description, name: key.name, namespace: key.namespace)
                object = nil
            }
        }
    }
}
