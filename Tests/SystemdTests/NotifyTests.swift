import Glibc
import Testing

@testable import Systemd

@Suite struct `Notifications` {
    @Test func `each fact is the assignment that systemd documents`() {
        #expect(Notify.Fact.ready.assignment == "READY=1")
        #expect(Notify.Fact.stopping.assignment == "STOPPING=1")
        #expect(Notify.Fact.watchdog.assignment == "WATCHDOG=1")
        #expect(Notify.Fact.status("12 prefixes").assignment == "STATUS=12 prefixes")
    }

    @Test func `a status cannot smuggle in another assignment`() {
        let status = Notify.Fact.status("fine\nSTOPPING=1\r\nREADY=1")
        #expect(status.assignment == "STATUS=fine STOPPING=1 READY=1")
    }

    @Test func `without a service manager nobody is told and nothing fails`() {
        #expect(!Notify.send(.ready, .status("alone")))
        #expect(Watchdog.timeout() == nil)
    }

    /// Exit tests run in processes of their own: the environment may be changed there.
    @Test func `all facts of a call arrive as one notification`() async {
        await #expect(processExitsWith: .success) {
            let address = "@ipamd-notify-test-\(getpid())"
            let receiver = try #require(TestSocket(boundTo: address, type: SOCK_DGRAM))
            setenv("NOTIFY_SOCKET", address, 1)
            try #require(Notify.send(.ready, .status("serving")))
            try #require(receiver.receive() == "READY=1\nSTATUS=serving")
        }
    }

    @Test func `the watchdog's time is the one that systemd asks for`() async {
        await #expect(processExitsWith: .success) {
            setenv("WATCHDOG_USEC", "30000000", 1)
            setenv("WATCHDOG_PID", String(getpid()), 1)
            try #require(Watchdog.timeout() == .seconds(30))
        }
    }
}
