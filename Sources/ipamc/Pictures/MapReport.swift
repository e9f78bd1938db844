internal import IPAM

/// A map for machines: what the picture in characters shows, and the numbers beside it.
struct MapReport: Encodable {
    struct Entry: Encodable {
        let addresses: String
        let blocks: Int
        let freeInside: String
        let letter: String
        let text: String
    }

    /// A row with a character for each cell, or rows of one and the same thing.
    struct Line: Encodable {
        let cells: String?
        let first: String
        let rows: String
        let what: String?
    }

    let by: String
    let cellLength: UInt8
    let failed: Int
    let free: String
    let legend: [Entry]
    let lines: [Line]
    let namespace: String
    let parent: String
    let pending: Int
    let prefix: String
    let rowLength: UInt8
    let usedByOthers: String

    init(_ survey: MapSurvey, _ colouring: MapColouring, linesMax: Int) {
        let map = survey.map
        let picture = MapText(map, survey.legend, linesMax: linesMax, isColoured: false)
        by = colouring.text
        cellLength = picture.layout.cellLength
        failed = survey.failedCount
        free = map.addresses { $0 == .free }.description
        legend = survey.legend.categories.enumerated().map { index, category in
            Entry(
                addresses: category.addresses.description, blocks: category.blockCount,
                freeInside: category.inside.description,
                letter: String(survey.legend.letter(index)), text: category.text)
        }
        lines = picture.layout.lines.map { line in
            switch line {
            case .row(let row):
                Line(
                    cells: picture.cells(row), first: row.block.firstAddress.description,
                    rows: "1", what: nil)
            case .run(let first, let rowCount, let span):
                Line(
                    cells: nil, first: first.description, rows: String(rowCount),
                    what: MapWords.name(map, span))
            }
        }
        namespace = survey.namespace
        parent = map.regions[0].name
        pending = survey.pendingCount
        prefix = map.block.description
        rowLength = picture.layout.rowLength
        usedByOthers = map.addresses { $0 == .others }.description
    }
}
