internal import IPAM
internal import IPAMClient

/// Metrics in Prometheus' text format, version 0.0.4. Base units: seconds, addresses.
struct MetricsText {
    /// What is asked of the daemon for them.
    struct Reading {
        let status: DaemonStatus
        let metrics: DaemonMetrics
        let usage: [PrefixUsage]
    }

    private var text = ""

    static func text(_ reading: Reading, now: Instant) -> String {
        var text = MetricsText()
        text.write(reading.status, now)
        text.write(reading.metrics)
        text.write(reading.usage)
        return text.text
    }

    private mutating func write(_ status: DaemonStatus, _ now: Instant) {
        family("ipamd_info", "gauge", "The version and the life that the state is in.")
        sample(
            "ipamd_info",
            [("version", status.version), ("incarnation", status.incarnation.inHex)], 1
        )
        family("ipamd_mode", "gauge", "1 for the mode that the daemon is in.")
        for mode in DaemonStatus.Mode.allCases {
            sample("ipamd_mode", [("mode", mode.description)], mode == status.mode ? 1 : 0)
        }
        let uptime = Double(status.uptimeMilliseconds) / 1000
        gauge("ipamd_uptime_seconds", "Since the start of the daemon.", uptime)
        gauge("ipamd_prefixes", "Prefixes.", Double(status.prefixCount))
        gauge(
            "ipamd_allocations", "Allocations, those of child Prefixes among them.",
            Double(status.allocationCount))
        gauge(
            "ipamd_waiting", "Claims and requests that wait for room.", Double(status.waitingCount))
        gauge("ipamd_connections", "Clients.", Double(status.connectionCount))
        gauge("ipamd_durable_lsn", "The last change that is durable.", Double(status.durableLSN))
        gauge(
            "ipamd_checkpoint_lsn", "The last change in the newest checkpoint.",
            Double(status.checkpointLSN))
        if let last = status.lastCheckpoint {
            let age =
                now.milliseconds > last.milliseconds ? now.milliseconds - last.milliseconds : 0
            gauge(
                "ipamd_checkpoint_age_seconds", "Since the newest checkpoint.", Double(age) / 1000)
        }
        counter(
            "ipamd_log_entries_dropped_total", "Entries that the journal did not take.",
            status.logEntriesDropped)
    }

    private mutating func write(_ metrics: DaemonMetrics) {
        family("ipamd_requests_total", "counter", "Requests by what they ask.")
        for request in metrics.requests {
            sample(
                "ipamd_requests_total", [("request", requestName(request.number))],
                Double(request.count))
        }
        family("ipamd_refusals_total", "counter", "Requests that were refused, by reason.")
        for refusal in metrics.refusals {
            let code = RefusalCode(rawValue: refusal.number)?.description
            sample(
                "ipamd_refusals_total", [("code", code ?? String(refusal.number))],
                Double(refusal.count))
        }
        histogram(
            "ipamd_commit_seconds", "From the hand-over of a batch until it was durable.",
            metrics.commitMicroseconds, per: 1_000_000)
        histogram("ipamd_batch_changes", "Changes in a batch.", metrics.batchChanges, per: 1)
        if let microseconds = metrics.checkpointMicroseconds {
            gauge(
                "ipamd_checkpoint_duration_seconds", "How long the newest checkpoint took.",
                Double(microseconds) / 1_000_000)
        }
        counter(
            "ipamd_checkpoint_failures_total", "Checkpoints that could not be written.",
            metrics.checkpointFailureCount)
        gauge("ipamd_watches", "Watches.", Double(metrics.watchCount))
    }

    /// Numbers that this program does not know stay numbers.
    private func requestName(_ opcode: UInt16) -> String {
        DaemonMetrics.requestName(ofOpcode: opcode) ?? String(opcode)
    }

    private mutating func write(_ usage: [PrefixUsage]) {
        let placed = usage.filter { $0.block != nil }
        family("ipamd_prefix_addresses", "gauge", "Addresses of a Prefix by what they are.")
        for prefix in placed {
            let parts = [
                ("used", prefix.used), ("free", prefix.free), ("reserved", prefix.reserved),
                ("excluded", prefix.excluded), ("held", prefix.held),
            ]
            for (state, blocks) in parts {
                sample(
                    "ipamd_prefix_addresses", labels(prefix) + [("state", state)],
                    prefix.addresses(blocks).approximate)
            }
        }
        family(
            "ipamd_prefix_largest_free_addresses", "gauge",
            "Addresses of the largest free block of a Prefix.")
        for prefix in placed {
            let largest = prefix.largestFree.map {
                AddressCount(ofLength: $0.length, $0.family).approximate
            }
            sample("ipamd_prefix_largest_free_addresses", labels(prefix), largest ?? 0)
        }
        family("ipamd_prefix_allocations", "gauge", "Allocations in a Prefix.")
        for prefix in placed {
            sample("ipamd_prefix_allocations", labels(prefix), Double(prefix.allocationCount))
        }
    }

    private func labels(_ usage: PrefixUsage) -> [(String, String)] {
        [
            ("namespace", usage.key.namespace), ("name", usage.key.name),
            ("prefix", usage.block?.description ?? ""),
        ]
    }
}

// MARK: - The format

extension MetricsText {
    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        family(name, "gauge", help)
        sample(name, [], value)
    }

    private mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
        family(name, "counter", help)
        sample(name, [], Double(value))
    }

    /// Each bound counts all values up to it, those of the bounds below among them.
    private mutating func histogram(
        _ name: String, _ help: String, _ histogram: Histogram, per unit: Double
    ) {
        family(name, "histogram", help)
        var total: UInt64 = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            total += count
            sample(
                "\(name)_bucket", [("le", Self.number(Double(bound) / unit))], Double(total))
        }
        total += histogram.counts.last ?? 0
        sample("\(name)_bucket", [("le", "+Inf")], Double(total))
        sample("\(name)_sum", [], Double(histogram.sum) / unit)
        sample("\(name)_count", [], Double(total))
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        text += name + (list.isEmpty ? "" : "{\(list)}") + " \(Self.number(value))\n"
    }

    /// A whole number without a point, as people write it.
    private static func number(_ value: Double) -> String {
        value < 9_007_199_254_740_992 && value == value.rounded()
            ? String(UInt64(value)) : String(value)
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
