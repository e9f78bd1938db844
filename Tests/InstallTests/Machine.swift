import Foundation
import Testing

/// What the tests of this folder ask of the machine: its tools, the sources, a folder to write to.
enum Machine {
    /// The folder of Package.swift. The path of this very file says where it is.
    static let sources = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func text(of path: String) throws -> String {
        try String(contentsOf: sources.appending(path: path), encoding: .utf8)
    }

    /// Where the programs of this package lie, beside the test bundle.
    static var programs: String {
        get throws {
            let bundle = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe")
            return URL(fileURLWithPath: bundle).deletingLastPathComponent().path
        }
    }

    static func has(_ tool: String) -> Bool {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].contains {
            FileManager.default.isExecutableFile(atPath: $0 + tool)
        }
    }

    /// Runs a command in the folder of the sources, for at most two minutes.
    static func run(_ words: String...) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "120"] + words
        process.currentDirectoryURL = sources
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, text: String(decoding: said, as: UTF8.self))
    }

    struct Outcome {
        let status: Int32
        /// Standard output and standard error.
        let text: String
    }
}

/// A folder of one test, which goes with it.
final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/ipamd-install.XXXXXX".utf8CString)
        path = try String(cString: #require(mkdtemp(&template)))
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("\(path) is left behind: \(error)")
        }
    }

    /// Files below it, without folders.
    var files: Set<String> {
        get throws {
            Set(
                try FileManager.default.subpathsOfDirectory(atPath: path).filter {
                    var isFolder: ObjCBool = false
                    let isThere = FileManager.default.fileExists(
                        atPath: path + "/" + $0, isDirectory: &isFolder)
                    return isThere && !isFolder.boolValue
                })
        }
    }

    func write(_ text: String, to name: String) throws {
        let file = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func text(of name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }
}
