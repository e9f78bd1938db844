internal import IPAMStore
internal import Synchronization

/// A directory in memory that nothing happens to.
final class MemoryDisk: Disk {
    private struct Contents {
        var names: [String: Int32] = [:]
        var files: [Int32: [UInt8]] = [:]
    }

    /// A disk is used by several threads of a daemon, hence the lock.
    private let contents: Mutex<Contents>

    /// ENOENT and EEXIST of errno(3).
    private static let absent: Int32 = 2
    private static let present: Int32 = 17

    init(_ files: [String: [UInt8]]) {
        var contents = Contents()
        for (number, file) in files.enumerated() {
            contents.names[file.key] = Int32(number)
            contents.files[Int32(number)] = file.value
        }
        self.contents = Mutex(contents)
    }

    /// What lies in the directory now.
    var files: [String: [UInt8]] {
        contents.withLock { contents in
            contents.names.mapValues { contents.files[$0] ?? [] }
        }
    }

    func lock() throws(DiskError) -> LockOutcome { .taken }

    func names() throws(DiskError) -> [String] { contents.withLock { Array($0.names.keys) } }

    func open(_ name: String) throws(DiskError) -> DiskFile {
        guard let number = contents.withLock({ $0.names[name] }) else {
            throw DiskError(.open, name, code: Self.absent)
        }
        return DiskFile(number: number, name: name)
    }

    func create(_ name: String) throws(DiskError) -> DiskFile {
        let number: Int32? = contents.withLock { contents in
            guard contents.names[name] == nil else { return nil }
            let number = (contents.files.keys.max() ?? 0) + 1
            contents.names[name] = number
            contents.files[number] = []
            return number
        }
        guard let number else { throw DiskError(.create, name, code: Self.present) }
        return DiskFile(number: number, name: name)
    }

    func size(of file: DiskFile) throws(DiskError) -> UInt64 {
        contents.withLock { UInt64($0.files[file.number]?.count ?? 0) }
    }

    func read(_ file: DiskFile, at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        contents.withLock { contents in
            guard let bytes = contents.files[file.number] else { return [] }
            let start = Int(min(offset, UInt64(bytes.count)))
            return Array(bytes[start...].prefix(count))
        }
    }

    func write(_ file: DiskFile, at offset: UInt64, _ bytes: [UInt8]) throws(DiskError) {
        contents.withLock { contents in
            let start = Int(offset)
            let missing = start + bytes.count - (contents.files[file.number]?.count ?? 0)
            if missing > 0 {
                let zeros = [UInt8](repeating: 0, count: missing)
                contents.files[file.number]?.append(contentsOf: zeros)
            }
            contents.files[file.number]?.replaceSubrange(start..<start + bytes.count, with: bytes)
        }
    }

    func sync(_ file: DiskFile) throws(DiskError) {}

    func close(_ file: DiskFile) {}

    func rename(_ name: String, to newName: String) throws(DiskError) {
        let isDone = contents.withLock { contents in
            guard let number = contents.names.removeValue(forKey: name) else { return false }
            if let old = contents.names.updateValue(number, forKey: newName) {
                contents.files[old] = nil
            }
            return true
        }
        guard isDone else { throw DiskError(.rename, name, code: Self.absent) }
    }

    func remove(_ name: String) throws(DiskError) {
        let isDone = contents.withLock { contents in
            guard let number = contents.names.removeValue(forKey: name) else { return false }
            contents.files[number] = nil
            return true
        }
        guard isDone else { throw DiskError(.remove, name, code: Self.absent) }
    }

    func syncDirectory() throws(DiskError) {}
}
