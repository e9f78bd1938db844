import Glibc
import IPAM
import IPAMClient

/// A daemon, clients that compete for its space, and a checker that looks at all of it whenever the
/// daemon has gone and come back.
final class Arena {
    let folder: TrialFolder
    let daemon: Daemon
    private let gate = Gate()
    private let clients: [any TrialClient]
    /// The first is the trial's own.
    private let recorders: [Recorder]
    private var certificate: Certificate
    private(set) var epochs: [Epoch] = []
    private(set) var findings: [Finding] = []
    private var isBegun = false

    /// Makes a client of a socket, a gate, and where it writes down what it asks.
    typealias MakeClient = (String, Gate, Recorder) -> any TrialClient

    /// Longer than any question takes on a busy machine.
    private static let patience = 40.0

    init(
        binary: String, clientCount: Int, state: String? = nil,
        settings: Daemon.Settings = Daemon.Settings(), makeClient: MakeClient
    ) throws(TrialError) {
        folder = try TrialFolder()
        daemon = try Daemon(
            binary: binary, folder: folder.path, state: state, settings: settings)
        let (gate, path, socket) = (gate, folder.path, daemon.socketPath)
        recorders = (0...clientCount).map { Recorder(client: $0, folder: path) }
        clients = recorders.dropFirst().map { makeClient(socket, gate, $0) }
        certificate = Certificate(Roots.reference(owner: geteuid()))
    }

    var isSound: Bool { findings.isEmpty }

    func note(_ finding: Finding?) { if let finding { findings.append(finding) } }

    /// Starts the daemon, makes the roots, and lets the clients come.
    func begin() throws(TrialError) {
        try daemon.start()
        _ = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
            try client.apply(Roots.command)
        }
        let first = try DirectoryReader.dump(daemon)
        let expected = certificate.model
        if first.things != expected.things || first.lsn != expected.lsn {
            note(Finding("the roots are not as they were asked for: \(first.things)"))
        }
        gate.close()
        for client in clients { client.start() }
        isBegun = true
        gate.open()
    }

    /// Lets `cut` end the daemon, and start it again. What it holds then, and all that was said
    /// since the last time, is checked before the clients go on.
    func cycle(cut: () throws(TrialError) -> Void) throws(TrialError) {
        try cut()
        try settle()
        gate.open()
    }

    /// Nobody gets past the gate from now on. Who asked before has no answer yet, or has one.
    func hold() { gate.close() }

    /// Waits until all clients stand still, and checks the epoch that ends here.
    func settle() throws(TrialError) {
        hold()
        if !gate.awaitWaiting(clients.count, seconds: Self.patience) {
            note(Finding("a client has had no answer for \(Int(Self.patience)) seconds"))
            return
        }
        let last = try DirectoryReader.dump(daemon)
        let epoch = Epoch(entries: recorders.flatMap { $0.take() }, last: last)
        epochs.append(epoch)
        findings += certificate.check(epoch)
        let check = try DirectoryReader.ask(daemon) { (client) throws(ClientError) in
            try client.check()
        }
        findings += check.value.violations.map { Finding("its own check: \($0)") }
    }

    func letGo() { gate.open() }

    /// Asks as one client more.
    func ask(_ ask: Ask) -> Outcome {
        let recorder = recorders[0]
        do throws(ClientError) {
            var client = try Client.connect(
                to: daemon.socketPath, software: "ipamtrial", timeout: ClientThread.timeout)
            return recorder.record(ask) {
                do throws(ClientError) {
                    return .answered(try client.answer(ask))
                } catch {
                    return ClientThread.outcome(of: error).0
                }
            }
        } catch {
            return .nothingChanged
        }
    }

    /// Ends the clients and the daemon, and looks at the whole history once more.
    func end() -> [Finding] {
        gate.end()
        if isBegun { for client in clients { client.join() } }
        isBegun = false
        note(daemon.stop())
        findings += clients.flatMap(\.findings)
        guard isSound else { return findings }
        var whole = Certificate(Roots.reference(owner: geteuid()))
        for epoch in epochs where isSound { findings += whole.check(epoch) }
        findings += IntervalCheck.findings(epochs)
        return findings
    }

    /// What a report says of the history.
    var figures: String {
        let entries = epochs.reduce(0) { $0 + $1.entries.count }
        let waits = epochs.reduce(0) { sum, epoch in
            sum + epoch.entries.count { $0.waits && $0.hasChanged }
        }
        let lsn = epochs.last?.last.lsn ?? 0
        return """
            \(entries) questions, \(certificate.changeCount) changes (LSN \(lsn)), \
            \(certificate.lookCount) looks, \(certificate.refusalCount) refusals, \
            \(certificate.doubtCount) without an answer of which \(certificate.doubtsDone) were \
            done, \(waits) served that could wait, generation \(daemon.generation)
            """
    }
}
