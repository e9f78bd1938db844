import ArgumentParser

/// Errors at every call of every scenario.
struct FailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fail",
        abstract: "Lets every call of \(Scenario.all.count) scenarios fail, once and for ever.",
        discussion: "The seed decides what a failed sync and a power cut leave.")

    @OptionGroup var seeds: SeedOptions

    @Option(help: "Only the scenario of this number, from 0.")
    var scenario: Int?

    func validate() throws {
        guard scenario.map(Scenario.all.indices.contains) ?? true else {
            throw ValidationError("--scenario is from 0 to \(Scenario.all.count - 1).")
        }
    }

    func run() throws {
        var campaign = FailCampaign()
        let range = seeds.range(most: 1)
        for seed in range {
            for number in Scenario.all.indices where number == scenario ?? number {
                campaign.run(Scenario.all[number], seed: seed)
            }
            print("seed \(seed + 1): \(campaign.tally.errorCount)")
        }
        try campaign.tally.report(
            "seeds \(range.lowerBound)..<\(range.upperBound), \(Scenario.all.count) scenarios: "
                + "\(campaign.tally.errorCount) errors")
    }
}
