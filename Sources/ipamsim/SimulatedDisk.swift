import IPAMStore
import Synchronization

/// A directory in memory that can be cut off at any call.
///
/// What was written and not synced is pending, sector by sector of 512 bytes; so are sizes, and so
/// are names until the directory is synced. A power cut keeps, of everything that is pending,
/// a part that the seed chooses: each sector old, new or garbage, each size and each name
/// old or new. That is what fsync(2) leaves open, and all of it can happen to a real disk.
final class SimulatedDisk: Disk {
    private let contents: Mutex<Contents>

    init(_ plan: FaultPlan = FaultPlan()) { contents = Mutex(Contents(plan)) }

    private init(_ contents: Contents) { self.contents = Mutex(contents) }

    /// The calls so far that change something or make it durable.
    var callCount: Int { contents.withLock { $0.callCount } }

    /// Whether the power is off: every call fails from then on.
    var isDead: Bool { contents.withLock { $0.isDead } }

    /// What no correct store does, a sentence each: the order spy's findings.
    var violations: [String] { contents.withLock { $0.violations } }

    /// Whether everything that was written to the newest journal is durable.
    var isJournalDurable: Bool {
        contents.withLock { contents in
            let journals = contents.names.keys.filter {
                $0.hasPrefix("journal-") && !$0.hasSuffix(".tmp")
            }
            guard let newest = journals.max(), let file = contents.names[newest] else {
                return true
            }
            return contents.files[file]?.isClean ?? true
        }
    }

    /// The names of the files, in order.
    var fileNames: [String] { contents.withLock { $0.names.keys.sorted() } }

    func bytes(of name: String) -> [UInt8] {
        contents.withLock { contents in
            contents.names[name].flatMap { contents.files[$0]?.bytes } ?? []
        }
    }

    /// Changes a file behind everybody's back, as a failing medium or a stranger would.
    func overwrite(_ name: String, _ change: (inout [UInt8]) -> Void) {
        contents.withLock { contents in
            guard let number = contents.names[name] else { return }
            contents.files[number]?.overwrite(change)
        }
    }

    /// Removes a file behind everybody's back.
    func lose(_ name: String) { contents.withLock { $0.lose(name) } }

    /// The disk when the process has died and the system goes on: what was written is there to be
    /// read, and what was not synced is still not durable.
    func afterKill(_ plan: FaultPlan = FaultPlan()) -> SimulatedDisk {
        SimulatedDisk(contents.withLock { $0.afterKill(plan) })
    }

    /// The disk as the next start finds it.
    func afterPowerCut(seed: UInt64, _ plan: FaultPlan = FaultPlan()) -> SimulatedDisk {
        SimulatedDisk(contents.withLock { $0.afterPowerCut(seed: seed, plan) })
    }

    /// Flips one bit of a file's durable bytes.
    func flipBit(of name: String, at bit: Int) {
        overwrite(name) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
    }

    func lock() throws(DiskError) -> LockOutcome { .taken }

    func names() throws(DiskError) -> [String] {
        try locked { (contents) throws(DiskError) in
            try contents.checkAlive(.list, ".")
            return contents.names.keys.sorted()
        }
    }

    func open(_ name: String) throws(DiskError) -> DiskFile {
        try locked { (contents) throws(DiskError) in
            try contents.checkAlive(.open, name)
            guard let number = contents.names[name] else {
                throw DiskError(.open, name, code: Contents.absent)
            }
            return DiskFile(number: number, name: name)
        }
    }

    func create(_ name: String) throws(DiskError) -> DiskFile {
        try locked { (contents) throws(DiskError) in try contents.create(name) }
    }

    func size(of file: DiskFile) throws(DiskError) -> UInt64 {
        try locked { (contents) throws(DiskError) in
            try contents.checkAlive(.size, file.name)
            return UInt64(contents.files[file.number]?.bytes.count ?? 0)
        }
    }

    func read(_ file: DiskFile, at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        try locked { (contents) throws(DiskError) in
            try contents.checkAlive(.read, file.name)
            let bytes = contents.files[file.number]?.bytes ?? []
            let start = Int(min(offset, UInt64(bytes.count)))
            return Array(bytes[start..<min(bytes.count, start + count)])
        }
    }

    func write(_ file: DiskFile, at offset: UInt64, _ bytes: [UInt8]) throws(DiskError) {
        try locked { (contents) throws(DiskError) in
            try contents.write(file, at: Int(offset), bytes)
        }
    }

    func sync(_ file: DiskFile) throws(DiskError) {
        try locked { (contents) throws(DiskError) in try contents.sync(file) }
    }

    func close(_ file: DiskFile) {}

    func rename(_ name: String, to newName: String) throws(DiskError) {
        try locked { (contents) throws(DiskError) in try contents.rename(name, newName) }
    }

    func remove(_ name: String) throws(DiskError) {
        try locked { (contents) throws(DiskError) in try contents.remove(name) }
    }

    func syncDirectory() throws(DiskError) {
        try locked { (contents) throws(DiskError) in try contents.syncDirectory() }
    }

    private func locked<Value: Sendable>(
        _ body: (inout Contents) throws(DiskError) -> Value
    ) throws(DiskError) -> Value {
        let result: Result<Value, DiskError> = contents.withLock { contents in
            do throws(DiskError) { return .success(try body(&contents)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// What goes wrong, and at which call. Calls that change something are counted from 0.
struct FaultPlan: Sendable, Hashable {
    /// The power goes off in the middle of this call.
    var powerCutAt: Int?
    /// This call fails with the error, and so do all later ones if `isForEver`.
    var failureAt: Int?
    var errorCode: Int32 = 5
    var isForEver = false

    /// EIO and ENOSPC of errno(3).
    static let errorCodes: [Int32] = [5, 28]
}
