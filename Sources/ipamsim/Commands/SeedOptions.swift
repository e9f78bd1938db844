import ArgumentParser

/// Which runs: one seed, some from a seed on, or a range. Each prints the seed that comes next, so
/// that a long run is resumed with `--from`.
struct SeedOptions: ParsableArguments {
    @Option(help: "The first seed.")
    var seed: UInt64?

    @Option(help: "How many seeds.")
    var count: UInt64?

    @Option(help: "The first seed of a range, instead of --seed.")
    var from: UInt64?

    @Option(help: "The seed behind the last one of a range, instead of --count.")
    var to: UInt64?

    func validate() throws {
        guard to == nil || count == nil else {
            throw ValidationError("--to and --count say the same: give one of them.")
        }
        guard (from ?? seed ?? 0) <= (to ?? .max) else {
            throw ValidationError("--to is behind --from.")
        }
    }

    /// The seeds; `most` of them from `first` on unless the user says otherwise.
    func range(first usual: UInt64 = 1, most: UInt64) -> Range<UInt64> {
        let first = from ?? seed ?? usual
        return first..<max(first, to ?? first + (count ?? most))
    }
}

extension Tally {
    /// Prints what was done and found; findings are a failure.
    func report(_ what: String) throws {
        print("\(what): \(findingCount) findings")
        for finding in findings.prefix(20) { print(finding) }
        if findingCount > 0 { throw ExitCode.failure }
    }
}
