import ArgumentParser
import Glibc
import Seeded

/// `ipamtrial restart`: the daemon is stopped and started in order, and no client notices.
struct RestartTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restarts the daemon in order under many clients of the library for services.")

    @Option(help: "Of what is asked, and when.")
    var seed: UInt64 = 1

    @Option(help: "Clients that ask at the same time.")
    var clients = 200

    @Option(help: "How many times.")
    var count = 3

    @Option(help: "The daemon to try (default: the one beside this program).")
    var daemon: String?

    @Flag(help: "Say how far it is.")
    var verbose = false

    func run() throws {
        var common = TrialOptions()
        (common.seed, common.clients) = (seed, clients)
        (common.daemon, common.verbose) = (daemon, verbose)
        let options = common
        let seed = seed
        try options.hold(
            "restart",
            makeClients: { socket, gate, recorder in
                ClientTask(socket: socket, gate: gate, recorder: recorder, seed: seed)
            }
        ) { (arena) throws(TrialError) in
            var generator = SeededGenerator(seed: seed)
            var longest: UInt64 = 0
            for cycle in 1...max(1, count) where arena.isSound {
                usleep(UInt32.random(in: 300_000...900_000, using: &generator))
                let begin = Clock.now
                try arena.cycle { () throws(TrialError) in
                    arena.note(arena.daemon.stop())
                    try arena.daemon.start()
                    longest = max(longest, (Clock.now - begin) / 1_000_000)
                    // They have to come back by themselves before they are stopped.
                    usleep(300_000)
                }
                options.progress(cycle, of: count, arena)
            }
            return """
                \(count) restarts in order under \(clients) clients, at most \(longest) ms from \
                SIGTERM to the next start
                """
        }
    }
}
