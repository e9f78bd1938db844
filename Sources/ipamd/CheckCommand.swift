import ArgumentParser
import IPAMStore

/// `ipamd check`: proves a state directory without changing it.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Prove a state directory, read-only, and name every damage.",
        discussion: """
            For the directory of a daemon that does not run. Exit status: 0 sound, \
            1 damaged or not readable.
            """)

    @OptionGroup var state: StateOption

    func run() throws {
        let directory = state.directory
        let findings: [Finding]
        do throws(DiskError) {
            findings = Store.check(try PosixDisk(directory: directory, isMade: false))
        } catch {
            StandardError.write("ipamd: cannot read \(directory): \(error)\n")
            throw ExitStatus.failure.code
        }
        for finding in findings { print(finding) }
        guard findings.allSatisfy({ $0.severity != .damage }) else {
            throw ExitStatus.failure.code
        }
        print("\(directory) is sound.")
    }
}
