import IPAM
import IPAMStore
import Testing

@testable import ipamsim

/// What rot does on top of crashes.
@Suite struct SimulationRotTests {
    private static let populated: [Workload.Step] = [
        Workload.ask(Workload.root("root", "10.0.0.0/24")),
        Workload.ask(Workload.request("a", 28)), .commit,
        Workload.ask(Workload.request("b", 28)), .commit,
    ]

    /// The process dies in the sync of what it writes last; the next start finds that in the
    /// system's cache alone, and begins a generation on it; then the power goes, and takes it.
    private func cachedThenCut(_ last: [Workload.Step]) -> (SimulatedDisk, World) {
        var history = History(World(clientCount: 1, isAttentive: true, seed: 1), seed: 1)
        history.prepare(Self.populated + last + [.kill])
        #expect(history.faults == [])
        // The first of all ways: nothing that was not synced survives.
        var choices = Choices()
        let contents = history.disk.now.afterPowerCut(&choices, FaultPlan())
        return (SimulatedDisk(contents), history.world)
    }

    private static let endings: [[Workload.Step]] = [
        [Workload.ask(Workload.request("x", 28)), .crash(afterCalls: 1, isKill: true), .commit],
        [.crash(afterCalls: 1, isKill: true), .quiet],
    ]

    @Test(arguments: endings.indices)
    func `what only the cache held is safe once a start has answered from it`(ending: Int) {
        let (disk, world) = cachedThenCut(Self.endings[ending])
        guard case .serving(let host) = Host.start(on: disk, world) else {
            Issue.record("No start.")
            return
        }
        #expect(host.world.faults(of: host.ledger.state) == [])
        #expect(host.ledger.lsn == (ending == 0 ? 4 : 3))
    }

    /// Here the older generation is no second copy: its journal lost what the newer one begins
    /// after. The promise is that this is noticed, not that it is made up for; see FORMAT.md, "What
    /// is promised", 3. It lasts from such a start to the next checkpoint.
    @Test(arguments: endings.indices)
    func `rot of the newest checkpoint is refused while the older journal lost its end`(
        ending: Int
    ) {
        let (disk, world) = cachedThenCut(Self.endings[ending])
        disk.flipBit(of: "checkpoint-0000000000000002", at: 8 * 4200)
        guard case .refused(.damaged(let file, let offset, _)) = Host.start(on: disk, world)
        else {
            Issue.record("A start served what it cannot know.")
            return
        }
        // The fault that is named is that of the checkpoint: it is what rotted.
        #expect(file == "checkpoint-0000000000000002")
        #expect(offset == 4096)
        #expect(Store.check(disk).contains { $0.file == "journal-0000000000000001" })
    }

    @Test func `rot on top of crashes is refused, or what is served was decided`() {
        var campaign = LivedRotCampaign()
        for seed in 1..<60 { campaign.run(seed: UInt64(seed)) }
        #expect(campaign.tally.findings == [])
        #expect(campaign.servedCount > 100)
        #expect(campaign.refusedCount > 100)
    }
}
