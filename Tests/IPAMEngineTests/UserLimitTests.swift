import IPAM
import IPAMEngine
import Testing

/// How many allocations an agent may have.
@Suite struct UserLimitTests {
    private let agent = Caller(uid: 1000, gid: 1, pid: 1, role: .agent)

    /// An agent with two allocations, which is all that it may have.
    private func full() throws -> ScenarioRun {
        var run = ScenarioRun()
        _ = run.perform("root pods 10.0.0.0/24".words)
        run.state.allocationsPerUserMax = 2
        run.caller = agent
        #expect(run.perform("request a length 28 from pods".words) == "10.0.0.0/28")
        #expect(run.perform("request b length 28 from pods".words) == "10.0.0.16/28")
        return run
    }

    @Test func `one more is refused, the same again is answered`() throws {
        var run = try full()
        #expect(run.perform("request c length 28 from pods".words) == "user_limit")
        #expect(run.perform("request b length 28 from pods".words) == "10.0.0.16/28")
        #expect(run.perform("release a".words) == "released")
        #expect(run.perform("request c length 28 from pods".words) == "10.0.0.0/28")
    }

    @Test func `a child Prefix counts, and a wait does not get around it`() throws {
        var run = try full()
        let child = Command.Request(name: "d", prefixLength: 28, parent: "pods", asPrefix: true)
        let waiting = Command.Request(
            name: "e", prefixLength: 28, parent: "pods", waitMilliseconds: 1000)
        for request in [child, waiting] {
            #expect(throws: Refusal.self) { try run.execute(.request(request)) }
        }
    }

    @Test func `an exchange in one batch stays within it`() throws {
        var run = try full()
        let batch = Command.Batch(parts: [
            .release(.init(names: ["a"])),
            .request(.init(name: "c", prefixLength: 28, parent: "pods")),
        ])
        #expect(try run.execute(.batch(batch)).outcome.reply != nil)
        #expect(run.perform("request d length 28 from pods".words) == "user_limit")
        #expect(run.state.violations() == [])
    }

    @Test func `others are not concerned, and administrators never`() throws {
        var run = try full()
        run.caller = Caller(uid: 1001, gid: 1, pid: 1, role: .agent)
        #expect(run.perform("request x length 28 from pods".words) == "10.0.0.32/28")
        run.caller = Caller(uid: 1000, gid: 1, pid: 1, role: .administrator)
        #expect(run.perform("request y length 28 from pods".words) == "10.0.0.48/28")
    }
}
