import ArgumentParser
import Glibc
import Seeded

/// `ipamtrial kill`: the daemon is killed under load, again and again.
struct KillTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Kills the daemon at random moments under load, and checks all that was said.")

    @OptionGroup var common: TrialOptions

    @Option(help: "How many times.")
    var cycles = 50

    @Option(help: "Every so many cycles two more kills come while it recovers.")
    var recoveryKills = 5

    @Option(help: "The longest life of a daemon.", transform: Milliseconds.parse)
    var longest = 500

    func run() throws {
        try common.hold("kill") { (arena) throws(TrialError) in
            var generator = SeededGenerator(seed: common.seed)
            var killsInRecovery = 0
            let recovery = 0...common.recoveryMicroseconds
            for cycle in 1...max(1, cycles) where arena.isSound {
                usleep(UInt32.random(in: 1000...UInt32(max(1, longest)) * 1000, using: &generator))
                try arena.cycle { () throws(TrialError) in
                    arena.note(arena.daemon.kill())
                    arena.hold()
                    if cycle % max(1, recoveryKills) == 0 {
                        for _ in 0..<2 {
                            try arena.daemon.start()
                            usleep(UInt32.random(in: recovery, using: &generator))
                            arena.note(arena.daemon.kill())
                            killsInRecovery += 1
                        }
                    }
                    try arena.daemon.start()
                }
                common.progress(cycle, of: cycles, arena)
            }
            return "\(cycles) kills under load and \(killsInRecovery) more while it recovered"
        }
    }
}
