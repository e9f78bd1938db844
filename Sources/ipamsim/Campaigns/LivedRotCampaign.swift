import IPAM
import IPAMEngine
import IPAMStore

/// Bit rot on top of crashes: whatever a random history leaves for a start, with a drawn bit
/// flipped. The start serves a state that was decided, or refuses with file and offset.
struct LivedRotCampaign: Sendable {
    /// The bits that are tried in what one start finds.
    private static let bitsPerStart = 8

    private(set) var tally = Tally()
    /// Starts that served all that was acknowledged, and those that were refused.
    private(set) var servedCount = 0
    private(set) var refusedCount = 0
    /// Of these, by damage to the newest checkpoint alone: the older one could not make up for it.
    private(set) var unrepairedCount = 0
    /// Starts that took damage to the last batch, which no seal followed yet, for a torn end.
    private(set) var tornAwayCount = 0
    /// The histories in which the older checkpoint could not make up for the newest one.
    private(set) var unrepairedReplays: [String] = []

    mutating func run(seed: UInt64) {
        var choices = Choices(seed: seed)
        let workload = Workload.random(&choices, steps: 20 + choices.choose(50))
        var history = History(
            World(clientCount: Workload.clientCount, isAttentive: false, seed: seed), seed: seed)
        let places = Places()
        history.visitor = { places.all.append(($0, $1)) }
        history.run(workload, powerCutPart: 2)
        tally.note(history.faults, "seed \(seed)")
        for (number, place) in places.all.enumerated() {
            for _ in 0..<Self.bitsPerStart {
                flip(place.contents, place.world, &choices, "seed \(seed), start \(number + 1)")
            }
        }
    }

    /// What starts found.
    private final class Places {
        var all: [(contents: SimulatedDisk.Contents, world: World)] = []
    }

    private mutating func flip(
        _ contents: SimulatedDisk.Contents, _ world: World, _ choices: inout Choices,
        _ replay: String
    ) {
        let disk = SimulatedDisk(contents)
        let names = disk.fileNames.filter { SimulatedDisk.Contents.isState($0) }
        guard !names.isEmpty else { return }
        let name = names[choices.choose(names.count)]
        // Most of a segment is zeros: look where something is written more often than not.
        let bytes = disk.bytes(of: name)
        let used = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        let count = choices.choose(8) > 0 ? used : bytes.count
        let bit = choices.choose(8 * count)
        disk.flipBit(of: name, at: bit)
        tally.damageCount += 1
        let replay = "\(replay), bit \(bit) of \(name)"
        switch Host.start(on: disk, world) {
        case .serving(let host):
            let isNewestJournal = name == names.filter { $0.hasPrefix("journal-") }.max()
            judge(host, isNewestJournal && used - bit / 8 <= 4096 * 2, replay)
        case .refused(.damaged):
            refusedCount += 1
            let checkpoints = names.filter { $0.hasPrefix("checkpoint-") }
            guard checkpoints.count > 1, name == checkpoints.max() else { break }
            unrepairedCount += 1
            unrepairedReplays.append(replay)
        case .refused(let error), .readOnly(_, let error):
            tally.note(["ended otherwise than as damaged: \(error)"], replay)
        }
        tally.note(disk.violations, replay)
    }

    private mutating func judge(_ host: Host, _ isLastBatch: Bool, _ replay: String) {
        let state = host.ledger.state
        // Whatever is served was so at some time.
        tally.note(host.world.oracle.faults(of: state), replay)
        let broken = host.world.clients.flatMap { $0.faults(of: state) }
        if broken.isEmpty {
            servedCount += 1
        } else if isLastBatch {
            tornAwayCount += 1
        } else {
            tally.note(broken, replay)
        }
    }
}
