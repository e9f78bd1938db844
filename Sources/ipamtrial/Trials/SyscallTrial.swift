import ArgumentParser
import Glibc
import IPAM
import IPAMClient

/// `ipamtrial syscalls`: every system call of the store fails once, and for ever; or the daemon is
/// killed in it.
struct SyscallTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "syscalls",
        abstract: "Lets each system call of the store fail in turn (strace), and checks.")

    @OptionGroup var common: TrialOptions

    @Option(help: "Only the faults of this call.")
    var call: String?

    @Option(help: "Only the n-th of each call.")
    var index: Int?

    @Option(help: "Live on for so many ms after the fault, so that the daemon tries again.")
    var linger = 0

    @Flag(help: "Begin with a directory that is not there yet, and not with one of a kill.")
    var firstStart = false

    func run() throws {
        Interruption.endsDaemon()
        guard Program.exists("strace") else {
            print("syscalls: skipped, for strace(1) is not installed")
            return
        }
        let start = Clock.now
        let folder = try TrialFolder()
        let prepared =
            firstStart
            ? SyscallRun.Prepared(
                folder: folder, state: nil,
                certificate: Certificate(Roots.reference(owner: geteuid())))
            : try SyscallRun.prepare(in: folder, binary: try common.binary())
        var tally = SyscallTally()
        for fault in Fault.all where call == nil || fault.call == call {
            for number in index.map({ $0...$0 }) ?? 1...Self.callsMax {
                var run = try SyscallRun(
                    prepared, fault: fault, index: number, binary: try common.binary())
                let result = try run.perform(lingering: linger)
                if !result.wasInjected { break }
                tally.add(result, fault, number, isVerbose: common.verbose)
            }
        }
        let seconds = (Clock.now - start) / 1_000_000_000
        print("syscalls: \(tally); \(tally.findings.count) findings, \(seconds) s")
        for finding in tally.findings.prefix(20) { print("  FOUND: \(finding)") }
        folder.remove()
        if !tally.findings.isEmpty { throw ExitCode.failure }
    }

    /// Far more than a run makes of any call in one thread.
    private static let callsMax = 400
}

/// What came of all runs.
struct SyscallTally: CustomStringConvertible {
    private var runs = 0
    private var calls: [String: Int] = [:]
    private var ends: [String: Int] = [:]
    private(set) var findings: [Finding] = []

    mutating func add(
        _ result: SyscallRun.Result, _ fault: Fault, _ index: Int, isVerbose: Bool
    ) {
        runs += 1
        calls[fault.call, default: 0] = max(calls[fault.call, default: 0], index)
        ends[result.end, default: 0] += 1
        findings += result.findings.map { Finding("\(fault), call \(index): \($0)") }
        if isVerbose { print("\(fault), call \(index): \(result.end), \(result.outcomes)") }
    }

    var description: String {
        let counts = calls.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let ends = ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return "\(runs) faults (\(counts.joined(separator: ", "))): \(ends.joined(separator: ", "))"
    }
}

/// One run: a prepared directory, a traced daemon, the script, and a daemon without a tracer.
struct SyscallRun {
    /// A state directory as a killed daemon left it, and what was said until then; or none.
    struct Prepared {
        let folder: TrialFolder
        let state: String?
        let certificate: Certificate
    }

    struct Result {
        var wasInjected = false
        /// How the traced daemon ended.
        var end = ""
        var outcomes = ""
        var findings: [Finding] = []
    }

    private let prepared: Prepared
    private let fault: Fault
    private let index: Int
    private let daemon: Daemon
    private let state: String
    private let log: String

    init(_ prepared: Prepared, fault: Fault, index: Int, binary: String) throws(TrialError) {
        self.prepared = prepared
        self.fault = fault
        self.index = index
        state = "\(prepared.folder.path)/run"
        log = "\(prepared.folder.path)/strace"
        TrialFolder.remove(state)
        unlink(log)
        if let prepared = prepared.state { try Program.run(["cp", "-a", prepared, state]) }
        let folder = "\(prepared.folder.path)"
        daemon = try Daemon(binary: binary, folder: folder, state: state)
        unlink(daemon.logPath)
    }

    static func prepare(in folder: TrialFolder, binary: String) throws(TrialError) -> Prepared {
        let state = "\(folder.path)/prepared"
        let daemon = try Daemon(binary: binary, folder: folder.path, state: state)
        try daemon.start()
        _ = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
            try client.apply(Roots.command)
        }
        var script = Script.preparation
        script.run(daemon)
        let epoch = Epoch(entries: script.entries, last: try DirectoryReader.dump(daemon))
        var certificate = Certificate(Roots.reference(owner: geteuid()))
        let findings = certificate.check(epoch)
        if let ended = daemon.kill() { throw .failed("\(ended)") }
        guard findings.isEmpty else { throw .failed("the preparation: \(findings)") }
        return Prepared(folder: folder, state: state, certificate: certificate)
    }

    /// Lets the fault come, and the daemon live on for so many milliseconds.
    mutating func perform(lingering: Int) throws(TrialError) -> Result {
        var result = Result()
        var script = prepared.state == nil ? Script.main.afterRoots() : Script.main
        try daemon.start(tracer: fault.tracer(at: index, state: state, log: log))
        script.run(daemon)
        var entries = script.entries
        if lingering > 0, daemon.isRunning {
            usleep(UInt32(lingering) * 1000)
            var late = Script.late
            late.run(daemon)
            entries += late.entries
        }
        let end = endTraced()
        result.wasInjected = Fault.wasInjected(log: log) || end == .signal(SIGKILL)
        result.end = end.description
        result.outcomes = entries.map { $0.outcome.short }.joined(separator: " ")
        guard result.wasInjected else { return result }
        result.findings += faults(end, wasServed: script.wasServed)
        result.findings += try afterwards(entries)
        return result
    }

    /// Ends the traced daemon in order, if it still runs.
    private func endTraced() -> Program.End {
        daemon.program?.signal(SIGTERM)
        if let end = daemon.awaitEnd(seconds: Daemon.startSeconds) { return end }
        _ = daemon.kill()
        return .signal(SIGABRT)
    }

    /// An end that is not documented, or one at which a service manager would start it again and
    /// again for the clients that wait.
    private func faults(_ end: Program.End, wasServed: Bool) -> [Finding] {
        var findings: [Finding] = []
        switch end {
        // 0 stopped in order, 2 the storage failed; a killed daemon did not choose.
        case .exit(0), .exit(2): break
        case .signal(SIGKILL) where fault.effect.isKill: return []
        case .exit, .signal: findings.append(Finding("ended with \(end)\n\(daemon.log)"))
        }
        if !wasServed { findings.append(Finding("never served, and ended with \(end)")) }
        return findings
    }

    /// An epoch without the command that made the roots. If that is not there, nothing may be.
    private func check(_ epoch: Epoch) -> [Finding] {
        var epoch = epoch
        if epoch.last.lsn == 0 {
            let told = epoch.entries.filter { ($0.lsn ?? 0) > 0 }
            return told.map { Finding("lost: \($0)") }
                + epoch.last.things.map { Finding("made by nothing: \($0)") }
        }
        epoch.entries.removeAll { $0.isOfRoots }
        var certificate = prepared.certificate
        return certificate.check(epoch) + IntervalCheck.findings([epoch])
    }

    /// Without the fault it serves, and everything that was ever said is true.
    private func afterwards(_ entries: [Entry]) throws(TrialError) -> [Finding] {
        try daemon.start()
        let epoch: Epoch
        do throws(TrialError) {
            epoch = Epoch(entries: entries, last: try DirectoryReader.dump(daemon))
        } catch {
            _ = daemon.kill()
            return [Finding("does not serve afterwards: \(error)")]
        }
        var findings = check(epoch)
        let status = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
            try client.status()
        }
        if status.value.mode != .ok {
            findings.append(
                Finding("afterwards it is \(status.value.mode): \(status.value.detail ?? "")"))
        }
        if let finding = daemon.stop() { findings.append(finding) }
        return findings
    }
}

extension Entry {
    fileprivate var isOfRoots: Bool { ask == .command(.apply(Roots.command)) }
}

extension Outcome {
    /// A word for a line of many.
    var short: String {
        switch self {
        case .answered: "ok"
        case .refused(let code, _): "\(code)"
        case .nothingChanged: "nothing-changed"
        case .unknown: "unknown"
        }
    }
}
