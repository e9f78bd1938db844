/// One directory of files, as much of it as the store needs. The only seam through which bytes
/// become durable: `PosixDisk` is real, the simulator's disk can be crashed.
///
/// All calls block. What a conformer promises is what POSIX promises, and no more: after
/// `sync(_:)` the bytes that were written before it last, after `syncDirectory()` the names.
/// Until then any part of them may or may not survive a power cut.
package protocol Disk: Sendable {
    /// Takes the directory for this process, or says at once who has it.
    func lock() throws(DiskError) -> LockOutcome

    /// The names of the files in the directory, in no order.
    func names() throws(DiskError) -> [String]

    /// Opens a file to read it; the system's cache of it is dropped where it can be.
    func open(_ name: String) throws(DiskError) -> DiskFile

    /// Makes a file that did not exist, to write and read it.
    func create(_ name: String) throws(DiskError) -> DiskFile

    func size(of file: DiskFile) throws(DiskError) -> UInt64

    /// Reads up to `count` bytes; fewer only at the end of the file.
    func read(_ file: DiskFile, at offset: UInt64, count: Int) throws(DiskError) -> [UInt8]

    /// Writes all bytes, or throws with any part of them written.
    func write(_ file: DiskFile, at offset: UInt64, _ bytes: [UInt8]) throws(DiskError)

    /// Makes the bytes and the size of the file durable.
    func sync(_ file: DiskFile) throws(DiskError)

    func close(_ file: DiskFile)

    /// Gives a file another name, and ends a file that had that name, in one step.
    func rename(_ name: String, to newName: String) throws(DiskError)

    func remove(_ name: String) throws(DiskError)

    /// Makes the creations, renamings and removals so far durable.
    func syncDirectory() throws(DiskError)
}

/// An open file: a number that only its disk can read, and its name when it was opened.
package struct DiskFile: Sendable, Hashable {
    package let number: Int32
    package let name: String

    package init(number: Int32, name: String) {
        self.number = number
        self.name = name
    }
}

/// What came of the attempt to take a directory.
package enum LockOutcome: Sendable, Hashable {
    case taken
    /// Another process has it; 0 if it did not say which.
    case held(pid: Int32)
}

/// A call that failed: which, on what, and the system's number for why (errno(3)).
package struct DiskError: Error, Sendable, Hashable {
    package enum Operation: String, Sendable, Hashable, CaseIterable {
        case lock, list, open, create, size, read, write, sync, rename, remove
        case syncDirectory = "sync the directory of"
    }

    package let operation: Operation
    package let file: String
    package let code: Int32

    package init(_ operation: Operation, _ file: String, code: Int32) {
        self.operation = operation
        self.file = file
        self.code = code
    }
}
