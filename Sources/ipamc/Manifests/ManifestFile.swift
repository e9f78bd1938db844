internal import Glibc

/// A file of manifests that has been read.
struct ManifestFile {
    /// As the user named it, or `standard input`.
    let name: String
    let text: String
}

/// Why a file cannot be read: `NAME: why`.
struct ManifestFileFault: Error {
    let sentence: String
}

extension ManifestFile {
    /// Reads files, directories (what ends in .yaml, .yml or .json there, sorted by name) and
    /// standard input (`-`), in the order in which they are named.
    static func read(_ names: [String]) throws(ManifestFileFault) -> [ManifestFile] {
        let most = ManifestLimits.bytesMax
        var bytesLeft = most
        var files: [ManifestFile] = []
        for name in names {
            for path in try paths(name) {
                files.append(try ManifestFile(reading: path, bytesLeft: &bytesLeft, most))
            }
        }
        return files
    }

    /// Reads one file of records or requests, or standard input.
    static func readOne(_ name: String) throws(ManifestFileFault) -> ManifestFile {
        let most = ManifestLimits.recordBytesMax
        var bytesLeft = most
        return try ManifestFile(reading: name, bytesLeft: &bytesLeft, most)
    }

    /// The files that a name stands for.
    private static func paths(_ name: String) throws(ManifestFileFault) -> [String] {
        var facts = stat()
        guard name != "-", stat(name, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else {
            return [name]
        }
        guard let directory = opendir(name) else { throw .failed("open", name) }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let file = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if [".yaml", ".yml", ".json"].contains(where: file.hasSuffix) { found.append(file) }
        }
        guard !found.isEmpty else {
            let sentence = "\(name): there is no .yaml, .yml or .json file in this directory"
            throw ManifestFileFault(sentence: sentence)
        }
        let base = name.hasSuffix("/") ? name : name + "/"
        return found.sorted().map { base + $0 }
    }

    private init(
        reading path: String, bytesLeft: inout Int, _ most: Int
    ) throws(ManifestFileFault) {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        let name = path == "-" ? "standard input" : path
        guard descriptor >= 0 else { throw .failed("open", name) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .failed("read", name) }
            if count == 0 { break }
            bytesLeft -= count
            guard bytesLeft >= 0 else {
                throw ManifestFileFault(
                    sentence: "\(name): there are more than \(most >> 20) MiB")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
        // The byte order mark that some editors write is no part of the text.
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: text, as: UTF8.self) else {
            throw ManifestFileFault(sentence: "\(name): the text is no UTF-8")
        }
        self.init(name: name, text: text)
    }
}

extension ManifestFileFault {
    /// After a call to the system that failed: what was tried, and `errno` in words.
    fileprivate static func failed(_ verb: String, _ name: String) -> ManifestFileFault {
        let why = String(cString: strerror(errno))
        return ManifestFileFault(sentence: "\(name): cannot \(verb) it: \(why)")
    }
}
