import IPAM
import IPAMStore
import IPAMWire
import NIOCore
import NIOPosix
import Systemd

/// What happens on the event loop between the first accept and the end.
///
///     begin ──► serving ──► stopping: no more accepts; the batch is finished and answered;
///                  │                  goodbye to all; last checkpoint; exit 0
///                  └──────► failed:   what is certain is answered; goodbye to all; exit 2
final class Lifetime {
    private enum Phase {
        case serving, stopping, failed
    }

    private let service: Service
    private let listener: Listener
    private let log: OperatorLog
    private let settings: Settings
    private let loop: NIOIsolatedEventLoop
    private let end: EventLoopPromise<ExitStatus>
    private var phase = Phase.serving
    private var lastStatus = ""

    init(
        _ opened: OpenedDirectory, settings: Settings, log: OperatorLog,
        loop: NIOIsolatedEventLoop, end: EventLoopPromise<ExitStatus>
    ) {
        self.settings = settings
        self.log = log
        self.loop = loop
        self.end = end
        service = Service(opened, settings: settings, loop: loop, log: log)
        listener = Listener(
            service: service, log: log, roles: .ofThisMachine(),
            connectionsMax: Resources.descriptorsMax - DaemonLimits.descriptorsReserved)
        service.journalFailed = { [unowned self] in fail($0) }
    }

    /// Accepts clients, and says READY: what was recovered is durable already.
    func begin(_ sockets: [ListeningSocket], group: MultiThreadedEventLoopGroup) {
        let listening = sockets.map { listener.listen(on: $0, group: group, loop: loop) }
        EventLoopFuture.andAllSucceed(listening, on: loop.nonisolated()).assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success: self.ready(sockets)
                case .failure(let error):
                    self.log.write(
                        LogEntry(.startFailed, .error, "cannot listen: \(error)"))
                    self.end.succeed(.failure)
                }
            }
    }

    private func ready(_ sockets: [ListeningSocket]) {
        service.start()
        lastStatus = service.statusLine
        Notify.send(.ready, .status(lastStatus))
        let names = sockets.map(\.name).joined(separator: ", ")
        log.write(
            LogEntry(.started, .notice, "\(Ipamd.software) serves on \(names)")
                .with(.lsn, service.durableLSN))
        startTimers()
    }

    private func startTimers() {
        repeatTask(every: settings.checkpointInterval) { $0.service.storage?.checkpoint() }
        repeatTask(every: DaemonLimits.statusTime) {
            $0.showStatus()
            $0.log.tellSuppressed()
        }
        // The loop itself says that it is alive: a slow disk does not stop it, a fault does.
        if let timeout = Watchdog.timeout() {
            repeatTask(every: TimeAmount(timeout / 2)) { _ in Notify.send(.watchdog) }
        }
    }

    private func repeatTask(every pause: TimeAmount, _ task: @escaping (Lifetime) -> Void) {
        loop.scheduleTask(in: pause) { [weak self] in
            guard let self, phase != .failed else { return }
            task(self)
            repeatTask(every: pause, task)
        }
    }

    private func showStatus() {
        guard phase == .serving, service.statusLine != lastStatus else { return }
        lastStatus = service.statusLine
        Notify.send(.status(lastStatus))
    }

    // MARK: The end

    /// Ends in order: whatever was decided is durable and answered, and the goodbye says that
    /// nothing else was done.
    func stop(_ signal: String) {
        guard phase == .serving else { return }
        phase = .stopping
        Notify.send(.stopping, .status("Stopping"))
        log.write(LogEntry(.noticed, .info, "\(signal): stopping"))
        listener.stopAccepting()
        service.drain { [self] in
            let reason = ProtocolError(
                .shuttingDown, "the daemon stops; what was not answered was not done")
            listener.close(because: reason) { [self] in closeStore() }
        }
    }

    private func closeStore() {
        guard let storage = service.storage else { return finish(.success) }
        storage.stop { error in
            if let error { return self.fail(error) }
            self.log.write(
                LogEntry(.stopped, .notice, "stopped in order at LSN \(self.service.durableLSN)")
                    .with(.lsn, self.service.durableLSN))
            self.finish(.success)
        }
    }

    /// The journal cannot be written: only the disk knows what is true, and the next start
    /// reads it.
    private func fail(_ error: StoreError) {
        guard phase != .failed else { return }
        phase = .failed
        Notify.send(.status("Storage failed: \(error)"))
        log.write(
            LogEntry(
                .storageFailed, .critical,
                "the journal cannot be written, the daemon ends and has to start again: \(error)"))
        listener.stopAccepting()
        let reason = ProtocolError(
            .storageFailed, "the storage failed; the daemon starts again from what is durable")
        listener.close(because: reason) { self.finish(.storage) }
    }

    private func finish(_ status: ExitStatus) { end.succeed(status) }
}
