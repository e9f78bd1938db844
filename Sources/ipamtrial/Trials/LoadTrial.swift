import ArgumentParser
import Glibc
import IPAM
import IPAMClient

/// `ipamtrial load`: many clients ask a daemon that somebody else manages, and whatever that one
/// does to it meanwhile, no client notices.
struct LoadTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Asks a daemon that somebody else manages, until a file is there.",
        discussion: """
            The daemon has to be new, and nobody else may change anything: then every answer can \
            be checked. Prints a line as soon as every client has had an answer.
            """)

    @Option(help: "The socket of the daemon.")
    var socket: String

    @Option(help: "Ends as soon as there is a file of this name.")
    var until: String

    @Option(help: "Clients that ask at the same time.")
    var clients = 200

    @Option(help: "Milliseconds between an answer and the next question of a client.")
    var pause = 0

    @Option(help: "Of what is asked.")
    var seed: UInt64 = 1

    /// How long all of them may take for an answer, a restart within it.
    private static let patience = 40.0
    private static let pauseMicroseconds: UInt32 = 20_000

    func run() throws {
        let daemon = ForeignDaemon(socketPath: socket)
        let folder = try TrialFolder()
        let findings = try hold(daemon, folder)
        for finding in findings.prefix(20) { print("  FOUND: \(finding)") }
        guard findings.isEmpty else {
            print("  the clients' files are in \(folder.path)")
            throw ExitCode.failure
        }
        folder.remove()
    }

    private func hold(_ daemon: ForeignDaemon, _ folder: TrialFolder) throws -> [Finding] {
        let start = try makeRoots(daemon)
        let gate = Gate()
        let recorders = (1...max(1, clients)).map { Recorder(client: $0, folder: folder.path) }
        let tasks = recorders.map {
            ClientTask(
                socket: socket, gate: gate, recorder: $0, seed: seed,
                pause: .milliseconds(max(0, pause)))
        }
        for task in tasks { task.start() }
        var findings: [Finding] = []
        var entries = firstAnswers(recorders, &findings)
        print("\(recorders.count) clients have had an answer")
        fflush(nil)
        while access(until, F_OK) != 0 { usleep(Self.pauseMicroseconds) }
        gate.close()
        let areBack = gate.awaitWaiting(tasks.count, seconds: Self.patience)
        findings += tasks.flatMap(\.findings)
        guard areBack else {
            // Waiting for them would be waiting for ever.
            return findings + [Finding("a client has had no answer for \(Int(Self.patience)) s")]
        }
        entries += recorders.flatMap { $0.take() }
        let epoch = Epoch(entries: entries, last: try DirectoryReader.dump(daemon))
        gate.end()
        for task in tasks { task.join() }
        return findings + check(epoch, after: start)
    }

    /// The directory has to be as the checker takes it to be.
    private func makeRoots(_ daemon: ForeignDaemon) throws(TrialError) -> Certificate {
        _ = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
            try client.apply(Roots.command)
        }
        let first = try DirectoryReader.dump(daemon)
        let start = Certificate(Roots.reference(owner: geteuid()))
        guard first.things == start.model.things, first.lsn == start.model.lsn else {
            throw .failed("the daemon is not new: LSN \(first.lsn)")
        }
        return start
    }

    /// What was asked before everybody had an answer.
    private func firstAnswers(
        _ recorders: [Recorder], _ findings: inout [Finding]
    ) -> [Entry] {
        var entries: [Entry] = []
        var served: Set<Int> = []
        let end = Clock.now + UInt64(Self.patience * 1e9)
        while served.count < recorders.count {
            guard Clock.now < end else {
                findings.append(
                    Finding("\(recorders.count - served.count) clients have no first answer"))
                break
            }
            usleep(Self.pauseMicroseconds)
            let more = recorders.flatMap { $0.take() }
            served.formUnion(more.map(\.client))
            entries += more
        }
        return entries
    }

    private func check(_ epoch: Epoch, after start: Certificate) -> [Finding] {
        var certificate = start
        let begin = Clock.now
        var findings = certificate.check(epoch)
        if findings.isEmpty { findings += IntervalCheck.findings([epoch]) }
        let milliseconds = (Clock.now - begin) / 1_000_000
        let longest = epoch.entries.map { $0.returned - $0.invoked }.max() ?? 0
        print(
            """
            \(epoch.entries.count) questions of \(clients) clients, \
            \(certificate.changeCount) changes, \(certificate.lookCount) looks, \
            \(certificate.refusalCount) refusals; the longest answer took \
            \(longest / 1_000_000) ms; \(findings.count) findings in \(milliseconds) ms
            """)
        return findings
    }
}
