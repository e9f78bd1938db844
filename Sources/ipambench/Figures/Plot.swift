import Glibc

/// A drawing with logarithmic axes, as SVG: how something grows over seven powers of ten.
struct Plot {
    struct Series {
        let name: String
        let color: String
        /// Broken lines are for what others have measured.
        var isElsewhere = false
        let points: [(x: Double, y: Double)]
    }

    let title: String
    let xTitle: String
    let yTitle: String
    /// Names a power of ten on the upright axis.
    let yName: (Double) -> String
    let series: [Series]

    private static let width = 820.0
    private static let height = 500.0
    private static let left = 84.0
    private static let right = 210.0
    private static let top = 48.0
    private static let bottom = 60.0
    private static let labelHeight = 15.0

    /// Where the axes begin and end, as powers of ten.
    private struct Span {
        let low: Double
        let high: Double

        init(_ values: [Double]) {
            let least = values.min() ?? 1
            let most = values.max() ?? 10
            low = log10(least).rounded(.down)
            high = max(low + 1, log10(most).rounded(.up))
        }

        /// From 0 to 1.
        func share(_ value: Double) -> Double { (log10(value) - low) / (high - low) }

        var powers: [Int] { Array(Int(low)...Int(high)) }
    }

    var svg: String {
        let points = series.flatMap(\.points)
        let x = Span(points.map(\.x))
        let y = Span(points.map(\.y))
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.short(Self.width)) \
            \(Self.short(Self.height))" font-family="sans-serif" font-size="12" fill="#333">
            <rect width="100%" height="100%" fill="#fff"/>
            """
        ]
        parts.append(
            Self.text(title, Self.left, Self.top - 22, size: 15, weight: "bold"))
        parts += grid(x, y)
        parts += series.map { line($0, x, y) }
        parts += labels(x, y)
        parts.append("</svg>\n")
        return parts.joined(separator: "\n")
    }

    private func place(_ point: (x: Double, y: Double), _ x: Span, _ y: Span) -> (
        x: Double, y: Double
    ) {
        let across = Self.width - Self.left - Self.right
        let upright = Self.height - Self.top - Self.bottom
        return (
            Self.left + x.share(point.x) * across,
            Self.height - Self.bottom - y.share(point.y) * upright
        )
    }

    private func grid(_ x: Span, _ y: Span) -> [String] {
        let end = Self.width - Self.right
        let floor = Self.height - Self.bottom
        var parts: [String] = []
        for power in x.powers {
            let at = place((Self.power(power), Self.power(Int(y.low))), x, y).x
            parts.append(Self.stroke((at, Self.top), (at, floor)))
            parts.append(
                Self.text(Self.countName(power), at, floor + 20, anchor: "middle"))
        }
        for power in y.powers {
            let at = place((Self.power(Int(x.low)), Self.power(power)), x, y).y
            parts.append(Self.stroke((Self.left, at), (end, at)))
            parts.append(
                Self.text(yName(Self.power(power)), Self.left - 8, at + 4, anchor: "end"))
        }
        parts.append(Self.text(xTitle, (Self.left + end) / 2, floor + 44, anchor: "middle"))
        parts.append(
            """
            <text transform="translate(18 \(Self.short((Self.top + floor) / 2))) rotate(-90)" \
            text-anchor="middle">\(Self.escaped(yTitle))</text>
            """)
        return parts
    }

    private func line(_ series: Series, _ x: Span, _ y: Span) -> String {
        let places = series.points.map { place($0, x, y) }
        let corners = places.map { "\(Self.short($0.x)),\(Self.short($0.y))" }
            .joined(separator: " ")
        let dashes = series.isElsewhere ? " stroke-dasharray=\"6 4\"" : ""
        let dots = places.map {
            """
            <circle cx="\(Self.short($0.x))" cy="\(Self.short($0.y))" r="3.5" \
            fill="\(series.color)"/>
            """
        }
        return """
            <polyline points="\(corners)" fill="none" stroke="\(series.color)" \
            stroke-width="2"\(dashes)/>
            \(dots.joined(separator: "\n"))
            """
    }

    /// Each name stands right of the axes at the height of the end of its line, or as near to it
    /// as the other names leave room.
    private func labels(_ x: Span, _ y: Span) -> [String] {
        let ends = series.compactMap { series in
            series.points.last.map { (series, place($0, x, y)) }
        }.sorted { $0.1.y < $1.1.y }
        let names = Self.width - Self.right + 14
        var lowest = Self.top - Self.labelHeight
        var parts: [String] = []
        for (series, end) in ends {
            let lines = series.name.split(separator: "\n").map(String.init)
            let first = max(end.y + 4, lowest + Self.labelHeight)
            for (index, line) in lines.enumerated() {
                let at = first + Double(index) * Self.labelHeight
                parts.append(Self.text(line, names, at, color: series.color))
                lowest = at
            }
            lowest += 4
        }
        return parts
    }

    // MARK: Pieces

    private static func power(_ exponent: Int) -> Double {
        var value = 1.0
        for _ in 0..<exponent.magnitude { value *= 10 }
        return exponent < 0 ? 1 / value : value
    }

    /// 10, 1 000, 1M.
    static func countName(_ power: Int) -> String {
        let count = Self.power(power)
        return count >= 1e6
            ? "\(Number.text(count / 1e6, digits: 0))M" : Number.text(count, digits: 0)
    }

    private static func stroke(
        _ from: (x: Double, y: Double), _ to: (x: Double, y: Double)
    ) -> String {
        """
        <line x1="\(short(from.x))" y1="\(short(from.y))" x2="\(short(to.x))" \
        y2="\(short(to.y))" stroke="#ddd"/>
        """
    }

    private static func text(
        _ text: String, _ x: Double, _ y: Double, anchor: String = "start", size: Int = 12,
        weight: String = "normal", color: String = "#333"
    ) -> String {
        """
        <text x="\(short(x))" y="\(short(y))" text-anchor="\(anchor)" font-size="\(size)" \
        font-weight="\(weight)" fill="\(color)">\(escaped(text))</text>
        """
    }

    /// A tenth of a point is enough, and keeps the files of two runs comparable.
    private static func short(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }

    static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }.joined()
    }
}
