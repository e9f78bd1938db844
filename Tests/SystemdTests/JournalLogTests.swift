import Testing

@testable import Systemd

@Suite struct `The journal` {
    @Test func `severities are those of syslog, the worst first`() {
        #expect(JournalLog.Priority.allCases.map(\.rawValue) == Array(0...7))
        #expect(JournalLog.Priority.error < .info)
    }

    @Test func `an entry is handed over, or lost without a trace where no journald is`() {
        let entry = [
            JournalLog.Field("MESSAGE", "ipamd test entry\nwith two lines"),
            JournalLog.Field("PRIORITY", "7"),
        ]
        #expect(JournalLog.send(entry))
    }
}
