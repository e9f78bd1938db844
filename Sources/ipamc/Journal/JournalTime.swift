internal import ArgumentParser

/// A moment on the command line, as journalctl(1) takes it: `yesterday`, `2026-11-20 10:00`; and
/// as this program writes times itself: `30m` is that long ago, `2026-11-20T10:00:00Z` is UTC.
struct JournalTime: ExpressibleByArgument, Equatable {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        if let span = TimeSpan(argument: argument) {
            text = "\(max(1, span.milliseconds / 1000)) seconds ago"
        } else if let parts = argument.wholeMatch(of: /(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z/) {
            text = "\(parts.output.1) \(parts.output.2) UTC"
        } else {
            text = argument
        }
    }
}
