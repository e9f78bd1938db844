import ArgumentParser
import IPAM
import IPAMStore

/// `ipamd restore`: makes a state directory out of a backup.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a state directory out of a backup.",
        discussion: """
            For a directory that holds no state. The daemon that is started on it is in \
            quarantine: known allocations answer, owners may ask again for what they hold, and \
            nothing new is handed out before ipamc reconcile. Exit status: 0 restored, 1 not \
            restored.
            """)

    @OptionGroup var state: StateOption

    @Argument(help: "What ipamc backup wrote.", completion: .file())
    var backup: String

    func run() throws {
        try AnotherLife.begin(state.directory) { (disk, settings) throws(StoreError) in
            let place = BackupPlace(backup)
            let folder: PosixDisk
            do throws(DiskError) {
                folder = try PosixDisk(directory: place.folder, isMade: false)
            } catch {
                throw .disk(error)
            }
            return try Store.restore((folder, place.name), to: disk, settings, at: .now)
        }
    }
}

/// `ipamd adopt`: makes a state directory that came from another machine this one's.
struct AdoptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Make a state directory that came from another machine this one's.",
        discussion: """
            The copy may be older than what its clients know, so the daemon that is started on \
            it is in quarantine, as after a restore. Exit status: 0 adopted, 1 not adopted.
            """)

    @OptionGroup var state: StateOption

    func run() throws {
        try AnotherLife.begin(state.directory) { (disk, settings) throws(StoreError) in
            try Store.adopt(disk, settings, at: .now)
        }
    }
}

/// What restore and adopt share.
private enum AnotherLife {
    static func begin(
        _ directory: String,
        _ make: (PosixDisk, StoreSettings) throws(StoreError) -> Recovery
    ) throws {
        let settings = StoreSettings(
            segmentBytes: SegmentSize(mebibytes: 64).bytes, machineID: MachineID.read(),
            newIncarnation: .random(in: 1...UInt64.max), salt: { .random(in: 0...UInt64.max) })
        let recovery: Recovery
        do throws(StoreError) {
            let disk: PosixDisk
            do throws(DiskError) {
                disk = try PosixDisk(directory: directory)
            } catch {
                throw .disk(error)
            }
            recovery = try make(disk, settings)
        } catch {
            StandardError.write("ipamd: \(directory): \(error)\n")
            throw ExitStatus.failure.code
        }
        print(
            """
            \(directory): everything up to LSN \(recovery.lsn), in quarantine.
            Start ipamd; let owners ask again for what they hold; end it with ipamc reconcile.
            """)
    }
}

/// The folder and the name of a file.
struct BackupPlace {
    let folder: String
    let name: String

    init(_ path: String) {
        let slash = path.lastIndex(of: "/")
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    }
}
