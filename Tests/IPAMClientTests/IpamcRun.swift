import Foundation

/// What a run of the real `ipamc` came to.
struct Run {
    let status: Int32
    let output: String
    let errors: String
}

/// Runs the `ipamc` that was built beside these tests.
///
/// Once its output has the text `enough`, it is interrupted as a person would do it, or nobody
/// reads it any more.
func ipamc(
    _ arguments: [String], socket: String = "/nowhere/s", input: String = "",
    enough: String? = nil, isReaderLeaving: Bool = false
) throws -> Run {
    let directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
    let process = Process()
    process.executableURL = directory.appendingPathComponent("ipamc")
    process.arguments = arguments
    process.environment = ["IPAM_SOCKET": socket, "SWIFT_BACKTRACE": "enable=no"]
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = stderr
    try process.run()
    stdin.fileHandleForWriting.write(Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    var output = Data()
    if let enough {
        while !String(decoding: output, as: UTF8.self).contains(enough) {
            let more = stdout.fileHandleForReading.availableData
            if more.isEmpty { break }
            output += more
        }
        if isReaderLeaving {
            try stdout.fileHandleForReading.close()
        } else {
            process.interrupt()
        }
    }
    if !isReaderLeaving { output += stdout.fileHandleForReading.readDataToEndOfFile() }
    let errors = stderr.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Run(
        status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
        errors: String(decoding: errors, as: UTF8.self))
}
