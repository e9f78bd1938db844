import Foundation
import Testing

/// The checkers of `proto-spec`, which know nothing of this code.
@Suite struct CheckerTests {
    @Test(.timeLimit(.minutes(1)), arguments: ["check.py", "check_client.py"])
    func `document, registry, vectors and client agree`(script: String) throws {
        let output = Pipe()
        let checker = Process()
        checker.executableURL = URL(filePath: "/usr/bin/env")
        checker.arguments = ["python3", "-B", script]
        checker.currentDirectoryURL = Specification.folder
        checker.standardOutput = output
        checker.standardError = output
        try checker.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        checker.waitUntilExit()
        #expect(checker.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
    }
}
