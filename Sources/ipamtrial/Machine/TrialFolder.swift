import Glibc

/// A folder of one trial. It is removed at the end, unless something was found.
final class TrialFolder: Sendable {
    let path: String

    /// Made in `parent`, or else where temporary files are.
    init(in parent: String? = nil) throws(TrialError) {
        let place = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(place)/ipamtrial.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw .call("make a folder in \(place)", errno: errno)
        }
        path = String(cString: made)
    }

    func remove() { Self.remove(path) }

    /// Removes a folder and what is in it, or a file.
    static func remove(_ path: String) {
        for name in names(in: path) {
            let entry = "\(path)/\(name)"
            if unlink(entry) != 0 { remove(entry) }
        }
        rmdir(path)
    }

    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The last bytes of a file, as text.
    static func tail(of path: String, bytes: Int = 64 << 10) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        var buffer = [UInt8](repeating: 0, count: bytes)
        let count = pread(file, &buffer, bytes, max(0, size - off_t(bytes)))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
