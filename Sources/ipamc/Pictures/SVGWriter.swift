/// Writes the shapes and texts of an SVG. Coordinates are whole pixels.
struct SVGWriter {
    struct Box: Equatable {
        let x: Int
        let y: Int
        let width: Int
        let height: Int
    }

    private var body = ""

    /// A rectangle, with what a browser shows under the pointer.
    mutating func box(_ box: Box, class style: String, title: String?) {
        let shape =
            "<rect x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\""
            + " height=\"\(box.height)\" class=\"\(style)\""
        guard let title else {
            body += shape + "/>\n"
            return
        }
        body += shape + "><title>\(Self.escaped(title))</title></rect>\n"
    }

    mutating func text(_ text: String, x: Int, y: Int, class style: String) {
        body += "<text x=\"\(x)\" y=\"\(y)\" class=\"\(style)\">\(Self.escaped(text))</text>\n"
    }

    /// Names come from others: none of them may end the element that it stands in. What XML does
    /// not allow at all is left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // A scalar is no enum of ours.
            default:
                let isAllowed =
                    scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                if isAllowed || scalar == "\n" { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    /// The whole document. Every colour has a pattern or a letter beside it.
    func document(width: Int, height: Int, title: String, legend: MapLegend) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
        viewBox="0 0 \(width) \(height)" role="img">
        <title>\(Self.escaped(title))</title>
        <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" \
        patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>\
        <rect width="2" height="6" fill="#8c8c8c"/></pattern>
        <pattern id="cross" width="6" height="6" patternUnits="userSpaceOnUse">\
        <rect width="6" height="6" fill="#595959"/>\
        <path d="M0 0L6 6M6 0L0 6" stroke="#ffffff" stroke-width="1"/></pattern>
        <pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">\
        <rect width="6" height="6" fill="#dddddd"/>\
        <circle cx="3" cy="3" r="1.4" fill="#555555"/></pattern>
        \(Self.stripes(legend))</defs>
        <style>
        rect{stroke:#ffffff;stroke-width:1;shape-rendering:crispEdges}
        pattern rect{stroke:none;shape-rendering:auto}
        text{font:12px "DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#222222}
        .head{font-size:14px;font-weight:bold}
        .label{fill:#444444}
        .run{fill:#666666;font-style:italic}
        .name{font-size:11px;text-anchor:middle;pointer-events:none}
        .it{fill:#222222;font-style:italic}
        .page{fill:#ffffff;stroke:none}
        .free{fill:#ececec}
        .reserved{fill:url(#hatch)}
        .excluded{fill:url(#cross)}
        .others{fill:#7a7a7a}
        .untold{fill:url(#dots)}
        .inside{fill:#fbf3d5;stroke:#222222}
        .in{fill-opacity:.25}
        .wish{fill-opacity:.5;stroke:#000000;stroke-dasharray:2 2}
        .frame{fill:none;stroke:#222222;stroke-width:1.5;pointer-events:none}
        \(Self.classes(legend))</style>
        <rect width="\(width)" height="\(height)" class="page"/>
        \(body)</svg>

        """
    }

    private static func classes(_ legend: MapLegend) -> String {
        legend.categories.indices.map { index in
            let paint = MapPaint(index, legend)
            let ink = paint.isRepeated ? "#000000;font-weight:bold" : paint.ink
            let fill = paint.isRepeated ? "url(#s\(index))" : paint.fill
            return ".c\(index){fill:\(fill)}\n.c\(index)t{fill:\(ink)}\n"
        }.joined()
    }

    /// The hues that come a second time are striped.
    private static func stripes(_ legend: MapLegend) -> String {
        legend.categories.indices.map { index in
            let paint = MapPaint(index, legend)
            guard paint.isRepeated else { return "" }
            return "<pattern id=\"s\(index)\" width=\"8\" height=\"8\" "
                + "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                + "<rect width=\"8\" height=\"8\" fill=\"\(paint.fill)\"/>"
                + "<rect width=\"3\" height=\"8\" fill=\"#ffffff\" fill-opacity=\".4\"/>"
                + "</pattern>\n"
        }.joined()
    }
}
