import Foundation
import Testing

/// Outputs that are kept as files in `Golden`, to be looked at as a user sees them.
///
/// `IPAMC_WRITE_GOLDEN=1 swift test --filter ipamcTests` writes them anew; the tests fail then,
/// so that nobody takes that for a proof.
enum Golden {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    static func expect(
        _ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["IPAMC_WRITE_GOLDEN"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("\(name) is written anew", sourceLocation: sourceLocation)
            return
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        #expect(text == kept, "\(name) is another one now", sourceLocation: sourceLocation)
    }
}
