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

    @Option(help: "Prove this backup instead of a state directory.", completion: .file())
    var backup: String?

    func run() throws {
        if let backup { return try check(backup) }
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

    private func check(_ backup: String) throws {
        let place = BackupPlace(backup)
        do throws(StoreError) {
            let disk: PosixDisk
            do throws(DiskError) {
                disk = try PosixDisk(directory: place.folder, isMade: false)
            } catch {
                throw .disk(error)
            }
            let recovery = try Store.check(backup: (disk, place.name))
            print(
                "\(backup) is sound: \(recovery.resourceCount) objects, LSN \(recovery.lsn).")
        } catch {
            StandardError.write("ipamd: \(backup): \(error)\n")
            throw ExitStatus.failure.code
        }
    }
}
