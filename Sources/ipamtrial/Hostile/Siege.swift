import Glibc
import IPAM
import IPAMClient

/// A daemon, a good client that never stops, and attackers that come and go. One siege is of one
/// attack: what it leaves behind is not taken for the work of the next.
final class Siege {
    /// A stretch of time, alone or under attack.
    struct Window {
        let begin: UInt64
        let end: UInt64
    }

    /// One round of one attack.
    struct Round {
        let alone: Window
        /// While the same attackers were at a daemon of their own; nothing if nobody asked for it.
        let beside: Window?
        let attacked: Window
        let peakBytes: Int
        /// Of the daemon, from the beginning of the attack until it was well again.
        let processorSeconds: Double
        /// After the end of the attack, until nothing of it was left.
        let recoverySeconds: Double
        let tally: Attacker.Tally
    }

    /// How the attackers go about it.
    struct Force {
        let niceness: Int32
        let isLight: Bool
        /// Whether they also attack a daemon that the good client has nothing to do with. What it
        /// loses by that it loses to the machine, which all of them share.
        let isAlsoBeside: Bool
    }

    /// A daemon to attack.
    private struct Target {
        let daemon: Daemon
        let folder: String
        var incarnation: UInt64 = 0
    }

    private let attack: Attack
    private let folder: String
    private let journal: FakeJournal
    private let force: Force
    private let seed: UInt64
    private let program: String
    private var good: Program?
    private var target: Target
    private var decoy: Target?
    private let begin = Clock.now
    private var roundCount = 0
    private(set) var log = FakeJournal.Count()
    private(set) var restingBytes = 0
    private(set) var deeds: [GoodClient.Deed] = []
    private(set) var findings: [Finding] = []

    /// What attackers get to be at it before a window opens, and what they end after it.
    private static let beginSeconds = 0.4
    private static let marginSeconds = 0.2
    private static let endSeconds = 60.0
    private static let recoverySecondsMax = 60.0
    private static let goodSecondsMax: UInt32 = 3600
    /// What the daemon may take beside its resting memory: unfinished messages of all, and
    /// answers that a user does not read (DaemonLimits.swift).
    private static let unfinishedBytesMax = 256 << 20
    private static let bytesPerUserMax = 32 << 20
    /// Faults of one user in the log: two counters, of requests and of connections, each with a
    /// burst and one a second (LogLimiter.swift).
    private static let faultsBurst = 2 * 20
    private static let faultsPerSecond = 2

    init(
        _ attack: Attack, binary: String, folder: String, journal: FakeJournal, force: Force,
        seed: UInt64
    ) throws(TrialError) {
        self.attack = attack
        self.folder = folder
        self.journal = journal
        self.force = force
        self.seed = seed
        program = try Daemon.path(of: "ipamtrial")
        // As it is shipped, but for what the trial of kills asks for: the log is under attack too.
        target = Target(
            daemon: try Self.daemon(binary, folder, logLevel: "info"), folder: folder)
        if force.isAlsoBeside {
            let place = "\(folder)/beside"
            guard mkdir(place, 0o711) == 0 else { throw .call("make \(place)", errno: errno) }
            // The log that is judged is that of the other.
            decoy = Target(
                daemon: try Self.daemon(binary, place, logLevel: "error"), folder: place)
        }
    }

    private static func daemon(
        _ binary: String, _ folder: String, logLevel: String
    ) throws(TrialError) -> Daemon {
        try Daemon(
            binary: binary, folder: folder,
            settings: Daemon.Settings(
                segmentMebibytes: 64, checkpointMilliseconds: 10_000, logLevel: logLevel))
    }

    private var daemon: Daemon { target.daemon }

    private static var users: [UInt32] { Surroundings.agents + Surroundings.strangers }

    private var memoryMax: Int {
        restingBytes + Self.unfinishedBytesMax + Self.users.count * Self.bytesPerUserMax
    }

    // MARK: Rounds

    /// Starts the daemon, fills it, and lets the good client come.
    func start() throws(TrialError) {
        try Self.start(&target)
        if var decoy {
            try Self.start(&decoy)
            self.decoy = decoy
        }
        good = try Program(
            [
                program, "behave", "--socket", daemon.socketPath,
                "--user", "\(Surroundings.goodUser)", "--group", "\(Surroundings.group)",
                "--seconds", "\(Self.goodSecondsMax)",
            ], output: goodPath, isGuarded: false)
        usleep(300_000)
        restingBytes = daemon.program.map { Footprint.peak(of: $0.pid) } ?? 0
    }

    private static func start(_ target: inout Target) throws(TrialError) {
        let daemon = target.daemon
        guard chmod(target.folder, 0o711) == 0, chmod(daemon.socketPath, 0o666) == 0 else {
            throw .call("open \(daemon.socketPath) to everybody", errno: errno)
        }
        try daemon.start()
        for command in SiegeRoots.commands {
            _ = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
                let reply = try client.answer(command)
                return Answered(lsn: reply.lsn, value: reply.answer)
            }
        }
        let status = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
            try client.status()
        }
        target.incarnation = status.value.incarnation
    }

    private var goodPath: String { "\(folder)/good" }

    /// The good client alone, and then under attack. Nothing if the daemon has ended.
    func round(seconds: Double) throws(TrialError) -> Round? {
        let alone = pass(seconds)
        guard let pid = daemon.program?.pid, daemon.isRunning else { return nil }
        roundCount += 1
        let outputs = Self.users.map { "\(folder)/attacker-\(roundCount)-\($0)" }
        let beside = try decoy.map { (decoy) throws(TrialError) in
            let window = try assault(on: decoy, seconds, outputs.map { $0 + "-beside" })
            // What it has left to do then is not to be done during the next.
            _ = awaitRecovery(of: decoy.daemon, clients: 1)
            return window
        }
        Footprint.forgetPeak(of: pid)
        let processorSeconds = Footprint.processorSeconds(of: pid)
        let attacked = try assault(on: target, seconds, outputs)
        let recoverySeconds = awaitRecovery(of: daemon, clients: 2)
        guard daemon.isRunning else { return nil }
        let peakBytes = Footprint.peak(of: pid)
        if peakBytes > memoryMax {
            findings.append(
                Finding(
                    """
                    \(attack.name): the daemon took \(peakBytes >> 20) MiB, more than the \
                    \(memoryMax >> 20) that its limits add up to
                    """))
        }
        let tallies = outputs.compactMap {
            Attacker.Tally(line: TrialFolder.head(of: $0).dropLast())
        }
        return Round(
            alone: alone, beside: beside, attacked: attacked, peakBytes: peakBytes,
            processorSeconds: Footprint.processorSeconds(of: pid) - processorSeconds,
            recoverySeconds: recoverySeconds, tally: tallies.reduce(Attacker.Tally(), +))
    }

    /// Lets the attackers come, and go again.
    private func assault(
        on target: Target, _ seconds: Double, _ outputs: [String]
    ) throws(TrialError) -> Window {
        var attackers: [Program] = []
        for (user, output) in zip(Self.users, outputs) {
            attackers.append(try start(user, target, seconds, output))
        }
        usleep(UInt32(Self.beginSeconds * 1e6))
        let window = pass(seconds)
        for attacker in attackers {
            let end = attacker.wait(seconds: Self.endSeconds)
            if end == .exit(0) { continue }
            let how = end.map(\.description) ?? "nothing"
            findings.append(Finding("\(attack.name): an attacker ended with \(how)"))
        }
        return window
    }

    /// Waits until a daemon knows of nobody but its own clients, with who asks here.
    private func awaitRecovery(of daemon: Daemon, clients: UInt64) -> Double {
        let begin = Clock.now
        let deadline = begin + UInt64(Self.recoverySecondsMax * 1e9)
        while daemon.isRunning, Clock.now < deadline {
            do throws(ClientError) {
                var client = try Client.connect(
                    to: daemon.socketPath, software: "ipamtrial", timeout: .seconds(1))
                client.timeout = .seconds(Int64(Self.recoverySecondsMax))
                let status = try client.status()
                if status.value.connectionCount <= clients {
                    return Double(Clock.now - begin) / 1e9
                }
            } catch {
                // It is not well yet; who gives up in the end says so.
            }
            usleep(10_000)
        }
        if daemon.isRunning {
            let seconds = Int(Self.recoverySecondsMax)
            findings.append(
                Finding("\(attack.name): \(seconds) s after its end the daemon is not well again"))
        }
        return Double(Clock.now - begin) / 1e9
    }

    private func pass(_ seconds: Double) -> Window {
        let begin = Clock.now
        usleep(UInt32(seconds * 1e6))
        return Window(begin: begin, end: Clock.now)
    }

    private func start(
        _ user: UInt32, _ target: Target, _ seconds: Double, _ output: String
    ) throws(TrialError) -> Program {
        let isAgent = Surroundings.agents.contains(user)
        let attack = force.isLight ? attack.light : attack
        let count = isAgent ? attack.connections : attack.connectionsOfStrangers
        return try Program(
            [
                program, "attack", attack.name, "--socket", target.daemon.socketPath,
                "--seconds", "\(Self.beginSeconds + seconds + Self.marginSeconds)",
                "--user", "\(user)", "--group", "\(isAgent ? Surroundings.group : user)",
                "--connections", "\(count)", "--incarnation", "\(target.incarnation)",
                "--niceness", "\(force.niceness)", "--seed", "\(seed &+ UInt64(user))",
            ] + (force.isLight ? ["--light"] : []), output: output, isGuarded: false)
    }

    // MARK: The end

    /// Ends all, and says what was found.
    func end() throws(TrialError) {
        if daemon.program != nil, !daemon.isRunning {
            let how = daemon.kill()?.sentence ?? "the daemon ended"
            findings.append(Finding("\(attack.name): \(how)"))
        }
        if let good {
            good.signal(SIGTERM)
            if good.wait(seconds: Self.endSeconds) != .exit(0) {
                findings.append(
                    Finding("\(attack.name): the good client does not end: a request hangs"))
            }
            readDeeds()
        }
        good = nil
        if daemon.program != nil { try checkState() }
        for daemon in [daemon, decoy?.daemon].compactMap(\.self) {
            if let finding = daemon.stop() { findings.append(finding) }
        }
        log = journal.take()
        checkLog()
    }

    private func readDeeds() {
        var facts = stat()
        stat(goodPath, &facts)
        let lines = TrialFolder.head(of: goodPath, bytes: Int(facts.st_size)).split(separator: "\n")
        deeds = lines.compactMap { GoodClient.Deed(line: $0) }
        if deeds.isEmpty {
            findings.append(Finding("\(attack.name): the good client has done nothing"))
        }
        for deed in deeds {
            guard let fault = deed.fault else { continue }
            findings.append(
                Finding(
                    """
                    \(attack.name): the good client's \(deed.kind.rawValue) was lost after \
                    \(deed.nanoseconds / 1_000_000) ms: \(fault)
                    """))
        }
    }

    private func checkState() throws(TrialError) {
        let check = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
            try client.check()
        }
        findings += check.value.violations.map { Finding("\(attack.name): its own check: \($0)") }
        let list = Query.List(kind: .prefixAllocation, namespace: GoodClient.namespace)
        let left = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
            try client.list(list)
        }
        let isSound = deeds.allSatisfy { $0.fault == nil }
        if isSound, !left.value.items.isEmpty {
            findings.append(
                Finding("\(attack.name): \(left.value.items.count) releases were not kept"))
        }
    }

    private func checkLog() {
        findings += log.findings.map { Finding("\(attack.name): \($0)") }
        let seconds = Int((Clock.now - begin) / 1_000_000_000) + 1
        let most = Self.faultsBurst + Self.faultsPerSecond * seconds
        for (user, count) in log.faultsByUser.sorted(by: { $0.key < $1.key })
        where count > most {
            findings.append(
                Finding(
                    """
                    \(attack.name): user \(user) caused \(count) entries of the log in \
                    \(seconds) s, more than \(most)
                    """))
        }
    }
}
