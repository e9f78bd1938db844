import IPAM

/// A long seeded run of the engine beside the simple model.
struct ModelRun: Sendable {
    let seed: UInt64
    /// After so many operations everything is compared, and not only what they touched.
    let every: Int
    /// How many parts may differ before the run ends.
    var findingsMax = 1
    private(set) var findings: [ModelFinding] = []
    private(set) var operationCount = 0
    /// Of the events of all parts.
    private(set) var digest: UInt64 = 0
    private(set) var tally = ModelTally()
    /// Both sides after the last operation.
    private(set) var last = ModelPair()

    init(seed: UInt64, every: Int) {
        self.seed = seed
        self.every = every
    }

    /// Performs operations from the first on. With `until` only the part of the run is performed
    /// that has that operation, and that no further: a replay.
    mutating func run(operations: Int, until: Int? = nil) {
        var part: UInt64 = 0
        var first = 1
        while first <= operations, findings.count < findingsMax {
            let plan = ModelPlan(seed: seed, part: part)
            let last = min(first + plan.stepCount - 1, operations)
            if let until {
                if until < first { return }
                if until <= last { run(plan, part, first...until) }
            } else {
                run(plan, part, first...last)
            }
            first += plan.stepCount
            part += 1
        }
    }

    /// Performs one part, which begins with nothing.
    private mutating func run(_ plan: ModelPlan, _ part: UInt64, _ operations: ClosedRange<Int>) {
        var workload = ModelWorkload(plan, seed: seed, part: part)
        var pair = ModelPair()
        pair.isThoroughOften = every == 1
        var steps: [ModelStep] = []
        for operation in operations {
            let step = workload.next(pair.model)
            steps.append(step)
            operationCount += 1
            let isThorough = operation.isMultiple(of: every) || operation == operations.upperBound
            let faults = pair.perform(step, isThorough: isThorough)
            if !faults.isEmpty {
                findings.append(
                    ModelFinding(
                        seed: seed, operation: operation, steps: steps, faults: faults))
                break
            }
        }
        last = pair
        digest = digest &* 31 &+ pair.digest
        tally.add(pair.tally)
    }
}

/// Where the engine and the model differ.
struct ModelFinding: Sendable {
    let seed: UInt64
    let operation: Int
    /// Of the part, up to the one that showed it.
    private(set) var steps: [ModelStep]
    private(set) var faults: [String]

    init(
        seed: UInt64, operation: Int, steps: [ModelStep], faults: [String]
    ) {
        self.seed = seed
        self.operation = operation
        self.steps = steps
        self.faults = faults
    }

    /// Leaves steps out as long as the last one still shows a difference of the same kind, in
    /// larger pieces first; gives up after so many steps in all.
    mutating func shrink(stepsMax: Int = 1_000_000) {
        var left = stepsMax
        var size = max(1, steps.count / 2)
        while true {
            var isSmaller = false
            var start = 0
            while start < steps.count - 1, left > 0 {
                let end = min(start + size, steps.count - 1)
                var fewer = steps
                fewer.removeSubrange(start..<end)
                left -= fewer.count
                if let found = faults(of: fewer), Self.kind(found) == Self.kind(faults) {
                    steps = fewer
                    faults = found
                    isSmaller = true
                } else {
                    start = end
                }
            }
            if left <= 0 || size == 1 && !isSmaller { return }
            size = max(1, size / 2)
        }
    }

    /// What the last of some steps shows, if none before it shows anything.
    private func faults(of steps: [ModelStep]) -> [String]? {
        var pair = ModelPair()
        for (index, step) in steps.enumerated() {
            let isLast = index == steps.count - 1
            let faults = pair.perform(step, isThorough: isLast)
            if !faults.isEmpty { return isLast ? faults : nil }
        }
        return nil
    }

    /// The first words without what changes when steps are left out: names and numbers.
    private static func kind(_ faults: [String]) -> String {
        (faults.first ?? "").prefix { $0 != ":" }.filter { !$0.isNumber }
    }

    /// The operation, what is wrong, and how to see it again.
    var report: [String] {
        let command = steps.last.map(\.description) ?? ""
        var lines = ["seed \(seed), operation \(operation): \(command)"]
        lines += faults.prefix(10).map { "  \($0)" }
        lines.append("  replay: ipamsim model --seed \(seed) --until \(operation)")
        return lines
    }

    /// All steps in short.
    var replay: [String] { steps.map { "  \($0.now.milliseconds) \($0)" } }
}
