import ArgumentParser
import IPAM

/// The engine against the simple model.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Compares each answer and each object of the engine with a simple model.")

    @Option(help: "How many operations.")
    var operations = 1_000_000

    @Option(help: "The seed of the operations.")
    var seed: UInt64 = 1

    @Option(help: "After how many operations everything is compared, not only what they touched.")
    var every = 1000

    @Option(help: "Replays the part of the run that ends with this operation.")
    var until: Int?

    @Option(help: "How many differences are looked for before the run ends.")
    var findings = 1

    @Flag(help: "Leaves out what a difference does not need, and prints what is left.")
    var shrink = false

    @Flag(help: "Lets more claims wait than one command looks at, and nothing else.")
    var crowd = false

    @Flag(help: "Prints no steps.")
    var quiet = false

    func validate() throws {
        guard every > 0, operations > 0, findings > 0, until.map({ $0 > 0 }) ?? true else {
            throw ValidationError("Numbers are above 0.")
        }
    }

    func run() throws {
        if crowd {
            let faults = ModelCrowd.run(Limits.claimsPerWakeMax + 200)
            for fault in faults { print(fault) }
            if !faults.isEmpty { throw ExitCode.failure }
            print("a crowd of \(Limits.claimsPerWakeMax + 200) and more: no difference")
            return
        }
        var run = ModelRun(seed: seed, every: every)
        run.findingsMax = findings
        run.run(operations: max(operations, until ?? 0), until: until)
        print(
            "\(run.operationCount) operations, \(run.findings.count) differences, ", terminator: "")
        print("events \(String(run.digest, radix: 16))")
        for line in run.tally.lines { print(line) }
        for var finding in run.findings {
            if shrink { finding.shrink() }
            for line in finding.report { print(line) }
            if shrink || until != nil, !quiet { for line in finding.replay { print(line) } }
        }
        if until != nil { for line in run.last.spaceLines { print(line) } }
        if !run.findings.isEmpty { throw ExitCode.failure }
    }
}
