internal import IPAM

/// A map in characters, readable in 80 columns and without any colour.
struct MapText {
    /// A terminal of 80 columns has room for a label of 15 and 64 cells.
    private static let labelMax = 15
    private static let cellBits: UInt8 = 6
    /// Beside the long labels that some IPv6 Prefixes need.
    private static let cellBitsBesideLongLabels: UInt8 = 5
    private static let columns = 80
    private static let nameLeast = 16
    /// A power of two.
    private static let rowsWished = 4

    private let map: AddressMap
    private let legend: MapLegend
    let layout: MapLayout
    private let labels: MapRowLabels
    private let cellBits: UInt8
    private let isColoured: Bool

    init(_ map: AddressMap, _ legend: MapLegend, linesMax: Int, isColoured: Bool) {
        self.map = map
        self.legend = legend
        self.isColoured = isColoured
        let wide = MapLayout(
            map, legend, cellBits: Self.cellBits, rowsWished: Self.rowsWished, linesMax: linesMax)
        let labels = MapRowLabels(wide, isShort: true)
        if labels.width <= Self.labelMax {
            (layout, self.labels, cellBits) = (wide, labels, Self.cellBits)
        } else {
            cellBits = Self.cellBitsBesideLongLabels
            layout = MapLayout(
                map, legend, cellBits: cellBits, rowsWished: Self.rowsWished, linesMax: linesMax)
            self.labels = MapRowLabels(layout, isShort: false)
        }
    }

    /// `facts` are the lines above the picture.
    func text(facts: [String]) -> String {
        var lines = facts + [""]
        if layout.hasRuns { lines.append(line("whole", layout.strip(cellBits: cellBits))) }
        for (index, part) in layout.lines.enumerated() {
            switch part {
            case .row(let row): lines.append(line(labels.texts[index], row))
            case .run(_, let rowCount, let span):
                let label = padded(labels.texts[index])
                lines.append("\(label) \(MapWords.run(map, span, rowCount: rowCount))")
            }
        }
        lines += [""] + scale + legendLines
        return lines.map { $0 + "\n" }.joined()
    }

    private func padded(_ label: String) -> String {
        let width = max(labels.width, "whole".count)
        return label + String(repeating: " ", count: width - label.count)
    }

    /// A row: neighbours of one style are painted together.
    private func line(_ label: String, _ row: MapLayout.Row) -> String {
        let cellWidth = max(1, (1 << Int(cellBits)) / row.cells.count)
        var text = padded(label) + " "
        var style = MapStyle.plain
        var run = ""
        for cell in row.cells {
            let (character, next) = look(cell)
            if next != style {
                text += isColoured ? style.paint(run) : run
                (style, run) = (next, "")
            }
            run += String(repeating: character, count: cellWidth)
        }
        return text + (isColoured && !run.isEmpty ? style.paint(run) : run)
    }

    /// The characters of a row, one for each cell.
    func cells(_ row: MapLayout.Row) -> String { String(row.cells.map { look($0).0 }) }

    /// What stands for a cell.
    private func look(_ cell: MapLayout.Cell) -> (Character, MapStyle) {
        if let category = cell.category {
            let paint = MapPaint(category, legend)
            let letter = legend.letter(category)
            if cell.isFull {
                return (
                    letter,
                    .filled(
                        background: paint.background, foreground: paint.foreground,
                        isUnderlined: paint.isRepeated)
                )
            }
            let isHalf = cell.heldAddresses >= cell.free + cell.inside + cell.untold
            return (
                isHalf ? letter : Character(letter.lowercased()),
                .outlined(foreground: paint.line, isUnderlined: paint.isRepeated)
            )
        }
        if cell.others > 0 { return (MapWords.others, .plain) }
        if cell.untold > 0 { return (MapWords.untold, .plain) }
        let most = max(cell.free, cell.inside, cell.reserved, cell.excluded)
        if cell.excluded == most { return (MapWords.excluded, .plain) }
        if cell.reserved == most { return (MapWords.reserved, .plain) }
        if cell.inside == most { return (MapWords.inside, insideStyle(cell)) }
        return (MapWords.free, .faint)
    }

    /// In the colour of the child Prefix.
    private func insideStyle(_ cell: MapLayout.Cell) -> MapStyle {
        for span in cell.spans {
            guard case .inside(let region) = map.spans[span].fill else { continue }
            let category = legend.positions[map.regions[region].category]
            let paint = MapPaint(category, legend)
            return .outlined(foreground: paint.line, isUnderlined: paint.isRepeated)
        }
        return .plain
    }

    /// How large a character and a row are.
    private var scale: [String] {
        let family = map.block.family
        let size = AddressCount(ofLength: layout.cellLength, family)
        let columns = (1 << Int(cellBits)) >> Int(layout.cellLength - layout.rowLength)
        let character =
            columns > 1 ? "\(columns) characters are" : "A character is"
        let addresses = size == AddressCount(1) ? "1 address" : "\(size.short) addresses"
        return [
            "\(character) a /\(layout.cellLength) (\(addresses)), a row is a "
                + "/\(layout.rowLength)." + labels.note
        ]
    }

    /// The letters, then the signs that occur.
    private var legendLines: [String] {
        var table: [[String]] = []
        for (index, category) in legend.categories.enumerated() {
            table.append(
                [String(legend.letter(index)), category.text] + MapWords.amounts(category, map))
        }
        var widths = (0..<4).map { column in table.map { $0[column].count }.max() ?? 0 }
        // Names may be long; what they end with is left out rather than the numbers.
        let room = Self.columns - widths[0] - widths[2] - widths[3] - 3 * 2
        if widths[1] > room {
            let names = Self.shorter(table.map { $0[1] }, room: room)
            for index in table.indices { table[index][1] = names[index] }
            widths[1] = names.map(\.count).max() ?? 0
        }
        widths[1] = min(widths[1], max(room, Self.nameLeast))
        for index in table.indices { table[index][1] = table[index][1].cut(to: widths[1]) }
        var lines = table.enumerated().map { index, row in
            let paint = MapPaint(index, legend)
            let letter = row[0]
            let sign =
                isColoured
                ? MapStyle.filled(
                    background: paint.background, foreground: paint.foreground,
                    isUnderlined: paint.isRepeated
                ).paint(letter) : letter
            var cells = [sign]
            for column in 1..<row.count {
                let isLast = column == row.count - 1
                let spaces = isLast ? 0 : widths[column] - row[column].count
                cells.append(row[column] + String(repeating: " ", count: spaces))
            }
            return cells.joined(separator: "  ")
        }
        var line = ""
        for sign in MapWords.signs(map, hasPartial: hasPartial) {
            if line.count + sign.count + 3 > Self.columns {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : "   ") + sign
        }
        return lines + [line]
    }

    /// Names of Prefixes without their kind and, where that is not enough, without their blocks:
    /// half an address tells nobody anything.
    private static func shorter(_ names: [String], room: Int) -> [String] {
        let kind = "prefix/"
        let bare = names.map { $0.hasPrefix(kind) ? String($0.dropFirst(kind.count)) : $0 }
        guard bare.contains(where: { $0.count > room }) else { return bare }
        return zip(names, bare).map { name, bare in
            guard name.hasPrefix(kind), let space = bare.firstIndex(of: " ") else { return bare }
            return String(bare[..<space])
        }
    }

    /// Whether some cell is used in part.
    private var hasPartial: Bool {
        let rows = layout.lines.compactMap { line -> MapLayout.Row? in
            switch line {
            case .row(let row): row
            case .run: nil
            }
        }
        let strip = layout.hasRuns ? [layout.strip(cellBits: cellBits)] : []
        return (rows + strip).contains { row in
            row.cells.contains { $0.category != nil && !$0.isFull }
        }
    }
}

/// The first address of each line of a layout.
struct MapRowLabels {
    let texts: [String]
    /// What has been left out of them, as a sentence behind another one; empty if nothing.
    let note: String

    var width: Int { texts.map(\.count).max() ?? 0 }

    /// Short labels of IPv6 leave out the groups that all have in common.
    init(_ layout: MapLayout, isShort: Bool) {
        let addresses = layout.lines.map { line in
            switch line {
            case .row(let row): row.block.firstAddress
            case .run(let first, _, _): first
            }
        }
        let whole = addresses.map(\.description)
        guard isShort, layout.map.block.family == .ipv6, addresses.count > 1 else {
            (texts, note) = (whole, "")
            return
        }
        let groups = addresses.map(Self.groups)
        let same = (0..<8).first { index in groups.contains { $0[index] != groups[0][index] } } ?? 0
        guard same > 1 else {
            (texts, note) = (whole, "")
            return
        }
        texts = groups.map { groups in
            var rest = groups[same...].map { String($0, radix: 16) }
            while rest.count > 1, rest.last == "0" { rest.removeLast() }
            return "…:" + rest.joined(separator: ":") + (same + rest.count < 8 ? "::" : "")
        }
        let left = groups[0][..<same].map { String($0, radix: 16) }.joined(separator: ":")
        note = " … is \(left)."
    }

    private static func groups(_ address: IPAddress) -> [UInt16] {
        (0..<8).map { UInt16(truncatingIfNeeded: address.number >> UInt128(112 - 16 * $0)) }
    }
}
