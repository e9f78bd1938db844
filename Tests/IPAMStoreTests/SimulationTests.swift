import Testing

@testable import ipamsim

@Suite struct SimulationTests {
    @Test func `a power cut at any call loses nothing that was acknowledged`() {
        var campaign = CrashCampaign()
        for seed in 1..<6 { campaign.runFixed(seed: UInt64(seed)) }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 1000)
    }

    @Test func `random workloads of several clients survive up to three crashes in a row`() {
        var campaign = CrashCampaign()
        for seed in 1..<20 { campaign.runRandom(seed: UInt64(seed)) }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 4000)
    }

    @Test func `every sequence of two operations survives every end of every call`() {
        var campaign = SmallCampaign()
        // The numbers of two operations end with 181; every fifth is left to `ipamsim small`.
        for number in stride(from: 0, to: 182, by: 5) {
            campaign.run(number, wholeRecoveryPart: 500)
        }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 4000)
    }
}
