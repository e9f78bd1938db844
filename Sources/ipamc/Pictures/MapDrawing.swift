internal import IPAM

/// A map as an SVG: a browser shows under the pointer whose each block is.
///
/// A block that is alone in its cells is one shape, with its name where there is room. A cell with
/// several in it is filled up as far as it is used. So a million allocations are no more shapes
/// than the cells are.
struct MapDrawing {
    /// In pixels, at the size at which it is meant to be seen.
    private static let cellWidth = 12
    private static let rowHeight = 20
    private static let rowGap = 3
    private static let margin = 20
    private static let lineHeight = 18
    /// Of the font, which is of one width; a little more than most such fonts have.
    private static let characterWidth = 7.3
    private static let smallCharacterWidth = 6.7
    private static let cellBits: UInt8 = 6
    /// A power of two.
    private static let rowsWished = 8

    private let map: AddressMap
    private let legend: MapLegend
    private let layout: MapLayout
    private let labels: MapRowLabels
    private let left: Int
    private var writer = SVGWriter()

    private var width: Int { Self.cellWidth << Int(Self.cellBits) }

    init(_ map: AddressMap, _ legend: MapLegend, linesMax: Int) {
        self.map = map
        self.legend = legend
        layout = MapLayout(
            map, legend, cellBits: Self.cellBits, rowsWished: Self.rowsWished, linesMax: linesMax)
        labels = MapRowLabels(layout, isShort: false)
        let label = Double(max(labels.width, "whole".count)) * Self.characterWidth
        left = Self.margin + Int(label.rounded(.up)) + 10
    }

    /// `facts` are the lines above the picture.
    func text(facts: [String]) -> String {
        var copy = self
        return copy.draw(facts)
    }

    private mutating func draw(_ facts: [String]) -> String {
        var y = Self.margin + 4
        for (index, fact) in facts.enumerated() {
            writer.text(fact, x: Self.margin, y: y + 10, class: index == 0 ? "head" : "fact")
            y += Self.lineHeight + (index == 0 ? 4 : 0)
        }
        y += 8
        if layout.hasRuns {
            draw(layout.strip(cellBits: Self.cellBits), "whole", y: y)
            y += Self.rowHeight + 3 * Self.rowGap
        }
        for (index, line) in layout.lines.enumerated() {
            switch line {
            case .row(let row): draw(row, labels.texts[index], y: y)
            case .run(_, let rowCount, let span):
                writer.text(labels.texts[index], x: Self.margin, y: y + 15, class: "label")
                let words = MapWords.run(map, span, rowCount: rowCount)
                writer.text(words, x: left + 4, y: y + 15, class: "run")
            }
            y += Self.rowHeight + Self.rowGap
        }
        y += 10
        writer.text(scale, x: Self.margin, y: y + 10, class: "fact")
        y += Self.lineHeight + 8
        drawLegend(&y)
        let title = facts.first ?? ""
        let total = left + width + Self.margin + 44
        return writer.document(width: total, height: y + 6, title: title, legend: legend)
    }

    private var scale: String {
        let size = AddressCount(ofLength: layout.cellLength, map.block.family)
        let addresses = size == AddressCount(1) ? "1 address" : "\(size.short) addresses"
        return "A cell is a /\(layout.cellLength) (\(addresses)), a row is a /\(layout.rowLength)."
    }
}

// MARK: - Rows

extension MapDrawing {
    private mutating func draw(_ row: MapLayout.Row, _ label: String, y: Int) {
        writer.text(label, x: Self.margin, y: y + 15, class: "label")
        let cellWidth = width / row.cells.count
        var index = 0
        while index < row.cells.count {
            let cell = row.cells[index]
            var end = index + 1
            if cell.spans.count == 1 {
                while end < row.cells.count, row.cells[end].spans == cell.spans { end += 1 }
            }
            let x = left + index * cellWidth
            let place = SVGWriter.Box(
                x: x, y: y, width: (end - index) * cellWidth, height: Self.rowHeight)
            if cell.spans.count == 1 {
                draw(span: cell.spans.lowerBound, in: place)
            } else {
                draw(cell, in: place)
            }
            index = end
        }
        drawFrames(row, cellWidth: cellWidth, y: y)
        let share = percentText(usedShare(row))
        writer.text(share, x: left + width + 6, y: y + 15, class: "label")
    }

    private func usedShare(_ row: MapLayout.Row) -> Double {
        let used = row.cells.reduce(0.0) { $0 + Double($1.heldAddresses) + Double($1.others) }
        return used / AddressCount(ofLength: row.block.length, map.block.family).approximate
    }

    /// One span, as wide as its cells.
    private mutating func draw(span: Int, in box: SVGWriter.Box) {
        let title = title(ofSpan: span)
        let paint = paint(map.spans[span].fill)
        writer.box(box, class: paint, title: title)
        let name: String
        switch map.spans[span].fill {
        case .held(let holding): name = map.holdings[holding].name
        case .inside(let region), .untold(let region): name = map.regions[region].name
        case .free, .reserved, .excluded, .others: return
        }
        let isInk: Bool
        if case .held = map.spans[span].fill { isInk = true } else { isInk = false }
        let ink = isInk ? "\(paint.split(separator: " ").first ?? "")t" : "it"
        if Double(name.count) * Self.smallCharacterWidth + 6 <= Double(box.width) {
            writer.text(
                name, x: box.x + box.width / 2, y: box.y + 14, class: "name \(ink)")
        } else if isInk, case .held(let holding) = map.spans[span].fill {
            let letter = legend.letter(legend.positions[map.holdings[holding].category])
            writer.text(
                String(letter), x: box.x + box.width / 2, y: box.y + 14, class: "name \(ink)")
        }
    }

    /// A cell with several spans: what is used fills it from below.
    private mutating func draw(_ cell: MapLayout.Cell, in box: SVGWriter.Box) {
        let size = AddressCount(ofLength: cell.block.length, map.block.family).approximate
        let title = title(of: cell, size)
        writer.box(box, class: background(cell), title: title)
        let used = Double(cell.heldAddresses) + Double(cell.others)
        guard used > 0 else { return }
        // What is used can be seen, and what is free too, however little it is.
        let exact = Int((used / size * Double(box.height)).rounded())
        let isFull = cell.isFull && cell.excluded == 0 && cell.reserved == 0
        let height = isFull ? box.height : min(max(exact, 5), box.height - 2)
        let fill = cell.category.map { categoryClass($0) } ?? "others"
        let bar = SVGWriter.Box(
            x: box.x, y: box.y + box.height - height, width: box.width, height: height)
        writer.box(bar, class: fill, title: title)
        if let category = cell.category, height >= 14, box.width >= 10 {
            let letter = String(legend.letter(category))
            writer.text(
                letter, x: box.x + box.width / 2, y: box.y + box.height - 4,
                class: "name c\(category)t")
        }
    }

    /// What lies behind what is used.
    private func background(_ cell: MapLayout.Cell) -> String {
        let most = max(cell.free, cell.inside, cell.untold, cell.reserved, cell.excluded)
        if cell.free == most { return "free" }
        if cell.inside == most || cell.untold == most {
            for span in cell.spans {
                switch map.spans[span].fill {
                case .inside, .untold: return paint(map.spans[span].fill)
                case .free, .reserved, .excluded, .others, .held: continue
                }
            }
        }
        return cell.reserved == most ? "reserved" : "excluded"
    }

    /// The classes of a span's shape.
    private func paint(_ fill: AddressMap.Fill) -> String {
        switch fill {
        case .free: return "free"
        case .reserved: return "reserved"
        case .excluded: return "excluded"
        case .others: return "others"
        case .untold: return "untold"
        case .inside(let region):
            return categoryClass(legend.positions[map.regions[region].category]) + " in"
        case .held(let holding):
            let category = categoryClass(legend.positions[map.holdings[holding].category])
            return map.holdings[holding].isPlaced ? category : category + " wish"
        }
    }

    private func categoryClass(_ category: Int) -> String { "c\(category)" }

    /// A line around each child Prefix right below the mapped one.
    private mutating func drawFrames(_ row: MapLayout.Row, cellWidth: Int, y: Int) {
        let cell = row.cells[0].block
        let shift = UInt128(map.block.family.addressBits - cell.length)
        let (low, high) = (row.block.number, row.block.lastAddress.number)
        for region in map.regions where region.parent == 0 {
            let (first, last) = (region.block.number, region.block.lastAddress.number)
            guard first <= high, last >= low else { continue }
            let start = shift == 128 ? 0 : Int((max(first, low) - low) >> shift)
            let end = shift == 128 ? 1 : Int((min(last, high) - low) >> shift) + 1
            // A Prefix within a cell has no room for a frame.
            guard region.block.length <= cell.length else { continue }
            let box = SVGWriter.Box(
                x: left + start * cellWidth, y: y, width: (end - start) * cellWidth,
                height: Self.rowHeight)
            writer.box(box, class: "frame", title: nil)
        }
    }
}

// MARK: - Words

extension MapDrawing {
    /// What a browser shows under the pointer.
    private func title(ofSpan index: Int) -> String {
        let span = map.spans[index]
        let size = MapWords.addresses(span)
        let count = size == AddressCount(1) ? "1 address" : "\(size.short) addresses"
        switch span.fill {
        case .held(let position):
            let holding = map.holdings[position]
            let category = legend.categories[legend.positions[holding.category]].text
            let labels = holding.labels.isEmpty ? "" : "\n\(holding.labels)"
            let wish = holding.isPlaced ? "" : "\nwaits for this prefix"
            return "\(holding.name), \(holding.block), \(count)\n\(category)"
                + "\nowner uid \(holding.owner)\(labels)\(wish)"
        case .inside(let region), .untold(let region):
            let prefix = map.regions[region]
            return "\(MapWords.name(map, index)), \(prefix.block)\n\(range(span)), \(count)"
        case .free, .reserved, .excluded, .others:
            return "\(MapWords.name(map, index))\n\(range(span)), \(count)"
        }
    }

    private func range(_ span: AddressMap.Span) -> String {
        let family = map.block.family
        let first = IPAddress(number: span.first, family: family)
        let last = IPAddress(number: span.last, family: family)
        return span.first == span.last ? "\(first)" : "\(first) - \(last)"
    }

    /// Of a cell with several spans: its only block, or how many there are, and how full it is.
    private func title(of cell: MapLayout.Cell, _ size: Double) -> String {
        let used = Double(cell.heldAddresses) + Double(cell.others)
        let share = percentText(used / size)
        var only: Int?
        var count = 0
        for span in cell.spans {
            guard case .held = map.spans[span].fill else { continue }
            only = count == 0 ? span : nil
            count += 1
        }
        if let only { return "\(cell.block), \(share) used\n\(title(ofSpan: only))" }
        var text = "\(cell.block), \(share) used"
        if count > 0 { text += "\n\(count) blocks" }
        if let category = cell.category {
            let most = legend.categories[category].text
            text += ", \(cell.held.filter { $0 > 0 }.count > 1 ? "mostly " : "")\(most)"
        }
        if cell.others > 0 { text += "\nused by others" }
        return text
    }

    private mutating func drawLegend(_ y: inout Int) {
        func row(_ style: String, _ letter: String?, _ words: [String], _ y: Int) {
            let box = SVGWriter.Box(x: Self.margin, y: y, width: 26, height: 14)
            writer.box(box, class: style, title: nil)
            if let letter {
                writer.text(letter, x: box.x + 13, y: y + 11, class: "name \(style)t")
            }
            var x = Self.margin + 36
            for (word, column) in zip(words, columns) {
                writer.text(word, x: x, y: y + 11, class: "fact")
                x += Int((Double(column) * Self.characterWidth).rounded(.up)) + 14
            }
        }
        let table = legend.categories.map { [$0.text] + MapWords.amounts($0, map) }
        let columns = (0..<3).map { column in table.map { $0[column].count }.max() ?? 0 }
        for (index, words) in table.enumerated() {
            row("c\(index)", String(legend.letter(index)), words, y)
            y += Self.lineHeight
        }
        for (style, words) in MapWords.styles(map) {
            row(style, nil, [words], y)
            y += Self.lineHeight
        }
    }
}
