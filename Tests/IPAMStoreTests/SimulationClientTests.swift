import IPAM
import IPAMEngine
import IPAMStore
import Testing

@testable import ipamsim

/// What a client was told is what its session made of the bytes that it has received.
@Suite struct SimulationClientTests {
    private func host(isAttentive: Bool) throws -> Host {
        let world = World(clientCount: 2, isAttentive: isAttentive, seed: 1)
        guard case .serving(let host) = Host.start(on: SimulatedDisk(), world) else {
            throw StoreError.locked(pid: 0)
        }
        try host.begin()
        try host.perform(Workload.ask(Workload.root("root", "10.0.0.0/24")))
        try host.perform(.commit)
        return host
    }

    @Test func `an answer is told when its batch is durable and its bytes are there`() throws {
        let host = try host(isAttentive: true)
        try host.perform(Workload.ask(Workload.request("a", 26), by: 1))
        #expect(host.world.clients[1].heldNames == [])
        #expect(host.world.clients[1].toldLSN == 0)
        try host.perform(.commit)
        #expect(host.world.clients[1].heldNames == ["a"])
        #expect(host.world.clients[1].toldLSN == 2)
        #expect(host.takeFaults() == [])
    }

    @Test func `what a client was told and the state has not is a fault`() throws {
        let host = try host(isAttentive: true)
        try host.perform(Workload.ask(Workload.request("a", 26), by: 1))
        try host.perform(.commit)
        let empty = State(incarnation: 7)
        #expect(
            host.world.clients[1].faults(of: empty) == [
                "recovered 0, but a client was told of 2", "a was told 10.0.0.0/26 and has nothing",
            ])
        #expect(host.world.clients[1].faults(of: host.ledger.state) == [])
    }

    @Test func `an answer that was lost leaves a doubt, and asking again gives the same block`()
        throws
    {
        let disk = SimulatedDisk()
        var world = World(clientCount: 2, isAttentive: true, seed: 1)
        guard case .serving(let first) = Host.start(on: disk, world) else { return }
        try first.begin()
        try first.perform(Workload.ask(Workload.root("root", "10.0.0.0/24")))
        try first.perform(Workload.ask(Workload.request("a", 26), by: 1))
        // The commit succeeds, and the daemon dies before its answers leave.
        disk.observer = { _ in world = first.world }
        try first.perform(.commit)
        world.daemonEnded()
        #expect(world.clients[1].unanswered.count == 1)
        #expect(world.clients[1].heldNames == [])
        guard case .serving(let second) = Host.start(on: disk.afterKill(), world) else { return }
        let expected = second.doubtsAndFacts
        #expect(expected.map(\.name) == ["a"])
        try second.begin()
        second.askAgain()
        try second.perform(.commit)
        #expect(second.world.clients[1].heldNames == ["a"])
        #expect(second.world.clients[1].unanswered.isEmpty)
        #expect(second.contradictions(of: expected) == [])
        #expect(second.takeFaults() == [])
    }

    @Test func `a seed does the same twice`() {
        var tallies: [Tally] = []
        for _ in 0..<2 {
            var campaign = CrashCampaign()
            campaign.runRandom(seed: 5)
            tallies.append(campaign.tally)
        }
        #expect(tallies[0].crashCount == tallies[1].crashCount)
        #expect(tallies[0].findings == tallies[1].findings)
    }
}
