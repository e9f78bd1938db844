internal import IPAM

/// The colour of a category, on a terminal and in a drawing.
///
/// The seven hues are those that Okabe and Ito chose because people with any kind of colour
/// blindness tell them apart; behind the seventh they come again, underlined or striped. Ages go
/// from light to dark, which needs no hue at all. Letters stand on everything besides.
struct MapPaint {
    /// As in `#0072b2`.
    let fill: String
    let ink: String
    /// Of the 256 colours of a terminal.
    let background: Int
    let foreground: Int
    /// Of letters without a ground: to be read on a dark terminal as on a light one.
    let line: Int
    var isRepeated = false

    private static let hues = [
        MapPaint(fill: "#0072b2", ink: "#ffffff", background: 25, foreground: 231, line: 33),
        MapPaint(fill: "#e69f00", ink: "#000000", background: 214, foreground: 16, line: 172),
        MapPaint(fill: "#009e73", ink: "#000000", background: 36, foreground: 16, line: 36),
        MapPaint(fill: "#cc79a7", ink: "#000000", background: 175, foreground: 16, line: 169),
        MapPaint(fill: "#56b4e9", ink: "#000000", background: 74, foreground: 16, line: 74),
        MapPaint(fill: "#d55e00", ink: "#000000", background: 166, foreground: 16, line: 166),
        MapPaint(fill: "#f0e442", ink: "#000000", background: 227, foreground: 16, line: 142),
    ]

    private static let shades = [
        MapPaint(fill: "#fde725", ink: "#000000", background: 226, foreground: 16, line: 142),
        MapPaint(fill: "#7ad151", ink: "#000000", background: 113, foreground: 16, line: 71),
        MapPaint(fill: "#22a884", ink: "#000000", background: 36, foreground: 16, line: 36),
        MapPaint(fill: "#2a788e", ink: "#ffffff", background: 30, foreground: 231, line: 30),
        MapPaint(fill: "#414487", ink: "#ffffff", background: 61, foreground: 231, line: 62),
        MapPaint(fill: "#440154", ink: "#ffffff", background: 53, foreground: 231, line: 96),
    ]

    private static let rest = MapPaint(
        fill: "#b0b0b0", ink: "#000000", background: 250, foreground: 16, line: 245)

    /// The paint of a category of a legend.
    init(_ category: Int, _ legend: MapLegend) {
        if legend.hasRest, category == legend.categories.count - 1 {
            self = Self.rest
        } else if legend.isOrdered {
            self = Self.shades[min(legend.categories[category].rank, Self.shades.count - 1)]
        } else {
            self = Self.hues[category % Self.hues.count]
            isRepeated = category >= Self.hues.count
        }
    }

    private init(fill: String, ink: String, background: Int, foreground: Int, line: Int) {
        self.fill = fill
        self.ink = ink
        self.background = background
        self.foreground = foreground
        self.line = line
    }
}

/// How a character of a map looks on a terminal (ECMA-48, SGR).
enum MapStyle: Equatable {
    case plain
    case faint
    /// Letters on a coloured ground.
    case filled(background: Int, foreground: Int, isUnderlined: Bool)
    /// Coloured letters.
    case outlined(foreground: Int, isUnderlined: Bool)

    func paint(_ text: String) -> String {
        let end = "\u{1b}[0m"
        switch self {
        case .plain: return text
        case .faint: return "\u{1b}[2m\(text)\(end)"
        case .filled(let background, let foreground, let isUnderlined):
            let line = isUnderlined ? ";4" : ""
            return "\u{1b}[48;5;\(background);38;5;\(foreground)\(line)m\(text)\(end)"
        case .outlined(let foreground, let isUnderlined):
            let line = isUnderlined ? ";4" : ""
            return "\u{1b}[38;5;\(foreground)\(line)m\(text)\(end)"
        }
    }
}
