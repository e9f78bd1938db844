import Testing

@testable import ipamsim

@Suite struct SimulationTests {
    @Test func `a power cut at any call loses nothing that was acknowledged`() {
        var campaign = Campaign()
        campaign.cutEverywhere(seeds: 1..<3, depth: 3)
        #expect(campaign.findings == [])
        #expect(campaign.powerCutCount > 500)
    }

    @Test func `random workloads survive up to three power cuts`() {
        var campaign = Campaign()
        campaign.cutAtRandom(seeds: 1..<150)
        #expect(campaign.findings == [])
    }

    @Test func `an error at any call loses nothing that was acknowledged`() {
        var campaign = Campaign()
        campaign.failEverywhere(seed: 1)
        #expect(campaign.findings == [])
        #expect(campaign.errorCount > 400)
    }
}
