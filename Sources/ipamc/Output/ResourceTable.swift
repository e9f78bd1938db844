internal import IPAM

/// The tables of `get`, with IronCore's columns.
struct ResourceTable {
    let kind: ResourceKind
    /// Whether the namespace is the first column.
    var hasNamespaces = false
    var isWide = false
    var now = Instant(milliseconds: 0)
    var hasHeader = true

    /// `width` is that of a terminal, which has no use for lines that are longer.
    func text(_ items: [Answer.Listed.Item], isColoured: Bool, width: Int? = nil) -> String {
        // What is not Allocated says why, in a column that is only there when it has something
        // to say; scripts that rely on IronCore's columns find them unchanged before it.
        let hasReasons = isWide || items.contains { $0.explanation != nil }
        var table = Table(header: header(hasReasons: hasReasons), hasHeader: hasHeader)
        for item in items { table.add(row(item, hasReasons: hasReasons)) }
        return table.text(isColoured: isColoured, width: width)
    }

    func header(hasReasons: Bool) -> [String] {
        var header = hasNamespaces ? ["NAMESPACE"] : []
        switch kind {
        case .prefix: header += ["NAME", "PREFIX", "PARENT", "PHASE", "AGE"]
        case .prefixAllocation: header += ["NAME", "PREFIX", "REQUEST", "STATE", "RESULT", "AGE"]
        }
        if isWide { header += kind == .prefix ? ["REQUEST"] : [] }
        if isWide { header += ["OWNER", "LABELS"] }
        if hasReasons { header += ["REASON"] }
        return header
    }

    func row(_ item: Answer.Listed.Item, hasReasons: Bool) -> [Table.Cell] {
        var row = cells(item.resource)
        if isWide { row += wideCells(item.resource) }
        if hasReasons { row.append(cell(item.explanation?.reason.description)) }
        return row
    }

    /// The row of an object that is gone: its name, and `Removed` for its phase.
    func row(removed key: ResourceKey, hasReasons: Bool) -> [Table.Cell] {
        header(hasReasons: hasReasons).map { column in
            switch column {
            case "NAMESPACE": cell(key.namespace)
            case "NAME": cell(key.name)
            case "PHASE", "STATE": Table.Cell(text: "Removed", colour: .red)
            // A column is a text, and says nothing of what is gone.
            default: cell(nil)
            }
        }
    }

    private func cells(_ resource: Resource) -> [Table.Cell] {
        let namespace = hasNamespaces ? [cell(resource.key.namespace)] : []
        let name = cell(resource.key.name)
        let block = cell(resource.placement?.block.description)
        let parent = cell(resource.parent)
        let phase = Table.Cell(resource.status.phase)
        let age = cell(resource.created.age(at: now))
        return switch kind {
        case .prefix: namespace + [name, block, parent, phase, age]
        case .prefixAllocation:
            namespace + [name, parent, cell(resource.spec.requestText), phase, block, age]
        }
    }

    private func wideCells(_ resource: Resource) -> [Table.Cell] {
        let request = kind == .prefix ? [cell(resource.spec.requestText)] : []
        let labels = resource.labels.isEmpty ? nil : resource.labels.description
        return request + [cell(String(resource.owner)), cell(labels)]
    }

    private func cell(_ text: String?) -> Table.Cell { Table.Cell(text: text ?? "<none>") }
}

extension Spec {
    /// What was asked for: the block, or `/length`.
    var requestText: String { prefix?.description ?? "/\(length)" }
}
