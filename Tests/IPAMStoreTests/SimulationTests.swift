import Testing

@testable import ipamsim

/// A proportionate part of what `ipamsim` does; its commands do the rest.
@Suite struct SimulationTests {
    @Test func `a power cut at any call loses nothing that was acknowledged`() {
        var campaign = CrashCampaign()
        for seed in 1..<4 { campaign.runFixed(seed: UInt64(seed)) }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 1000)
    }

    @Test func `random workloads of several clients survive up to three crashes in a row`() {
        var campaign = CrashCampaign()
        for seed in 1..<13 { campaign.runRandom(seed: UInt64(seed)) }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 4000)
    }

    @Test func `short sequences survive every end of every call`() {
        var campaign = SmallCampaign()
        for number in stride(from: 1, to: SmallCampaign.cases.count, by: 83) {
            campaign.run(number, wholeRecoveryPart: 500)
        }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 3000)
    }

    @Test(arguments: Scenario.all.indices)
    func `an error at any call loses nothing that was acknowledged`(number: Int) {
        var campaign = FailCampaign()
        campaign.run(Scenario.all[number], seed: 1, part: 8)
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.errorCount > 20)
    }

    @Test func `rot is harmless, made up for or refused, and never believed`() {
        var campaign = RotCampaign()
        for seed in 1..<400 {
            var choices = Choices(seed: UInt64(seed))
            campaign.flip(choices.choose(campaign.bitCount))
        }
        #expect(campaign.tally.findings == [])
        #expect(campaign.bitCount > 8 * 65_536)
        for outcome in [RotCampaign.Outcome.harmless, .repaired, .refused] {
            #expect(campaign.counts[outcome, default: 0] > 0)
        }
    }
}
