import Glibc
import IPAM
import IPAMEngine
import IPAMStore
import NIOCore
import NIOPosix
import Synchronization
import Systemd
import Testing

@testable import ipamd

/// What keeps the store going behind the commits, on a disk whose checkpoints take as long as a
/// test wants.
@Suite struct StorageTests {
    private static let deadlineSeconds = 30.0

    @Test func `spare segments are made while a checkpoint is written, however long it takes`()
        throws
    {
        let disk = try HeldDisk()
        let writer = try Writer(disk)
        defer {
            disk.isHeld = false
            writer.end()
            DaemonProcess.remove(disk.folder)
        }
        try writer.change()
        disk.isHeld = true
        try writer.checkpoint()
        // More than the segment in use and the one that was ready have room for.
        let start = ContinuousClock.now
        var bytes = 0
        while bytes < 4 * Writer.segmentBytes {
            if try writer.change() { bytes += Writer.changeBytes }
            try #require(ContinuousClock.now - start < .seconds(Self.deadlineSeconds), "busy")
        }
        #expect(disk.isHolding)
    }
}

/// Changes a state that is stored, one after the other.
private final class Writer {
    static let segmentBytes = 32 << 10
    static let changeBytes = 2000

    /// What lives on the loop.
    private final class Parts {
        var ledger: Ledger
        var storage: Storage?
        var count = 0

        init(_ ledger: Ledger) { self.ledger = ledger }
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let parts: NIOLoopBound<Parts>

    init(_ disk: HeldDisk) throws {
        let settings = StoreSettings(
            segmentBytes: Self.segmentBytes, newIncarnation: 7, salt: { 1 })
        guard case .ready(let ready) = try Store.open(disk, settings, at: .now) else {
            throw DiskError(.open, "a folder that was just made", code: EIO)
        }
        let loop = group.next()
        parts = try loop.submit {
            let parts = Parts(ready.ledger)
            let observer = Storage.Observer(
                roomChanged: { parts.ledger.update($0) }, spareFault: { _ in }, failed: { _ in })
            let storage = Storage(
                ready, at: .now, loop: loop.assumeIsolated(),
                log: OperatorLog(level: .emergency, journal: nil, writesStandardError: false),
                meter: Meter(), observer: observer)
            storage.prepareSpare()
            parts.storage = storage
            return NIOLoopBound(parts, eventLoop: loop)
        }.wait()
    }

    /// Makes a change durable; false if there is no room for it yet.
    @discardableResult
    func change() throws -> Bool {
        try group.next().flatSubmit { [parts] in
            let promise = parts.eventLoop.makePromise(of: Bool.self)
            do {
                guard let batch = try Self.nextBatch(parts.value) else {
                    promise.succeed(false)
                    return promise.futureResult
                }
                parts.value.storage?.thread.run { (journal) throws(StoreError) in
                    try journal.commit(batch)
                } then: { result in
                    switch result {
                    case .success(let commit):
                        parts.value.ledger.committed(commit)
                        parts.value.storage?.afterCommit(commit)
                        promise.succeed(true)
                    case .failure(let error): promise.fail(error)
                    }
                }
            } catch {
                promise.fail(error)
            }
            return promise.futureResult
        }.wait()
    }

    /// A batch of one change, unless there is no room for it yet.
    private static func nextBatch(_ parts: Parts) throws -> SealedBatch? {
        let number = parts.count
        let manifest = Manifest(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "root-\(number)"),
            annotations: ["note": String(repeating: "x", count: changeBytes)], ipFamily: "IPv4",
            prefix: "10.\(number / 256).\(number % 256).0/24")
        do throws(Refusal) {
            _ = try parts.ledger.execute(
                .apply(Command.Apply(manifests: [manifest])),
                by: Caller(uid: 0, gid: 0, pid: 1, role: .administrator), at: .now)
        } catch {
            guard error.code == .busy else { throw error }
            return nil
        }
        parts.count += 1
        return try parts.ledger.sealBatch()
    }

    func checkpoint() throws {
        try group.next().submit { [parts] in parts.value.storage?.checkpoint() }.wait()
    }

    /// Ends the storage in order; nothing uses the disk afterwards.
    func end() {
        do {
            try group.next().flatSubmit { [parts] in
                let promise = parts.eventLoop.makePromise(of: Void.self)
                parts.value.storage?.stop { _ in promise.succeed() }
                return promise.futureResult
            }.wait()
            try group.syncShutdownGracefully()
        } catch {
            Issue.record("the storage does not end: \(error)")
        }
    }
}

/// A folder in which a checkpoint is not begun as long as it is held.
private final class HeldDisk: Disk {
    private let disk: PosixDisk
    let folder: String
    private let held = Atomic(false)
    private let holding = Atomic(false)

    var isHeld: Bool {
        get { held.load(ordering: .acquiring) }
        set { held.store(newValue, ordering: .releasing) }
    }

    /// Whether a checkpoint waits now.
    var isHolding: Bool { holding.load(ordering: .acquiring) }

    init() throws {
        var template = Array("/tmp/ipamd-test.XXXXXX".utf8CString)
        folder = try String(cString: #require(mkdtemp(&template)))
        disk = try PosixDisk(directory: folder)
    }

    func create(_ name: String) throws(DiskError) -> DiskFile {
        if name.hasPrefix("checkpoint") {
            holding.store(isHeld, ordering: .releasing)
            while isHeld { usleep(1000) }
            holding.store(false, ordering: .releasing)
        }
        return try disk.create(name)
    }

    func lock() throws(DiskError) -> LockOutcome { try disk.lock() }
    func names() throws(DiskError) -> [String] { try disk.names() }
    func open(_ name: String) throws(DiskError) -> DiskFile { try disk.open(name) }
    func size(of file: DiskFile) throws(DiskError) -> UInt64 { try disk.size(of: file) }
    func read(_ file: DiskFile, at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        try disk.read(file, at: offset, count: count)
    }
    func write(_ file: DiskFile, at offset: UInt64, _ bytes: [UInt8]) throws(DiskError) {
        try disk.write(file, at: offset, bytes)
    }
    func sync(_ file: DiskFile) throws(DiskError) { try disk.sync(file) }
    func close(_ file: DiskFile) { disk.close(file) }
    func rename(_ name: String, to newName: String) throws(DiskError) {
        try disk.rename(name, to: newName)
    }
    func remove(_ name: String) throws(DiskError) { try disk.remove(name) }
    func syncDirectory() throws(DiskError) { try disk.syncDirectory() }
}
