import ArgumentParser
import Glibc

/// What all trials are told.
struct TrialOptions: ParsableArguments {
    @Option(help: "Of what is asked, and when.")
    var seed: UInt64 = 1

    @Option(help: "Clients that ask at the same time.")
    var clients = 6

    @Option(help: "The daemon to try (default: the one beside this program).")
    var daemon: String?

    @Flag(help: "Say how far it is.")
    var verbose = false

    /// A start takes about so long here, so a kill within it hits all of its parts.
    var recoveryMicroseconds: UInt32 { 60_000 }

    func binary() throws(TrialError) -> String {
        if let daemon { return daemon }
        return try Daemon.path(of: "ipamd")
    }

    /// Holds a trial in an arena of its own, and prints what came of it. What was found is a
    /// failure, and then the folder stays.
    func hold(
        _ name: String, state: String? = nil, settings: Daemon.Settings = Daemon.Settings(),
        makeClients: Arena.MakeClient? = nil, _ body: (Arena) throws(TrialError) -> String
    ) throws {
        Interruption.endsDaemon()
        let start = Clock.now
        let board = Board()
        let seed = seed
        let arena = try Arena(
            binary: try binary(), clientCount: max(1, clients), state: state, settings: settings,
            makeClient: makeClients ?? { socket, gate, recorder in
                ClientThread(
                    socket: socket, gate: gate, recorder: recorder, board: board, seed: seed)
            })
        var summary = "ended early"
        do throws(TrialError) {
            try arena.begin()
            summary = try body(arena)
        } catch {
            arena.note(Finding("\(error)"))
        }
        let findings = arena.end()
        let seconds = (Clock.now - start) / 1_000_000_000
        print("\(name), seed \(seed): \(summary); \(findings.count) findings, \(seconds) s")
        print("  \(arena.figures)")
        for finding in findings.prefix(20) { print("  FOUND: \(finding)") }
        guard findings.isEmpty else {
            print("  the clients' files and the state are in \(arena.folder.path)")
            throw ExitCode.failure
        }
        arena.folder.remove()
    }

    func progress(_ cycle: Int, of count: Int, _ arena: Arena) {
        guard verbose else { return }
        print("cycle \(cycle) of \(count): \(arena.figures)")
    }
}

/// A number of milliseconds on the command line.
enum Milliseconds {
    static func parse(_ text: String) throws -> Int {
        guard let number = Int(text), (1...3_600_000).contains(number) else {
            throw ValidationError("\(text) is no number of milliseconds.")
        }
        return number
    }
}
