import Testing

@testable import ipamsim

@Suite struct SimulationTests {
    @Test func `a power cut at any call loses nothing that was acknowledged`() {
        var campaign = Campaign()
        campaign.cutEverywhere(seeds: 1..<4, depth: 3)
        #expect(campaign.findings == [])
        #expect(campaign.powerCutCount > 500)
    }

    @Test func `random workloads survive up to three power cuts`() {
        var campaign = Campaign()
        campaign.cutAtRandom(seeds: 1..<200)
        #expect(campaign.findings == [])
    }
}
