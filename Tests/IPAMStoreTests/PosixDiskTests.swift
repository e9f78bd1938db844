import Glibc
import IPAM
import IPAMEngine
import Testing

@testable import IPAMStore
@testable import ipamsim

/// A directory of its own for a test, which goes when the test does.
private final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/ipamd-store-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(path)/\(name)")
            }
            closedir(stream)
        }
        rmdir(path)
    }
}

@Suite struct PosixDiskTests {
    private let settings = StoreSettings(
        segmentBytes: 64 << 10, newIncarnation: 9, salt: { UInt64.random(in: 0...(.max)) })

    private func open(_ path: String) throws -> Opened.Ready {
        let opened = try Store.open(
            try PosixDisk(directory: path), settings, at: Instant(milliseconds: 1))
        guard case .ready(let ready) = opened else { throw StoreError.locked(pid: 0) }
        return ready
    }

    @Test func `a real directory holds what was committed`() throws {
        let directory = try TemporaryDirectory()
        var resources: [Resource] = []
        for start in 0..<3 {
            var ready = try open(directory.path)
            #expect(ready.recovery.incarnation == 9)
            #expect(ready.ledger.state.resources == resources)
            ready.ledger.update(ready.journal.adopt(try ready.checkpointer.prepareSpare()))
            _ = try ready.ledger.execute(
                Workload.root("root\(start)", "10.\(start).0.0/16"), by: Workload.administrator,
                at: Instant(milliseconds: 2))
            let batch = try #require(try ready.ledger.sealBatch())
            ready.ledger.committed(try ready.journal.commit(batch))
            resources = ready.ledger.state.resources
            if start == 1, let job = try ready.journal.stop() {
                _ = try ready.checkpointer.run(job, at: Instant(milliseconds: 3))
            }
        }
        #expect(Store.check(try PosixDisk(directory: directory.path, isMade: false)).isEmpty)
    }

    @Test func `a second daemon learns at once who is there`() throws {
        let directory = try TemporaryDirectory()
        let first = try open(directory.path)
        let error = #expect(throws: StoreError.self) { try open(directory.path) }
        #expect(error == .locked(pid: getpid()))
        withExtendedLifetime(first) {}
    }

    @Test func `only the owner reads the files`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/state"
        let disk = try PosixDisk(directory: path)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
        disk.close(try disk.create("file"))
        #expect(stat(path + "/file", &status) == 0 && status.st_mode & 0o777 == 0o600)
        try disk.remove("file")
        rmdir(path)
    }

    @Test func `symbolic links and what is no file are not opened`() throws {
        let directory = try TemporaryDirectory()
        let disk = try PosixDisk(directory: directory.path)
        #expect(symlink("/etc/hostname", directory.path + "/link") == 0)
        #expect(mkfifo(directory.path + "/pipe", 0o600) == 0)
        for name in ["link", "pipe", "absent"] {
            #expect(throws: DiskError.self) { try disk.open(name) }
        }
        #expect(throws: DiskError.self) { try disk.create("link") }
    }

    @Test func `bytes are read back from where they were written`() throws {
        let directory = try TemporaryDirectory()
        let disk = try PosixDisk(directory: directory.path)
        let file = try disk.create("file")
        defer { disk.close(file) }
        try disk.write(file, at: 10, Array("hello".utf8))
        try disk.sync(file)
        #expect(try disk.size(of: file) == 15)
        #expect(try disk.read(file, at: 10, count: 100) == Array("hello".utf8))
        #expect(try disk.read(file, at: 0, count: 3) == [0, 0, 0])
        #expect(try disk.read(file, at: 99, count: 3) == [])
        try disk.rename("file", to: "other")
        #expect(try disk.names() == ["other"])
        try disk.syncDirectory()
    }

    @Test func `a directory that is not there is not made for a check`() {
        #expect(throws: DiskError.self) {
            try PosixDisk(directory: "/tmp/ipamd-store-absent", isMade: false)
        }
    }
}
