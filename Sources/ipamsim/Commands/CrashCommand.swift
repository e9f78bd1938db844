import ArgumentParser

/// Power cuts and kills at every call to the disk.
struct CrashCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "Cuts workloads off at every call to the disk, up to three times in a row.")

    @OptionGroup var seeds: SeedOptions

    @Option(help: "End with the seed that completes so many crash points.")
    var points: Int?

    @Flag(help: "The fixed scenario, with what is drawn by each seed.")
    var fixed = false

    func run() throws {
        var campaign = CrashCampaign()
        let range = seeds.range(most: points == nil ? 100 : .max / 2)
        var next = range.lowerBound
        while next < range.upperBound, campaign.tally.crashCount < points ?? .max {
            if fixed { campaign.runFixed(seed: next) } else { campaign.runRandom(seed: next) }
            next += 1
            if next.isMultiple(of: 1000) { print("seed \(next): \(campaign.tally.crashCount)") }
        }
        try campaign.tally.report(
            "seeds \(range.lowerBound)..<\(next): \(campaign.tally.crashCount) crash points")
    }
}
