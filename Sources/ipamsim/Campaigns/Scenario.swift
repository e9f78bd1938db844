import IPAM
import IPAMStore

/// A life of a daemon, in each call of which an error is tried, and what came before it.
struct Scenario: Sendable {
    let name: String
    /// What happened before, without an error.
    var before: [Workload.Step] = []
    /// What a failing medium did to the disk meanwhile.
    var damage: @Sendable (SimulatedDisk) -> Void = { _ in }
    /// What the daemon does after its start; then it stops.
    var steps: [Workload.Step] = []
    /// What the administrator holds at the end if nothing goes wrong.
    var held: Set<String> = []
    /// Whether changes are refused for lack of room at some time.
    var isFull = false
}

extension Scenario {
    private static let populated: [Workload.Step] = [
        Workload.ask(Workload.root("root", "10.0.0.0/24")),
        Workload.ask(Workload.request("a", 28)), .commit,
        Workload.ask(Workload.request("b", 28)), .commit, .quiet,
    ]

    private static let more: [Workload.Step] = [
        Workload.ask(Workload.request("c", 28)), .commit,
        Workload.ask(.release(.init(names: ["a"]))), .commit,
    ]

    private static func notes(_ count: Int) -> [Workload.Step] {
        (0..<count).flatMap { number in
            [Workload.ask(Workload.note("10.0.0.0/24", "\(number % 10)")), .commit]
        }
    }

    static let all: [Scenario] = [
        Scenario(name: "first start", steps: populated, held: ["a", "b"]),
        Scenario(
            name: "rotation", before: populated + [.restart], steps: notes(9) + more,
            held: ["b", "c"]),
        Scenario(
            name: "seal", before: populated + [.kill],
            steps: more + [.quiet, Workload.ask(Workload.request("d", 28)), .commit, .quiet],
            held: ["b", "c", "d"]),
        Scenario(
            name: "checkpoint", before: populated + [.kill],
            steps: more + [.checkpoint] + notes(1) + [.checkpoint], held: ["b", "c"]),
        Scenario(
            name: "commits while a checkpoint is made", before: populated + [.kill],
            steps: more + [.meanwhile(.checkpoint, notes(4) + [.quiet])] + notes(1),
            held: ["b", "c"]),
        Scenario(
            name: "requests while a batch is in flight", before: populated + [.kill],
            steps: [
                Workload.ask(Workload.request("c", 28)),
                .meanwhile(.commit, [Workload.ask(Workload.request("d", 28))]), .commit,
            ], held: ["a", "b", "c", "d"]),
        Scenario(
            name: "start after a stop", before: populated + [.checkpoint] + more + [.restart],
            steps: more, held: ["b", "c"]),
        Scenario(
            name: "start after a kill", before: populated + [.checkpoint] + more + [.kill],
            steps: more, held: ["b", "c"]),
        Scenario(
            name: "start on a torn end",
            before: populated + [
                Workload.ask(Workload.note("10.0.0.0/24", "9")),
                .crash(afterCalls: 1, isKill: false), .commit,
            ], steps: more, held: ["b", "c"]),
        Scenario(
            name: "start on what only the cache holds",
            before: populated + [
                Workload.ask(Workload.request("x", 28)), .crash(afterCalls: 1, isKill: true),
                .commit,
            ], steps: more, held: ["b", "c", "x"]),
        Scenario(
            name: "start after a start that was cut off between its names",
            before: populated + [.kill, .crash(afterCalls: 14, isKill: false)], steps: more,
            held: ["b", "c"]),
        Scenario(
            name: "start with the older of two generations",
            before: populated + [.checkpoint] + more + [.kill],
            damage: { disk in
                let newest = disk.fileNames.filter { $0.hasPrefix("checkpoint-") }.max()
                disk.flipBit(of: newest ?? "", at: 8 * 4200)
            }, steps: notes(1), held: ["b", "c"]),
        Scenario(
            name: "full disk while a batch is in flight, and room again",
            before: populated + [.kill],
            steps: [
                .roomBytes(0), Workload.ask(Workload.request("c", 28)),
                .meanwhile(.commit, [Workload.ask(Workload.request("d", 28))]),
            ] + notes(9) + [
                Workload.ask(.release(.init(names: ["a"]))), .commit, .quiet, .checkpoint,
                .roomBytes(nil), .quiet, Workload.ask(Workload.request("e", 28)), .commit,
                .checkpoint,
            ], held: ["b", "c", "d", "e"], isFull: true),
        Scenario(
            name: "third start in a row", before: populated + [.kill, .kill], steps: more,
            held: ["b", "c"]),
    ]
}
