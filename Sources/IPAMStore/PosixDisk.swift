import Glibc
import Synchronization

/// A directory of a real file system.
///
/// Files are opened relative to the directory's descriptor, never through a symbolic link, and
/// never as one of the first three descriptors, where a stray message would be written into them.
package final class PosixDisk: Disk {
    private let path: String
    private let directory: Int32
    // The disk is shared by the journal's thread and the checkpointer's, and so must be sendable;
    // a lock that is only taken at start and end costs nothing.
    private let lockFile = Mutex<Int32?>(nil)

    /// Opens the directory, and makes it for its owner alone if it is missing and `isMade`.
    package init(directory path: String, isMade: Bool = true) throws(DiskError) {
        self.path = path
        if isMade, mkdir(path, 0o700) != 0, errno != EEXIST {
            throw DiskError(.create, path, code: errno)
        }
        directory = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory < 0 { throw DiskError(.open, path, code: errno) }
    }

    deinit {
        lockFile.withLock { if let file = $0 { _ = Glibc.close(file) } }
        _ = Glibc.close(directory)
    }

    /// The lock is that of flock(2) on a file: it goes when the process ends however it ends, and
    /// no other descriptor's closing drops it, as one does with record locks (fcntl(2)).
    package func lock() throws(DiskError) -> LockOutcome {
        // A start that found no room tries again, with the lock that it has.
        if lockFile.withLock({ $0 != nil }) { return .taken }
        let name = StoreFile.lock.name
        let file = try descriptor(name, O_RDWR | O_CREAT, .lock)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { _ = Glibc.close(file) }
            guard code == EWOULDBLOCK else { throw DiskError(.lock, name, code: code) }
            return .held(pid: holder(of: file))
        }
        // The number is only there to be named in a message: a full disk must not stop a start.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(file, 0) == 0 { _ = pwrite(file, text, text.count, 0) }
        lockFile.withLock { $0 = file }
        return .taken
    }

    private func holder(of file: Int32) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(file, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (48...57).contains($0) }
        return Int32(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    package func names() throws(DiskError) -> [String] {
        // A descriptor of its own: reading moves the position that all copies of one share.
        let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else {
            throw DiskError(.list, path, code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw DiskError(.list, path, code: errno) }
        return names
    }

    package func open(_ name: String) throws(DiskError) -> DiskFile {
        let file = try descriptor(name, O_RDONLY | O_NONBLOCK, .open)
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = Glibc.close(file)
            throw DiskError(.open, name, code: EINVAL)
        }
        // So that the disk is read, and not what the system believes it has written. Advice: it
        // has no effect that could fail.
        _ = posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        return DiskFile(number: file, name: name)
    }

    package func create(_ name: String) throws(DiskError) -> DiskFile {
        let file = try descriptor(name, O_RDWR | O_CREAT | O_EXCL, .create)
        return DiskFile(number: file, name: name)
    }

    private func descriptor(
        _ name: String, _ flags: Int32, _ operation: DiskError.Operation
    ) throws(DiskError) -> Int32 {
        let file = openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DiskError(operation, name, code: errno) }
        guard file < 3 else { return file }
        let higher = fcntl(file, F_DUPFD_CLOEXEC, 3)
        let code = errno
        _ = Glibc.close(file)
        guard higher >= 3 else { throw DiskError(operation, name, code: code) }
        return higher
    }

    package func size(of file: DiskFile) throws(DiskError) -> UInt64 {
        var status = stat()
        guard fstat(file.number, &status) == 0 else {
            throw DiskError(.size, file.name, code: errno)
        }
        return UInt64(status.st_size)
    }

    package func read(
        _ file: DiskFile, at offset: UInt64, count: Int
    ) throws(DiskError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[filled...])
                let got = pread(
                    file.number, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
                if got == 0 { break }
                if got > 0 {
                    filled += got
                } else if errno != EINTR {
                    code = errno
                    break
                }
            }
        }
        guard code == 0 else { throw DiskError(.read, file.name, code: code) }
        return bytes
    }

    package func write(
        _ file: DiskFile, at offset: UInt64, _ bytes: [UInt8]
    ) throws(DiskError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(
                    file.number, buffer.baseAddress.map { $0 + written }, buffer.count - written,
                    off_t(offset) + off_t(written))
            }
            // What a signal interrupted has not failed; everything else is for good.
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                throw DiskError(.write, file.name, code: count == 0 ? EIO : errno)
            }
        }
    }

    package func sync(_ file: DiskFile) throws(DiskError) {
        guard fdatasync(file.number) == 0 else {
            throw DiskError(.sync, file.name, code: errno)
        }
    }

    package func close(_ file: DiskFile) { _ = Glibc.close(file.number) }

    package func rename(_ name: String, to newName: String) throws(DiskError) {
        guard renameat(directory, name, directory, newName) == 0 else {
            throw DiskError(.rename, name, code: errno)
        }
    }

    package func remove(_ name: String) throws(DiskError) {
        guard unlinkat(directory, name, 0) == 0 else {
            throw DiskError(.remove, name, code: errno)
        }
    }

    package func syncDirectory() throws(DiskError) {
        guard fsync(directory) == 0 else {
            throw DiskError(.syncDirectory, path, code: errno)
        }
    }
}
