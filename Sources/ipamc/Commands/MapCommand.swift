internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc map`: a picture of the addresses of a Prefix.
struct MapCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .map,
        abstract: "Draw what the addresses of a Prefix are used for.",
        discussion: """
            Draws in characters, or with -o svg a picture for a browser that names each block \
            under the pointer. All rows are equally large; rows that are free from end to end \
            are said in one line. A user who sees only what is his own sees the rest as used by \
            others.
            """)

    static let forms: [OutputFormat] = [.table, .wide, .svg, .json, .yaml]

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp(
            "A Prefix by name, or a part of one, as in 10.0.4.0/22.", valueName: "name|prefix"),
        completion: .prefixes)
    var target: String

    @Option(
        help: ArgumentHelp(
            "What colours and letters tell apart: prefix, name, owner, phase, age or label=KEY.",
            valueName: "what"),
        completion: .colouring)
    var by = MapColouring.prefix

    @Option(
        help: ArgumentHelp(
            "In which Prefix the part lies, where roots overlap.", valueName: "name"),
        completion: .prefixes)
    var parent: String?

    @Option(help: "The most rows of the picture (default: 32, or 64 with -o svg).")
    var rows: Int?

    /// More are no picture.
    private static let rowsMax = 1024

    func run() throws {
        if let rows, !(1...Self.rowsMax).contains(rows) {
            throw Failure.usage("--rows is 1 to \(Self.rowsMax)")
        }
        var client = try options.connect()
        let query = Query.List(kind: .prefix, namespace: options.namespace)
        let prefixes = try asking { () throws(ClientError) in
            try client.all(query, options)
        }
        let chosen = try MapTarget.find(
            target, parent: parent, among: prefixes.map(\.resource), in: options.namespace)
        let survey = try asking { () throws(ClientError) in
            try MapSurvey.read(chosen, by, now: .now, client: &client)
        }
        try write(survey)
    }

    private func write(_ survey: MapSurvey) throws {
        let facts = MapWords.facts(survey)
        if options.output == .svg {
            let drawing = MapDrawing(survey.map, survey.legend, linesMax: rows ?? 64)
            options.write(drawing.text(facts: facts))
        } else if let format = options.output.structured {
            let report = MapReport(survey, by, linesMax: rows ?? 32)
            try options.write(report, as: format)
        } else {
            let text = MapText(
                survey.map, survey.legend, linesMax: rows ?? 32, isColoured: options.isColoured)
            options.write(text.text(facts: facts))
        }
    }
}
