internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc metrics`: what a monitoring system wants to know.
struct MetricsCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print metrics in the text format of Prometheus.",
        discussion: """
            For root, ipam-admin and ipam-monitor. The timer ipamd-metrics.timer writes them for \
            the textfile collector of node_exporter.
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        var client = try options.connect()
        let reading = try asking { () throws(ClientError) in
            MetricsText.Reading(
                status: try client.status().value, metrics: try client.metrics().value,
                usage: try client.all(Query.Usage(), options).0)
        }
        options.write(MetricsText.text(reading, now: .now))
    }
}
