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

    @Option(help: "Every attack but this one; may be given several times.")
    var without: [String] = []

    @Flag(help: "Few connections, which wait for their answers: for a debug build, and for a gate.")
    var light = false

    @Option(help: "How nice the attackers' own processes are; the daemon and the good one are not.")
    var niceness: Int32 = 19

    @Option(help: "Of what the attackers send.")
    var seed: UInt64 = 1

    @Option(help: "The daemon to try (default: the one beside this program).")
    var daemon: String?

    @Flag(help: "Judge the times too: p99 at most twice as long, 80 % of the throughput.")
    var ratios = false

    @Flag(help: "Attack a second daemon as well, in turn: what that costs the machine costs.")
    var beside = false

    @Flag(help: "Say how far it is.")
    var verbose = false

    func validate() throws {
        for name in attack + without where Attack.named(name) == nil {
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
        guard chmod(folder.path, 0o711) == 0 else {
            throw TrialError.call("open \(folder.path)", errno: errno)
        }
        let journal = try Surroundings.make(in: folder)
        journal.start()
        let binary = try daemon ?? Daemon.path(of: "ipamd")
        var results: [Result] = []
        for attack in chosen {
            let result = hold(attack, binary, folder, journal)
            results.append(result)
            if verbose, let comparison = result.comparison { print("  \(comparison.line)") }
            // Also into a file, and before a deadline ends it all.
            fflush(nil)
        }
        journal.stop()
        try report(results, folder, seconds: (Clock.now - start) / 1_000_000_000)
    }

    /// What came of one attack.
    private struct Result {
        var comparison: Comparison?
        var findings: [Finding]
        var deedCount = 0
        var log = FakeJournal.Count()
    }

    private func hold(
        _ attack: Attack, _ binary: String, _ folder: TrialFolder, _ journal: FakeJournal
    ) -> Result {
        let place = "\(folder.path)/\(attack.name)"
        do throws(TrialError) {
            guard mkdir(place, 0o711) == 0 else { throw .call("make \(place)", errno: errno) }
            let siege = try Siege(
                attack, binary: binary, folder: place, journal: journal,
                force: Siege.Force(
                    niceness: niceness, isLight: light, isAlsoBeside: beside), seed: seed)
            var rounds: [Siege.Round] = []
            var findings: [Finding] = []
            do throws(TrialError) {
                try siege.start()
                while rounds.count < self.rounds, let round = try siege.round(seconds: seconds) {
                    rounds.append(round)
                }
            } catch {
                findings.append(Finding("\(attack.name): \(error)"))
            }
            try siege.end()
            let comparison =
                rounds.isEmpty
                ? nil : Comparison(name: attack.name, rounds: rounds, deeds: siege.deeds)
            findings += siege.findings
            if ratios, let finding = comparison?.finding { findings.append(finding) }
            if findings.isEmpty { TrialFolder.remove(place) }
            return Result(
                comparison: comparison, findings: findings, deedCount: siege.deeds.count,
                log: siege.log)
        } catch {
            return Result(findings: [Finding("\(attack.name): \(error)")])
        }
    }

    private func report(_ results: [Result], _ folder: TrialFolder, seconds length: UInt64) throws {
        let findings = results.flatMap(\.findings)
        let deeds = results.reduce(0) { $0 + $1.deedCount }
        let entries = results.reduce(0) { $0 + $1.log.entries }
        let faults = results.flatMap { $0.log.faultsByUser.values }.reduce(0, +)
        print(
            """
            hostile, seed \(seed): \(results.count) attacks, each \(rounds) times for \
            \(seconds) s, \(deeds) deeds of the good client, \(entries) log entries, \(faults) of \
            them of what users did wrong; \(findings.count) findings, \(length) s
            """)
        if !verbose { for line in results.compactMap(\.comparison?.line) { print("  \(line)") } }
        for finding in findings.prefix(40) { print("  FOUND: \(finding)") }
        guard findings.isEmpty else {
            print("  the states are in \(folder.path)")
            throw ExitCode.failure
        }
        folder.remove()
    }

    private var chosen: [Attack] {
        Attack.all.filter {
            (attack.isEmpty || attack.contains($0.name)) && !without.contains($0.name)
        }
    }
}
