import IPAM
import IPAMEngine
import IPAMStore
import IPAMWire

/// Looks at the ends that a moment may have: forks the world in the middle of a call to the disk,
/// lets the power go or the process die, starts the daemon on what is left, and judges. Within
/// the recovery it does so again.
final class Explorer {
    /// How thoroughly.
    struct Manner: Sendable {
        /// Crashes in a row.
        var depth = 3
        /// Where a power cut has at most so many ends, all of them are looked at; elsewhere, and
        /// where the number is 0, drawn ones.
        var listedWaysMax = 0
        var drawnWays = 1
        /// Of so many recoveries from a first crash, one is looked at in all its calls; the others,
        /// and all if the number is 0, in a drawn one.
        var wholeRecoveryPart = 0
        /// Of so many recoveries, one goes on: clients come back and ask again, and what they are
        /// told must hold too.
        var aftermathPart = 8
    }

    private let manner: Manner
    private let replay: String
    private var chance: Choices
    private(set) var tally = Tally()

    /// Every finding begins with `replay`, the words that run all of it again.
    init(_ manner: Manner, replay: String, seed: UInt64) {
        self.manner = manner
        self.replay = replay
        chance = Choices(seed: seed)
    }

    /// The calls in which the crashes came, outermost first.
    private typealias Path = [String]

    /// All that this explorer looks at in a moment that nothing has disturbed yet.
    func explore(_ contents: SimulatedDisk.Contents, _ world: World) {
        explore(contents, world, [])
    }

    private func explore(
        _ contents: SimulatedDisk.Contents, _ world: World, _ path: Path, isWhole: Bool = true
    ) {
        let last = contents.last
        let call = "call \(contents.callCount - 1) (\(last.operation.rawValue) \(last.name))"
        let here = path + [call]
        if manner.listedWaysMax > 0, isWhole {
            exploreListed(contents, world, here)
        } else {
            for _ in 0..<(manner.listedWaysMax > 0 ? 1 : manner.drawnWays) {
                let seed = UInt64(chance.choose(1 << 62))
                // The process alone dies in every fourth crash: what it wrote and did not sync
                // looks right to the next one, and is lost when the power goes later.
                if chance.choose(4) == 0 {
                    crash(SimulatedDisk(contents.nextLife(FaultPlan())), world, here)
                } else {
                    var choices = Choices(seed: seed)
                    crash(powerCut(contents, &choices), world, here)
                }
            }
        }
    }

    private func exploreListed(
        _ contents: SimulatedDisk.Contents, _ world: World, _ path: Path
    ) {
        crash(SimulatedDisk(contents.nextLife(FaultPlan())), world, path)
        var choices = Choices()
        _ = powerCut(contents, &choices)
        guard choices.wayCount <= manner.listedWaysMax else {
            for _ in 0..<manner.drawnWays {
                var drawn = Choices(seed: UInt64(chance.choose(1 << 62)))
                crash(powerCut(contents, &drawn), world, path)
            }
            return
        }
        choices = Choices()
        repeat {
            crash(powerCut(contents, &choices), world, path)
        } while choices.advance()
    }

    private func powerCut(
        _ contents: SimulatedDisk.Contents, _ choices: inout Choices
    ) -> SimulatedDisk {
        SimulatedDisk(contents.afterPowerCut(&choices, FaultPlan()))
    }

    /// Starts on what a crash left, and judges what is served.
    private func crash(_ disk: SimulatedDisk, _ world: World, _ path: Path) {
        tally.crashCount += 1
        var world = world
        world.daemonEnded()
        let next = path.count < manner.depth ? nextLook(isFirst: path.count == 1) : nil
        if let next {
            let world = world
            disk.observer = { [unowned self] contents in
                guard next.contains(contents.callCount - 1) else { return }
                explore(contents, world, path, isWhole: next.count > 1)
            }
        }
        judge(Host.start(on: disk, world), disk, path)
        disk.observer = nil
    }

    /// The calls of a recovery that are looked at; a start makes some twenty.
    private func nextLook(isFirst: Bool) -> Range<Int> {
        if isFirst, manner.wholeRecoveryPart > 0, chance.choose(manner.wholeRecoveryPart) == 0 {
            return 0..<Int.max
        }
        let call = chance.choose(24)
        return call..<call + 1
    }

    private func judge(_ start: Host.Start, _ disk: SimulatedDisk, _ path: Path) {
        switch start {
        case .serving(let host):
            note(host.world.faults(of: host.ledger.state) + host.takeFaults(), path)
            if chance.choose(manner.aftermathPart) == 0 { goOn(host, path) }
        case .readOnly(_, let error), .refused(let error):
            note(["no start: \(error)"], path)
        }
        note(disk.violations, path)
    }

    /// Clients come back and ask again. What they are told now must agree with what the recovered
    /// state says, and last like everything else.
    private func goOn(_ host: Host, _ path: Path) {
        let disk = host.disk
        disk.observer = nil
        do throws(StoreError) {
            try host.begin()
            let expected = host.doubtsAndFacts
            host.askAgain()
            host.askForWhatIsHeld()
            try host.perform(.commit)
            note(host.takeFaults() + host.contradictions(of: expected), path)
        } catch {
            note(["after the start: \(error)"], path)
        }
        guard path.count < manner.depth else { return }
        let here = path + ["after the start"]
        var choices = Choices(seed: UInt64(chance.choose(1 << 62)))
        crash(SimulatedDisk(disk.now.afterPowerCut(&choices, FaultPlan())), host.world, here)
    }

    private func note(_ faults: [String], _ path: Path) {
        tally.note(faults, replay + ": " + path.joined(separator: ", then "))
    }
}

extension Host {
    /// What is stored under the names of which a client does not know what became of them.
    var doubtsAndFacts: [(client: Int, name: String, block: IPPrefix)] {
        world.clients.enumerated().flatMap { index, client in
            client.unanswered.flatMap(\.touchedNames).compactMap { name, doubt in
                guard case .requested = doubt,
                    let block = ledger.state.resource(Workload.key(.prefixAllocation, name))?
                        .placement?.block
                else { return nil }
                return (index, name, block)
            }
        }
    }

    /// Who was told another block now than was stored for it, a sentence each.
    func contradictions(
        of expected: [(client: Int, name: String, block: IPPrefix)]
    ) -> [String] {
        expected.compactMap { client, name, block in
            let holding = world.clients[client].holding(name)
            guard let told = holding.told?.placement?.block, told != block else { return nil }
            return "\(name) had \(block) after the start, and asking again gave \(told)"
        }
    }

    /// Each client asks once more for one of the blocks that it was told it has.
    func askForWhatIsHeld() {
        for (index, client) in world.clients.enumerated() {
            guard let name = client.heldNames.first, let told = client.holding(name).told,
                let length = told.placement?.block.length
            else { continue }
            let request = Command.Request(
                name: name, prefixLength: length, parent: told.spec.parent)
            ask(index, .command(.request(request)))
        }
    }
}
