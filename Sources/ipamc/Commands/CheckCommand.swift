internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc check`: proves the invariants of the running daemon.
struct CheckCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .check,
        abstract: "Prove that no two allocations overlap, and every other invariant.",
        discussion: """
            Of the running daemon, by going through all that it holds, for root, ipam-admin and \
            ipam-monitor. What is allowed and probably not meant, as roots that overlap, is a \
            warning. Exits with 1 if anything is violated. For the files on the disk there is \
            ipamd check.
            """)

    static let forms: [OutputFormat] = [.table, .wide, .json, .yaml]

    @OptionGroup var options: GlobalOptions

    func run() throws {
        var client = try options.connect()
        let line = LiveLine("proving every invariant", atMost: options.timeout)
        defer { line.end() }
        let reply = try asking { () throws(ClientError) in try client.check() }
        line.end()
        let checked = reply.value
        for warning in checked.warnings {
            StandardStreams.writeError("ipamc: warning: \(warning)\n")
        }
        if let format = options.output.structured {
            let report = Report(
                lsn: reply.lsn, resources: checked.resourceCount, violations: checked.violations,
                warnings: checked.warnings)
            try options.write(report, as: format)
        } else {
            let count = checked.violations.count
            let verdict = count == 0 ? "every invariant holds" : count.counted("violation")
            let violations = checked.violations.map { "\($0)\n" }.joined()
            options.write(
                "\(Int(clamping: checked.resourceCount).counted("resource")) at LSN \(reply.lsn): "
                    + "\(verdict)\n\(violations)")
        }
        if let first = checked.violations.first {
            throw Failure(.refused, "violated", first)
        }
    }

    private struct Report: Encodable {
        let lsn: UInt64
        let resources: UInt64
        let violations: [String]
        let warnings: [String]
    }
}
