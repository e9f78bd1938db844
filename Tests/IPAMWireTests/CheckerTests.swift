import Foundation
import Testing

/// The checker of `proto-spec`, which knows nothing of this code.
@Suite struct CheckerTests {
    @Test(.timeLimit(.minutes(1)))
    func `document, registry and vectors agree`() throws {
        let output = Pipe()
        let checker = Process()
        checker.executableURL = URL(filePath: "/usr/bin/env")
        checker.arguments = ["python3", "-B", "check.py"]
        checker.currentDirectoryURL = Specification.folder
        checker.standardOutput = output
        checker.standardError = output
        try checker.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        checker.waitUntilExit()
        #expect(checker.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
    }
}
