internal import IPAM

/// The table of `usage`: a Prefix a row.
struct UsageTable {
    /// Whether the namespace is the first column.
    var hasNamespaces = false
    var isWide = false

    func text(_ items: [PrefixUsage], isColoured: Bool) -> String {
        var header = hasNamespaces ? ["NAMESPACE"] : []
        header += ["NAME", "PREFIX", "USED", "FREE", "RESERVED", "LARGEST", "FRAG"]
        if isWide { header += ["EXCLUDED", "HELD", "ALLOCATIONS"] }
        var table = Table(header: header)
        for item in items { table.add(cells(item).map { Table.Cell(text: $0) }) }
        return table.text(isColoured: isColoured)
    }

    private func cells(_ usage: PrefixUsage) -> [String] {
        let names = (hasNamespaces ? [usage.key.namespace] : []) + [usage.key.name]
        guard let block = usage.block else {
            return names + Array(repeating: "<none>", count: isWide ? 9 : 6)
        }
        let whole = usage.addresses
        var cells =
            names + [
                block.description,
                usage.addresses(usage.used).short(of: whole),
                usage.addresses(usage.free).short(of: whole),
                usage.addresses(usage.reserved).short,
                usage.largestFree?.description ?? "<none>",
                percentText(usage.fragmentation),
            ]
        if isWide {
            cells += [
                usage.addresses(usage.excluded).short, usage.addresses(usage.held).short,
                String(usage.allocationCount),
            ]
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
    let fragmentation: Double
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
        fragmentation = usage.fragmentation
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
