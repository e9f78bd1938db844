import IPAM
import IPAMStore

/// Every sequence of up to three operations out of a small alphabet, on an empty disk and on one
/// that a daemon has lived on, cut off at every call, with every end that there is where there
/// are few. Most bugs of file systems and stores need no more than this.
struct SmallCampaign: Sendable {
    enum Operation: CaseIterable, Sendable {
        case root
        case request
        case release
        case child
        case delete
        case batch
        case commit
        case checkpoint
        case restart
    }

    /// A sequence and what it begins on.
    struct Case: Sendable {
        let operations: [Operation]
        let isLivedIn: Bool
    }

    /// Shorter sequences first.
    static let cases: [Case] = {
        var sequences: [[Operation]] = [[]]
        var last = sequences
        for _ in 0..<3 {
            last = last.flatMap { sequence in Operation.allCases.map { sequence + [$0] } }
            sequences += last
        }
        return sequences.flatMap { operations in
            [false, true].map { Case(operations: operations, isLivedIn: $0) }
        }
    }()

    /// What the lived-in disk has seen: two generations, a sealed segment, an unsealed batch.
    private static let livedIn: [Workload.Step] = [
        Workload.ask(Workload.root("root", "10.0.0.0/24")),
        Workload.ask(Workload.request("a", 28)), .commit,
        Workload.ask(Workload.child("kid", 28)), .commit, .checkpoint,
        Workload.ask(Workload.request("b", 28)), .commit,
    ]

    private(set) var tally = Tally()

    /// Runs one of the cases. What comes before its last operation is looked at by shorter ones.
    /// For `wholeRecoveryPart` see `Explorer.Manner`.
    mutating func run(_ number: Int, wholeRecoveryPart: Int) {
        let small = Self.cases[number]
        let names = small.operations.map { "\($0)" }.joined(separator: ", ")
        let replay = "case \(number) (\(names); \(small.isLivedIn ? "lived in" : "empty"))"
        let explorer = Explorer(
            Explorer.Manner(
                listedWaysMax: 64, drawnWays: 8, wholeRecoveryPart: wholeRecoveryPart),
            replay: replay, seed: UInt64(number))
        let world = World(clientCount: 2, isAttentive: true, seed: 1)
        var history = History(world, explorer: explorer, seed: 1)
        var steps = small.isLivedIn ? Self.livedIn : []
        steps += Self.steps(small.operations.dropLast(), isLivedIn: small.isLivedIn)
        let last = Self.steps(small.operations, isLivedIn: small.isLivedIn).dropFirst(
            max(0, small.operations.count - 1))
        history.run(steps, then: Array(last) + [.commit])
        tally.add(explorer.tally)
        tally.note(history.faults, replay)
    }

    /// Each operation in its place: names tell the places apart.
    private static func steps(
        _ operations: some Sequence<Operation>, isLivedIn: Bool
    ) -> [Workload.Step] {
        var held = isLivedIn ? ["a", "b"] : []
        var children = isLivedIn ? ["kid"] : []
        return operations.enumerated().map { place, operation in
            switch operation {
            case .root:
                return Workload.ask(Workload.note("10.0.0.0/24", "\(place)"))
            case .request:
                held.append("r\(place)")
                return Workload.ask(Workload.request("r\(place)", 28))
            case .release:
                return Workload.ask(.release(.init(names: [held.popLast() ?? "nobody"])))
            case .child:
                children.append("child\(place)")
                return Workload.ask(Workload.child("child\(place)", 28))
            case .delete:
                let name = children.popLast() ?? "nobody"
                return Workload.ask(.delete(.init(keys: [Workload.key(.prefix, name)])))
            case .batch:
                let gone = held.popLast() ?? "nobody"
                held.append("b\(place)")
                let parts: [Command.Batch.Part] = [
                    .release(.init(names: [gone], ignoresMissing: true)),
                    .request(.init(name: "b\(place)", prefixLength: 29, parent: "root")),
                ]
                return Workload.ask(.batch(.init(parts: parts)))
            case .commit: return .commit
            case .checkpoint: return .checkpoint
            case .restart: return .restart
            }
        }
    }
}
