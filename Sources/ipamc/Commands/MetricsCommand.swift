internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc metrics`: what a monitoring system wants to know.
struct MetricsCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .metrics,
        abstract: "Print metrics in the text format of Prometheus.",
        discussion: """
            For root, ipam-admin and ipam-monitor. The timer ipamd-metrics.timer writes them for \
            the textfile collector of node_exporter.
            """)

    static let forms: [OutputFormat] = [.table, .wide]
    static let formAdvice: String? = "it writes the text format of Prometheus and no other"

    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Write them to this file instead, in one step: nobody reads half of them.",
            valueName: "path"),
        completion: .file())
    var file: String?

    func run() throws {
        var client = try options.connect()
        let reading = try asking { () throws(ClientError) in
            MetricsText.Reading(
                status: try client.status().value, metrics: try client.metrics().value,
                usage: try client.all(Query.Usage(), options).0)
        }
        let text = MetricsText.text(reading, now: .now)
        guard let file else { return options.write(text) }
        let copy = try FileCopy(path: file, mode: 0o644, isReplacing: true)
        try copy.append(Array(text.utf8))
        try copy.finish()
    }
}
