import IPAM
import IPAMStore

/// Power cuts and kills in workloads of several clients. A daemon lives through the whole
/// workload and dies some times on the way; at all calls to the disk in between, an explorer
/// looks at what a crash there would have left.
struct CrashCampaign: Sendable {
    private(set) var tally = Tally()

    /// The scenario with one of everything; what is drawn is drawn by the seed.
    mutating func runFixed(seed: UInt64) {
        run(Workload.fixed, seed: seed, powerCutPart: nil, replay: "fixed, seed \(seed)")
    }

    mutating func runRandom(seed: UInt64) {
        var choices = Choices(seed: seed)
        let workload = Workload.random(&choices, steps: 20 + choices.choose(50))
        run(workload, seed: seed, powerCutPart: 2, replay: "seed \(seed)")
    }

    private mutating func run(
        _ workload: [Workload.Step], seed: UInt64, powerCutPart: Int?, replay: String
    ) {
        let explorer = Explorer(Explorer.Manner(), replay: replay, seed: seed)
        var history = History(
            World(clientCount: Workload.clientCount, isAttentive: false, seed: seed),
            explorer: explorer, seed: seed)
        history.run(workload, powerCutPart: powerCutPart)
        tally.add(explorer.tally)
        tally.crashCount += history.crashCount
        tally.note(history.faults, replay)
    }
}
