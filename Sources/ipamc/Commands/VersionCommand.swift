internal import ArgumentParser
internal import IPAM

/// `ipamc version`: which ipamc this is. `ipamc status` says which daemon.
struct VersionCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .version,
        abstract: "Show the version of ipamc and of the protocol that it speaks.")

    static let forms: [OutputFormat] = [.table, .wide, .json, .yaml]

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let report = Self.report
        if let format = options.output.structured {
            try options.write(report, as: format)
        } else {
            options.write(Self.text + "\n")
        }
    }

    private static let report = Report(protocol: 1, version: Release.version)

    private static let text = "ipamc \(report.version) (protocol \(report.protocol))"

    private struct Report: Encodable {
        let `protocol`: UInt16
        let version: String
    }
}
