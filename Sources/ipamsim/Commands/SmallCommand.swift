import ArgumentParser

/// Every short sequence, every call, every end.
struct SmallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "small",
        abstract: "Cuts every sequence of up to three operations off at every call.",
        discussion: """
            The seeds are the numbers of the cases, from 0; without --count or --to, all of them.
            """)

    @OptionGroup var seeds: SeedOptions

    @Option(help: "Of so many first crashes, one has its whole recovery cut off at every call.")
    var recoveries = 100

    func validate() throws {
        guard recoveries >= 0 else { throw ValidationError("--recoveries is not negative.") }
    }

    func run() throws {
        var campaign = SmallCampaign()
        let all = UInt64(SmallCampaign.cases.count)
        let range = seeds.range(first: 0, most: all).clamped(to: 0..<all)
        for number in range {
            campaign.run(Int(number), wholeRecoveryPart: recoveries)
            if number % 100 == 99 { print("case \(number + 1): \(campaign.tally.crashCount)") }
        }
        try campaign.tally.report(
            "cases \(range.lowerBound)..<\(range.upperBound) of \(all): "
                + "\(campaign.tally.crashCount) crash points")
    }
}
