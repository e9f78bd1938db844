internal import FoundationEssentials
internal import IPAM

/// The table of `usage`: a Prefix a row.
struct UsageTable {
    /// Whether the namespace is the first column.
    var hasNamespaces = false
    var isWide = false
    /// The width of the terminal that shows it; absent for files and programs, which get all.
    var columns: Int?
    var hasHeader = true

    /// What is left out, one after the other, until the rows fit.
    private enum Cut: Int, CaseIterable {
        case nothing
        case reserved
        case shares
        case largest
    }

    func text(_ items: [PrefixUsage], isColoured: Bool) -> String {
        guard let columns, !isWide else { return text(items, .nothing, isColoured: isColoured) }
        for cut in Cut.allCases {
            let plain = text(items, cut, isColoured: false)
            let isNarrow = plain.split(separator: "\n").allSatisfy { $0.count <= columns }
            if isNarrow || cut == Cut.allCases.last {
                return isColoured ? text(items, cut, isColoured: true) : plain
            }
        }
        return ""
    }

    private func text(_ items: [PrefixUsage], _ cut: Cut, isColoured: Bool) -> String {
        var table = Table(header: cells(nil, cut).map(\.text), hasHeader: hasHeader)
        for item in items { table.add(cells(item, cut)) }
        return table.text(isColoured: isColoured)
    }

    /// A row, or the header for no Prefix.
    private func cells(_ usage: PrefixUsage?, _ cut: Cut) -> [Table.Cell] {
        var cells: [Table.Cell] = []
        func add(_ title: String, colour: Colour? = nil, _ text: (PrefixUsage) -> String) {
            guard let usage else {
                cells.append(Table.Cell(text: title))
                return
            }
            let isPlaced = usage.block != nil
            cells.append(Table.Cell(text: isPlaced ? text(usage) : "<none>", colour: colour))
        }
        let share = { (usage: PrefixUsage, blocks: [LengthCount]) in
            let addresses = usage.addresses(blocks)
            return cut.rawValue >= Cut.shares.rawValue
                ? addresses.short : addresses.short(of: usage.addresses)
        }
        if hasNamespaces { cells.append(Table.Cell(text: usage?.key.namespace ?? "NAMESPACE")) }
        cells.append(Table.Cell(text: usage?.key.name ?? "NAME"))
        add("PREFIX") { $0.block?.description ?? "" }
        add("USE", colour: usage.flatMap(UseBar.colour)) { UseBar($0).text }
        add("USED") { share($0, $0.used) }
        add("FREE") { share($0, $0.free) }
        if cut == .nothing { add("RESERVED") { $0.addresses($0.reserved).short } }
        if cut != .largest { add("LARGEST") { $0.largestFree?.description ?? "<none>" } }
        add("FRAG") { percentText($0.fragmentation) }
        if isWide {
            add("EXCLUDED") { $0.addresses($0.excluded).short }
            add("HELD") { $0.addresses($0.held).short }
            add("ALLOCATIONS") { String($0.allocationCount) }
        }
        return cells
    }
}

/// What is used and free in a Prefix, for machines. Numbers of addresses are texts: most readers
/// of JSON lose digits of those beyond 2⁵³.
struct UsageReport: Encodable {
    struct Space: Encodable {
        let addresses: String
        let blocks: [Blocks]
    }

    struct Blocks: Encodable {
        let count: String
        let length: UInt8
    }

    let addresses: String
    let allocations: String
    let excluded: Space
    let fragmentation: Decimal
    let free: Space
    let held: Space
    let largestFree: String?
    let name: String
    let namespace: String
    let prefix: String?
    let reserved: Space
    let used: Space

    init(_ usage: PrefixUsage) {
        func space(_ blocks: [LengthCount]) -> Space {
            Space(
                addresses: usage.addresses(blocks).description,
                blocks: blocks.map { Blocks(count: String($0.count), length: $0.length) })
        }
        addresses = usage.addresses.description
        allocations = String(usage.allocationCount)
        excluded = space(usage.excluded)
        // A Double is written as 2.5e-1 in YAML, which is right, and which nobody reads.
        fragmentation = Decimal(string: "\(usage.fragmentation)") ?? Decimal(usage.fragmentation)
        free = space(usage.free)
        held = space(usage.held)
        largestFree = usage.largestFree?.description
        name = usage.key.name
        namespace = usage.key.namespace
        prefix = usage.block?.description
        reserved = space(usage.reserved)
        used = space(usage.used)
    }
}
