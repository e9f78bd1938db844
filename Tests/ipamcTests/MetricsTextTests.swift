import IPAM
import Testing

@testable import ipamc

/// Metrics as Prometheus reads them.
@Suite struct MetricsTextTests {
    private static let pool = #"namespace="default",name="pool",prefix="10.0.0.0/24""#
    private let text: String

    init() throws {
        var commits = Histogram(bounds: [100, 2500])
        for value: UInt64 in [50, 100, 101, 9000] { commits.add(value) }
        let status = DaemonStatus(
            mode: .ok, detail: nil, version: "0.1", uptimeMilliseconds: 1500, incarnation: 255,
            durableLSN: 42, prefixCount: 1, allocationCount: 3, waitingCount: 0,
            connectionCount: 2, stateDirectory: "/s", lastCheckpoint: Instant(milliseconds: 1000),
            checkpointLSN: 40, logEntriesDropped: 0)
        let metrics = DaemonMetrics(
            requests: [.init(number: 3, count: 7), .init(number: 99, count: 1)],
            refusals: [.init(number: 64, count: 2), .init(number: 999, count: 1)],
            commitMicroseconds: commits, batchChanges: Histogram(bounds: [1]),
            checkpointMicroseconds: 41_000)
        let pool = PrefixUsage(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "pool"),
            block: try block("10.0.0.0/24"), allocationCount: 1,
            used: [.init(length: 26, count: 1)],
            free: [.init(length: 25, count: 1), .init(length: 26, count: 1)],
            largestFree: try block("10.0.0.128/25"))
        let pending = PrefixUsage(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "late"), block: nil)
        text = MetricsText.text(
            .init(status: status, metrics: metrics, usage: [pool, pending]),
            now: Instant(milliseconds: 3500))
    }

    @Test(arguments: [
        #"ipamd_info{version="0.1",incarnation="00000000000000ff"} 1"#, #"ipamd_mode{mode="ok"} 1"#,
        #"ipamd_mode{mode="damaged"} 0"#, "ipamd_uptime_seconds 1.5",
        "ipamd_checkpoint_age_seconds 2.5", #"ipamd_requests_total{request="request"} 7"#,
        #"ipamd_requests_total{request="99"} 1"#, #"ipamd_refusals_total{code="busy"} 2"#,
        #"ipamd_refusals_total{code="999"} 1"#, #"ipamd_commit_seconds_bucket{le="0.0001"} 2"#,
        #"ipamd_commit_seconds_bucket{le="0.0025"} 3"#,
        #"ipamd_commit_seconds_bucket{le="+Inf"} 4"#, "ipamd_commit_seconds_count 4",
        "ipamd_commit_seconds_sum 0.009251", "ipamd_checkpoint_duration_seconds 0.041",
        "ipamd_prefix_addresses{\(Self.pool),state=\"free\"} 192",
        "ipamd_prefix_largest_free_addresses{\(Self.pool)} 128",
    ])
    func `has the sample`(line: String) {
        #expect(text.split(separator: "\n").contains(Substring(line)))
    }

    /// The rules that promtool checks: each family is described once and before its samples, stands
    /// in one piece, and a counter's name ends in _total.
    @Test func `keeps the rules of the format`() {
        var families: [String] = []
        var type = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# HELP ") {
                #expect(words.count > 3, "\(line)")
                families.append(String(words[2]))
            } else if line.hasPrefix("# TYPE ") {
                #expect(families.last.map { $0 == words[2] } ?? false)
                type = String(words[3])
                #expect((type == "counter") == words[2].hasSuffix("_total"), "\(line)")
            } else {
                let name = line.prefix { $0 != "{" && $0 != " " }
                let family = families.last ?? ""
                let parts = type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
                #expect(parts.contains { name == family + $0 }, "\(line)")
                #expect(Double(words.last ?? "") != nil, "\(line)")
            }
        }
        #expect(Set(families).count == families.count)
        #expect(text.hasSuffix("\n"))
    }

    @Test func `leaves out what has no block`() { #expect(!text.contains("late")) }
}
