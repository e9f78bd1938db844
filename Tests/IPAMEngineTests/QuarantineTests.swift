import IPAM
import IPAMEngine
import Testing

/// A restored state gives nothing new before it is reconciled.
@Suite struct QuarantineTests {
    private func restored() -> ScenarioRun {
        var run = ScenarioRun()
        for line in ["root pods 10.0.0.0/24", "request known length 26 from pods"] {
            _ = run.perform(line.words)
        }
        run.state.isQuarantined = true
        return run
    }

    @Test func `what is known answers, what is held can be asked for, nothing else`() {
        var run = restored()
        #expect(run.perform("request known length 26 from pods".words) == "10.0.0.0/26")
        #expect(run.perform("request new length 26 from pods".words) == "quarantined")
        #expect(
            run.perform("request mine prefix 10.0.0.64/26 from pods".words) == "10.0.0.64/26")
        #expect(run.perform("request other prefix 10.0.0.64/27 from pods".words) == "no_room")
        #expect(run.perform("claim waits family IPv4 length 28 from pods".words) == "Quarantined")
        #expect(run.perform("release known".words) == "released")
        #expect(run.perform("show prefixallocation/waits".words) == "Quarantined")
        #expect(run.state.violations() == [])
    }

    @Test func `its end serves those who wait, and is remembered as a change`() throws {
        var run = restored()
        _ = run.perform("claim waits family IPv4 length 28 from pods".words)
        #expect(run.perform("request late length 28 from pods wait 1000".words) == "waits")
        let lsn = run.state.lsn
        let decision = try run.execute(.reconcile(.init()))
        #expect(decision.consequences.endsQuarantine)
        #expect(run.state.lsn == lsn + 1)
        #expect(run.perform("show prefixallocation/waits".words) == "10.0.0.64/28")
        #expect(run.perform("told late".words) == "10.0.0.80/28")
        #expect(!(try run.execute(.reconcile(.init())).consequences.endsQuarantine))
    }

    @Test func `a dry run ends nothing, and only an administrator can`() throws {
        var run = restored()
        _ = try run.execute(.reconcile(.init(isDryRun: true)))
        #expect(run.state.isQuarantined)
        run.caller = Caller(uid: 1000, gid: 0, pid: 1, role: .agent)
        #expect(throws: Refusal.self) { try run.execute(.reconcile(.init())) }
        #expect(run.state.isQuarantined)
    }
}
