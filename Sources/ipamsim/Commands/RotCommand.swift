import ArgumentParser

/// Flipped bits, and sectors and files that are wrong or gone.
struct RotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rot",
        abstract: "Flips bits of state directories one at a time, and starts on each.",
        discussion: """
            Each seed draws a bit; with --all the seeds are the bits themselves, from 0. A finding \
            names the bit: --all --seed BIT --count 1 runs it again.
            """)

    @OptionGroup var seeds: SeedOptions

    @Flag(help: "Every bit instead of drawn ones.")
    var all = false

    @Flag(help: "Every sector and every file as well: wrong, cut off, gone.")
    var sectors = false

    @Flag(help: "Bits of what random histories leave for each of their starts.")
    var lived = false

    func validate() throws {
        guard !lived || !(all || sectors) else {
            throw ValidationError("--lived goes with neither --all nor --sectors.")
        }
    }

    func run() throws {
        if lived { return try runLived() }
        var campaign = RotCampaign()
        let bitCount = UInt64(campaign.bitCount)
        var range = seeds.range(first: all ? 0 : 1, most: all ? bitCount : 20_000)
        if all { range = range.clamped(to: 0..<bitCount) }
        if sectors { campaign.damageSectorsAndFiles() }
        for seed in range {
            var choices = Choices(seed: seed)
            campaign.flip(all ? Int(seed) : choices.choose(campaign.bitCount))
            if (seed + 1).isMultiple(of: 50_000) { print("seed \(seed + 1)") }
        }
        for image in campaign.images {
            print("image \(image.name): \(image.bitCount) bits in \(image.files.count) files")
        }
        let outcomes = RotCampaign.Outcome.allCases.map { "\(campaign.counts[$0] ?? 0) \($0)" }
        try campaign.tally.report(
            "seeds \(range.lowerBound)..<\(range.upperBound) of \(bitCount) bits: "
                + "\(campaign.tally.damageCount) damages, \(outcomes.joined(separator: ", "))")
    }

    private func runLived() throws {
        var campaign = LivedRotCampaign()
        let range = seeds.range(most: 1000)
        for seed in range { campaign.run(seed: seed) }
        for replay in campaign.unrepairedReplays.prefix(3) { print("unrepaired: \(replay)") }
        try campaign.tally.report(
            "seeds \(range.lowerBound)..<\(range.upperBound): "
                + "\(campaign.tally.damageCount) damages, \(campaign.servedCount) served, "
                + "\(campaign.refusedCount) refused (\(campaign.unrepairedCount) by the newest "
                + "checkpoint alone), \(campaign.tornAwayCount) tornAway")
    }
}
