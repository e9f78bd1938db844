internal import IPAM

/// How a map is cut into rows and cells.
///
/// All rows are of one size, so that what looks twice as long is twice as large. Rows that are
/// one and the same span are no picture: three and more of them become one line that says what
/// they are. So a /48 of IPv6 with three hosts shows the rows where the hosts are.
struct MapLayout {
    enum Line {
        case row(Row)
        /// Rows without any picture: all of one span.
        case run(first: IPAddress, rowCount: UInt128, span: Int)
    }

    struct Row {
        let block: IPPrefix
        let cells: [Cell]
    }

    /// What is in a cell, in addresses.
    struct Cell {
        let block: IPPrefix
        /// The spans that it touches, as positions in the map.
        var spans: Range<Int>
        var held: [UInt128]
        var free: UInt128 = 0
        var inside: UInt128 = 0
        var reserved: UInt128 = 0
        var excluded: UInt128 = 0
        var others: UInt128 = 0
        var untold: UInt128 = 0
    }

    /// Up to so many rows all are drawn.
    fileprivate static let rowsAlwaysDrawn: UInt128 = 8
    /// Rows of one span that are drawn rather than told.
    fileprivate static let runRowsDrawn: UInt128 = 2

    let map: AddressMap
    let legend: MapLegend
    let rowLength: UInt8
    let cellLength: UInt8
    let lines: [Line]

    /// The finest layout of at most `linesMax` lines in which a cell is no smaller than a typical
    /// block, unless there would be fewer rows than `rowsWished` then. `cellBits` says how many
    /// cells a row has: 6 for 64.
    init(
        _ map: AddressMap, _ legend: MapLegend, cellBits: UInt8, rowsWished: Int, linesMax: Int
    ) {
        self.map = map
        self.legend = legend
        let grid = Grid(map, cellBits)
        var length = map.block.length
        var parts = grid.parts(length, partsMax: .max) ?? []
        let finest = map.typicalLength ?? 0
        let wished = map.block.length + UInt8(rowsWished.trailingZeroBitCount)
        while length < wished && grid.cellLength(length) < map.block.family.addressBits
            || grid.cellLength(length) < finest && grid.hasMixedCell(length),
            let finer = grid.parts(length + 1, partsMax: linesMax)
        {
            length += 1
            parts = finer
        }
        rowLength = length
        cellLength = grid.cellLength(length)
        lines = parts.map { part in
            switch part {
            case .row(let number, let span):
                .row(grid.row(number, length, from: span, legend))
            case .run(let first, let last, let span):
                .run(
                    first: grid.address(first, length), rowCount: last - first + 1, span: span)
            }
        }
    }

    /// The whole in one row.
    func strip(cellBits: UInt8) -> Row {
        Grid(map, cellBits).row(0, map.block.length, from: 0, legend)
    }

    /// Whether some rows are only told of.
    var hasRuns: Bool {
        lines.contains { line in
            switch line {
            case .run: true
            case .row: false
            }
        }
    }
}

extension MapLayout.Cell {
    var heldAddresses: UInt128 { held.reduce(0, &+) }

    /// The category with the most addresses here, of equals the first.
    var category: Int? {
        guard let most = held.max(), most > 0 else { return nil }
        return held.firstIndex(of: most)
    }

    /// Whether nothing here can still be given to anybody.
    var isFull: Bool { free == 0 && inside == 0 && untold == 0 }
}

/// Rows and cells of a map at any scale.
private struct Grid {
    enum Part {
        /// A row, and a span that touches it first.
        case row(UInt128, span: Int)
        case run(first: UInt128, last: UInt128, span: Int)
    }

    private let map: AddressMap
    private let cellBits: UInt8
    private let bits: UInt8

    init(_ map: AddressMap, _ cellBits: UInt8) {
        self.map = map
        self.cellBits = cellBits
        bits = map.block.family.addressBits
    }

    func cellLength(_ rowLength: UInt8) -> UInt8 { min(bits, rowLength + cellBits) }

    /// The number of the block of that length in which an address lies.
    private func number(_ address: UInt128, _ length: UInt8) -> UInt128 {
        let shift = bits - length
        return shift == 128 ? 0 : (address - map.block.number) >> UInt128(shift)
    }

    func address(_ number: UInt128, _ length: UInt8) -> IPAddress {
        let shift = bits - length
        let offset = shift == 128 ? 0 : number << UInt128(shift)
        return IPAddress(number: map.block.number + offset, family: map.block.family)
    }

    private func block(_ number: UInt128, _ length: UInt8) -> IPPrefix {
        IPPrefix(containing: address(number, length), length: length)
    }

    /// Whether a cell touches more than one span.
    func hasMixedCell(_ rowLength: UInt8) -> Bool {
        let length = cellLength(rowLength)
        return zip(map.spans, map.spans.dropFirst()).contains { left, right in
            number(left.last, length) == number(right.first, length)
        }
    }

    /// The rows, those of a single span together; nothing if they are more than `partsMax`.
    func parts(_ length: UInt8, partsMax: Int) -> [Part]? {
        guard length <= bits else { return nil }
        let last = number(map.block.lastAddress.number, length)
        let drawn = last < MapLayout.rowsAlwaysDrawn ? .max : MapLayout.runRowsDrawn
        var parts: [Part] = []
        var nextRow: UInt128 = 0
        func addRow(_ row: UInt128, _ span: Int) {
            guard row >= nextRow else { return }
            parts.append(.row(row, span: span))
            nextRow = row + 1
        }
        for (index, span) in map.spans.enumerated() {
            let (low, high) = (number(span.first, length), number(span.last, length))
            // The rows that are this span alone.
            let first = block(low, length).number == span.first ? low : low + 1
            let end = block(high, length).lastAddress.number == span.last ? high + 1 : high
            if low < first { addRow(low, index) }
            if first < end {
                if end - first <= drawn {
                    for row in first..<end { addRow(row, index) }
                } else {
                    parts.append(.run(first: first, last: end - 1, span: index))
                    nextRow = end
                }
            }
            addRow(high, index)
            if parts.count > partsMax { return nil }
        }
        return parts
    }

    /// A row with its cells; `span` is the first that touches it.
    func row(_ number: UInt128, _ length: UInt8, from span: Int, _ legend: MapLegend)
        -> MapLayout.Row
    {
        let block = block(number, length)
        let cellLength = cellLength(length)
        let firstCell = self.number(block.number, cellLength)
        let count = 1 << Int(cellLength - length)
        var cells = (0..<count).map { offset in
            MapLayout.Cell(
                block: self.block(firstCell + UInt128(offset), cellLength), spans: span..<span,
                held: Array(repeating: 0, count: legend.categories.count))
        }
        let end = block.lastAddress.number
        var index = span
        while index < map.spans.count, map.spans[index].first <= end {
            let touched = map.spans[index]
            let low = self.number(max(touched.first, block.number), cellLength) - firstCell
            let high = self.number(min(touched.last, end), cellLength) - firstCell
            for cell in Int(low)...Int(high) { add(index, to: &cells[cell], legend) }
            index += 1
        }
        return MapLayout.Row(block: block, cells: cells)
    }

    private func add(_ index: Int, to cell: inout MapLayout.Cell, _ legend: MapLegend) {
        let span = map.spans[index]
        let first = max(span.first, cell.block.number)
        let size = min(span.last, cell.block.lastAddress.number) - first &+ 1
        cell.spans = cell.spans.isEmpty ? index..<index + 1 : cell.spans.lowerBound..<index + 1
        switch span.fill {
        case .free: cell.free += size
        case .inside: cell.inside += size
        case .reserved: cell.reserved += size
        case .excluded: cell.excluded += size
        case .others: cell.others += size
        case .untold: cell.untold += size
        case .held(let holding): cell.held[legend.positions[map.holdings[holding].category]] += size
        }
    }
}
