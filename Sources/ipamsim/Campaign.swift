/// Many simulations, and what they found.
struct Campaign: Sendable {
    private(set) var powerCutCount = 0
    private(set) var errorCount = 0
    private(set) var findings: [String] = []

    /// Cuts the fixed scenario off at every call, with several choices of what survives; with
    /// `depth` 2 also at calls of the recovery that follows.
    mutating func cutEverywhere(seeds: Range<UInt64>, depth: Int) {
        var whole = Simulation(Workload.fixed, seed: 1)
        let callCount = whole.callCountOfWholeRun()
        findings += whole.findings
        for cut in 0..<callCount {
            for seed in seeds {
                run(Workload.fixed, [cut], seed)
                guard depth > 1 else { continue }
                var generator = SeededGenerator(seed: seed &+ UInt64(cut))
                let second = Int(generator.next() % 16)
                let third = Int(generator.next() % 16)
                run(Workload.fixed, depth > 2 ? [cut, second, third] : [cut, second], seed)
            }
        }
    }

    /// Random workloads, cut off at random calls, up to three deep.
    mutating func cutAtRandom(seeds: Range<UInt64>) {
        for seed in seeds {
            var generator = SeededGenerator(seed: seed)
            let workload = Workload.random(&generator, steps: 40)
            let cuts = (0..<1 + Int(generator.next() % 3)).map { _ in Int(generator.next() % 60) }
            run(workload, cuts, seed)
        }
    }

    /// Lets the fixed scenario run into an error at every call, once and for ever, of a broken
    /// and of a full disk; then lets the power go, and starts again.
    mutating func failEverywhere(seed: UInt64) {
        var whole = Simulation(Workload.fixed, seed: 1)
        for failure in 0..<whole.callCountOfWholeRun() {
            for code in FaultPlan.errorCodes {
                for isForEver in [false, true] {
                    let plan = FaultPlan(
                        failureAt: failure, errorCode: code, isForEver: isForEver)
                    var simulation = Simulation(Workload.fixed, seed: seed)
                    simulation.run(into: plan, seed: seed &+ UInt64(failure))
                    errorCount += 1
                    findings += simulation.findings
                }
            }
        }
    }

    private mutating func run(_ workload: [Workload.Step], _ cuts: [Int], _ seed: UInt64) {
        var simulation = Simulation(workload, seed: seed)
        simulation.run(cuts: cuts, seed: seed)
        powerCutCount += simulation.powerCutCount
        findings += simulation.findings
    }
}
