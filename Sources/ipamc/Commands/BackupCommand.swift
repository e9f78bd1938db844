internal import ArgumentParser
internal import Glibc
internal import IPAM
internal import IPAMClient

/// `ipamc backup`: a copy of the whole state, while the daemon goes on.
struct BackupCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .backup,
        abstract: "Copy the whole state into a file, while the daemon goes on.",
        discussion: """
            The copy is of one moment and holds everything that was acknowledged before the \
            command began. ipamd check --backup FILE proves it, ipamd restore FILE makes a state \
            directory of it.
            """)

    static let forms: [OutputFormat] = [.table, .wide, .json, .yaml]

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file to write; it must not exist yet.", completion: .file())
    var file: String

    func run() throws {
        var client = try options.connect()
        let copy = try FileCopy(path: file)
        var offset: UInt64 = 0
        var part: Answered<Answer.BackupPart>
        var progress: Progress?
        defer { progress?.end() }
        repeat {
            let query = Query.Backup(offset: offset)
            part = try asking { () throws(ClientError) in try client.backup(query) }
            try copy.append(part.value.bytes)
            offset += UInt64(part.value.bytes.count)
            let mebibytes = Int(part.value.size >> 20)
            progress = progress ?? Progress("copying", of: mebibytes, unit: " MiB")
            progress?.show(Int(offset >> 20))
            guard !part.value.bytes.isEmpty || offset == part.value.size else {
                throw Failure(.ourMistake, "protocol", "the backup ended before its size")
            }
        } while offset < part.value.size
        try copy.finish()
        progress?.end()
        try write(bytes: offset, lsn: part.lsn)
    }

    private func write(bytes: UInt64, lsn: UInt64) throws {
        if let format = options.output.structured {
            try options.write(Report(bytes: bytes, file: file, lsn: lsn), as: format)
        } else {
            options.write("\(file): \(bytes) bytes, everything up to LSN \(lsn)\n")
        }
    }

    private struct Report: Encodable {
        let bytes: UInt64
        let file: String
        let lsn: UInt64
    }
}

/// A file that gets its name when all of it is on the disk, and that goes if nothing comes of it.
final class FileCopy {
    private let path: String
    private let descriptor: Int32
    private var isFinished = false

    private var unfinished: String { path + ".partial" }

    init(path: String, mode: mode_t = 0o600, isReplacing: Bool = false) throws(Failure) {
        self.path = path
        guard isReplacing || access(path, F_OK) != 0 else {
            throw .usage("\(path) exists already: name another file, or move it away")
        }
        descriptor = open(path + ".partial", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Self.failed("make", path + ".partial") }
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(unfinished) }
    }

    func append(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failed("write", unfinished) }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes the bytes and the name durable.
    func finish() throws(Failure) {
        guard fsync(descriptor) == 0 else { throw Self.failed("sync", unfinished) }
        guard rename(unfinished, path) == 0 else { throw Self.failed("rename", unfinished) }
        isFinished = true
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failed("open", folder) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw Self.failed("sync", folder) }
    }

    private static func failed(_ verb: String, _ name: String) -> Failure {
        Failure(.refused, "file", "cannot \(verb) \(name): \(String(cString: strerror(errno)))")
    }
}
