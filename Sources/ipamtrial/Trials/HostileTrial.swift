import ArgumentParser
import Glibc

/// `ipamtrial hostile`: bad clients of every kind, while a good one goes on.
struct HostileTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostile",
        abstract: "Attacks the daemon as other users, and looks at a good client (needs root).",
        discussion: """
            Attackers are two agents and two users in no group. What is always judged: the daemon \
            lives, its memory and its log stay within their bounds, no request of the good client \
            is refused or lost, and what is there at the end is sound. Times are printed, \
            and judged with --ratios alone: on a busy machine they say little.

            Attacks: \(Attack.all.map(\.name).joined(separator: ", ")).
            """)

    @Option(help: "How long each attack lasts, and each look at the good client alone.")
    var seconds = 3.0

    @Option(help: "How often, alone and under attack in turn; the medians are compared.")
    var rounds = 2

    @Option(help: "This attack alone; may be given several times.")
    var attack: [String] = []

    @Option(help: "How nice the attackers' own processes are; the daemon and the good one are not.")
    var niceness: Int32 = 19

    @Option(help: "Of what the attackers send.")
    var seed: UInt64 = 1

    @Option(help: "The daemon to try (default: the one beside this program).")
    var daemon: String?

    @Flag(help: "Judge the times too: p99 at most twice as long, 80 % of the throughput.")
    var ratios = false

    @Flag(help: "Say how far it is.")
    var verbose = false

    func validate() throws {
        for name in attack where Attack.named(name) == nil {
            throw ValidationError("\(name) is no attack.")
        }
        guard (0.1...600).contains(seconds), (1...100).contains(rounds),
            (0...19).contains(niceness)
        else {
            throw ValidationError("0.1 to 600 seconds, 1 to 100 rounds, a niceness of 0 to 19.")
        }
    }

    func run() throws {
        if let obstacle = Surroundings.obstacle { return print("hostile: skipped, \(obstacle)") }
        try Volume.enterNamespace()
        Interruption.endsDaemon()
        let start = Clock.now
        let folder = try TrialFolder()
        let journal = try Surroundings.make(in: folder)
        journal.start()
        let siege = try Siege(
            binary: try daemon ?? Daemon.path(of: "ipamd"), folder: folder, journal: journal,
            niceness: niceness, seed: seed)
        var findings: [Finding] = []
        var roundsByName: [String: [Siege.Round]] = [:]
        do throws(TrialError) {
            try siege.start()
            roundsByName = try hold(siege)
        } catch {
            findings.append(Finding("\(error)"))
        }
        do throws(TrialError) { try siege.end() } catch { findings.append(Finding("\(error)")) }
        let comparisons = chosen.compactMap { attack in
            roundsByName[attack.name].map {
                Comparison(name: attack.name, rounds: $0, deeds: siege.deeds)
            }
        }
        findings += siege.findings
        if ratios { findings += comparisons.compactMap(\.finding) }
        let length = (Clock.now - start) / 1_000_000_000
        print(
            """
            hostile, seed \(seed): \(comparisons.count) attacks, \(rounds) times \(seconds) s, \
            \(siege.deeds.count) deeds of the good client, \(siege.logSummary), \
            \(siege.restingBytes >> 20) MiB at rest; \(findings.count) findings, \(length) s
            """)
        for comparison in comparisons { print("  \(comparison.line)") }
        for finding in findings.prefix(20) { print("  FOUND: \(finding)") }
        guard findings.isEmpty else {
            print("  the state and the log are in \(folder.path)")
            throw ExitCode.failure
        }
        folder.remove()
    }

    private var chosen: [Attack] {
        attack.isEmpty ? Attack.all : Attack.all.filter { attack.contains($0.name) }
    }

    /// Each round is of all attacks, so that what slows the machine down for a while does not
    /// meet one of them alone.
    private func hold(_ siege: Siege) throws(TrialError) -> [String: [Siege.Round]] {
        var held: [String: [Siege.Round]] = [:]
        for number in 1...rounds {
            for attack in chosen {
                guard let round = try siege.round(attack, seconds: seconds) else { return held }
                held[attack.name, default: []].append(round)
                if verbose { print("round \(number), \(attack.name): \(round.peakBytes >> 20) MiB") }
            }
        }
        return held
    }
}
