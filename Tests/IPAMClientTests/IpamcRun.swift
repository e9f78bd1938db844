import Foundation

/// What a run of the real `ipamc` came to.
struct Run {
    let status: Int32
    let output: String
    let errors: String
}

/// Runs the `ipamc` that was built beside these tests.
///
/// `meanwhile` is done while it runs.
func ipamc(
    _ arguments: [String], socket: String = "/nowhere/s", input: String = "",
    meanwhile: (Process) throws -> Void = { _ in }
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
    try meanwhile(process)
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    let errors = stderr.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Run(
        status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
        errors: String(decoding: errors, as: UTF8.self))
}
