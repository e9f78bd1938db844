import IPAMStore
import Synchronization

/// A directory in memory that can be cut off at any call.
///
/// What was written and not synced is pending, sector by sector of 512 bytes; so are sizes, and so
/// are names until the directory is synced. A power cut keeps, of everything that is pending, a
/// part that is chosen: each sector old, new or torn, each size and each name old or new. That is
/// what fsync(2) leaves open, and all of it can happen to a real disk.
final class SimulatedDisk: Disk {
    private let contents: Mutex<Contents>
    // A simulation is one thread, and so are its disks; they are sendable because real ones are.
    /// Is shown the disk in the middle of each call that changes something: what the call writes
    /// is pending, and what it syncs is not synced yet.
    nonisolated(unsafe) var observer: ((Contents) -> Void)?
    /// Is called before each such call: what other threads of a daemon do meanwhile.
    nonisolated(unsafe) var interlude: (() -> Void)?

    init(_ plan: FaultPlan = FaultPlan()) { contents = Mutex(Contents(plan)) }

    init(_ contents: Contents) { self.contents = Mutex(contents) }

    /// What is on the disk now.
    var now: Contents { contents.withLock { $0 } }

    /// The calls so far that change something or make it durable.
    var callCount: Int { contents.withLock { $0.callCount } }

    /// The calls so far that only look.
    var lookCount: Int { contents.withLock { $0.lookCount } }

    /// Whether the power is off: every call fails from then on.
    var isDead: Bool { contents.withLock { $0.isDead } }

    /// What no correct store does, a sentence each: the order spy's findings.
    var violations: [String] { contents.withLock { $0.violations } }

    /// Whether everything that this process has stored is durable.
    var isEverythingStored: Bool { contents.withLock { $0.isEverythingStored } }

    /// The names of the files, in order.
    var fileNames: [String] { contents.withLock { $0.names.keys.sorted() } }

    func bytes(of name: String) -> [UInt8] {
        contents.withLock { contents in
            contents.names[name].flatMap { contents.files[$0]?.bytes } ?? []
        }
    }

    /// What goes wrong from now on; calls are counted from the start of the process.
    func replacePlan(_ plan: FaultPlan) { contents.withLock { $0.plan = plan } }

    /// How much room there is for all files together.
    func limit(to bytes: Int?) { contents.withLock { $0.capacityBytes = bytes } }

    /// Changes a file behind everybody's back, as a failing medium or a stranger would.
    func overwrite(_ name: String, _ change: (inout [UInt8]) -> Void) {
        contents.withLock { contents in
            guard let number = contents.names[name] else { return }
            contents.files[number]?.overwrite(change)
        }
    }

    /// Flips one bit of a file's durable bytes.
    func flipBit(of name: String, at bit: Int) {
        overwrite(name) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
    }

    /// Removes a file behind everybody's back.
    func lose(_ name: String) { contents.withLock { $0.lose(name) } }

    /// The disk when the process has died and the system goes on: what was written is there to be
    /// read, and what was not synced is still not durable.
    func afterKill(_ plan: FaultPlan = FaultPlan()) -> SimulatedDisk {
        SimulatedDisk(now.nextLife(plan))
    }

    /// The disk as the next start finds it.
    func afterPowerCut(seed: UInt64, _ plan: FaultPlan = FaultPlan()) -> SimulatedDisk {
        var choices = Choices(seed: seed)
        return SimulatedDisk(now.afterPowerCut(&choices, plan))
    }
}

// MARK: - The calls of a disk

extension SimulatedDisk {
    func lock() throws(DiskError) -> LockOutcome {
        try locked { (contents) throws(DiskError) in try contents.look(.lock, "lock") }
        return .taken
    }

    func names() throws(DiskError) -> [String] {
        try locked { (contents) throws(DiskError) in
            try contents.look(.list, ".")
            return contents.names.keys.sorted()
        }
    }

    func open(_ name: String) throws(DiskError) -> DiskFile {
        try locked { (contents) throws(DiskError) in try contents.open(name) }
    }

    func size(of file: DiskFile) throws(DiskError) -> UInt64 {
        try locked { (contents) throws(DiskError) in
            try contents.look(.size, file.name)
            return UInt64(contents.files[file.number]?.bytes.count ?? 0)
        }
    }

    func read(_ file: DiskFile, at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        try locked { (contents) throws(DiskError) in
            try contents.look(.read, file.name)
            let bytes = contents.files[file.number]?.bytes ?? []
            let start = Int(min(offset, UInt64(bytes.count)))
            return Array(bytes[start..<min(bytes.count, start + count)])
        }
    }

    func create(_ name: String) throws(DiskError) -> DiskFile {
        try change { (contents) throws(DiskError) in try contents.create(name) }
    }

    func write(_ file: DiskFile, at offset: UInt64, _ bytes: [UInt8]) throws(DiskError) {
        try change { (contents) throws(DiskError) in
            try contents.write(file, at: Int(offset), bytes)
        }
    }

    func sync(_ file: DiskFile) throws(DiskError) {
        try change { (contents) throws(DiskError) in try contents.beginSync(file) }
        contents.withLock { $0.endSync(file) }
    }

    func close(_ file: DiskFile) {}

    func rename(_ name: String, to newName: String) throws(DiskError) {
        try change { (contents) throws(DiskError) in try contents.rename(name, newName) }
    }

    func remove(_ name: String) throws(DiskError) {
        try change { (contents) throws(DiskError) in try contents.remove(name) }
    }

    func syncDirectory() throws(DiskError) {
        try change { (contents) throws(DiskError) in try contents.beginDirectorySync() }
        contents.withLock { $0.endDirectorySync() }
    }

    private func change<Value: Sendable>(
        _ body: (inout Contents) throws(DiskError) -> Value
    ) throws(DiskError) -> Value {
        interlude?()
        let value = try locked(body)
        if let observer { observer(now) }
        return value
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
