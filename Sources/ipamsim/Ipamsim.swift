import ArgumentParser

/// Runs the store and the engine of the daemon on a disk that fails, and says what went wrong.
@main
struct Ipamsim: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulates power cuts and disk errors, and looks for what they lost; and "
            + "compares the engine with a simple model.",
        subcommands: [Crash.self, Fail.self, ModelCommand.self])

    /// Power cuts.
    struct Crash: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cuts the fixed scenario off at every call, then random ones at random calls."
        )

        @Option(help: "The first seed.")
        var seed: UInt64 = 1

        @Option(help: "How many seeds.")
        var count: UInt64 = 100

        @Option(help: "Power cuts in a row, from 1 to 3.")
        var depth = 3

        @Flag(help: "Random scenarios alone.")
        var random = false

        func validate() throws {
            guard (1...3).contains(depth) else {
                throw ValidationError("--depth is 1, 2 or 3.")
            }
        }

        func run() throws {
            var campaign = Campaign()
            let seeds = seed..<(seed &+ count)
            if !random { campaign.cutEverywhere(seeds: seeds, depth: depth) }
            campaign.cutAtRandom(seeds: seeds)
            try campaign.report()
        }
    }

    /// Errors.
    struct Fail: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets every call of the fixed scenario fail, once and for ever.")

        @Option(help: "The seed of what survives afterwards.")
        var seed: UInt64 = 1

        func run() throws {
            var campaign = Campaign()
            campaign.failEverywhere(seed: seed)
            try campaign.report()
        }
    }
}

extension Campaign {
    /// Prints what was done and found; findings are a failure.
    fileprivate func report() throws {
        print("\(powerCutCount) power cuts, \(errorCount) errors, \(findings.count) findings")
        for finding in findings.prefix(20) { print(finding) }
        if !findings.isEmpty { throw ExitCode.failure }
    }
}
