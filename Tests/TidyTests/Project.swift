import Foundation

/// The text files of this package as they lie on disk: all that is not hidden or generated, and
/// `.ci`.
struct Project: Sendable {
    /// Relative to the package, e.g. `Sources/IPAM/Model/Labels.swift`, in ascending order.
    let files: [SourceFile]
    /// Names right below the package folder, without those that begin with a dot.
    let topLevel: [String]

    /// This package, read once. The path of this very file says where it is.
    static let this: Result<Project, any Error> = Result {
        try Project(
            root: URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent())
    }

    private init(root: URL) throws {
        let manager = FileManager.default
        topLevel = try manager.contentsOfDirectory(atPath: root.path)
            .filter { !$0.hasPrefix(".") }.sorted()
        var files: [SourceFile] = []
        for name in topLevel + [".ci"] {
            let entry = root.appending(path: name).path
            let paths =
                isFolder(entry)
                ? try manager.subpathsOfDirectory(atPath: entry).map { "\(name)/\($0)" } : [name]
            for path in paths where !path.contains("/.") && !path.contains("__pycache__/") {
                guard let bytes = manager.contents(atPath: root.appending(path: path).path),
                    let text = String(bytes: bytes, encoding: .utf8)
                else { continue }
                files.append(SourceFile(path, text))
            }
        }
        self.files = files.sorted { $0.path < $1.path }

        func isFolder(_ path: String) -> Bool {
            var isFolder: ObjCBool = false
            return manager.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        }
    }
}

/// One text file: as written, and for Swift also with everything but code blanked out.
struct SourceFile: Sendable {
    let path: String
    let lines: [String]
    /// The code of a Swift file, line by line; empty for other files.
    let code: [String]

    init(_ path: String, _ text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code =
            path.hasSuffix(".swift")
            ? SwiftCode.without(proseOf: text)
                .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            : []
    }

    /// The name of the target folder: `IPAM` of `Sources/IPAM/Model/Labels.swift`.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    var isSwiftSource: Bool { target != nil && path.hasSuffix(".swift") }

    /// A reason stands beside the line or right above it, attributes in between allowed.
    func isArgued(at index: Int) -> Bool {
        if lines[index].contains("//") { return true }
        guard index > 0 else { return false }
        let above = lines[index - 1].drop { $0 == " " }
        return above.hasPrefix("//") || (above.hasPrefix("@") && isArgued(at: index - 1))
    }
}

/// One breach of a house rule, printed as compilers print theirs, so that editors can jump to it.
struct Finding: Hashable, Sendable, CustomStringConvertible {
    let path: String
    /// Counted from 1.
    let line: Int
    let rule: String

    var description: String { "\(path):\(line): \(rule)" }
}
