import IPAMStore
import NIOCore
import Systemd

/// A daemon that found its disk full at the start reads what is there, and takes up changes by
/// itself when there is room. Any other fault is for an operator, and for a start of its own.
extension Service {
    func planOpening(after pause: TimeAmount) {
        guard let openAgain else { return }
        loop.scheduleTask(in: pause) {
            guard !self.isDraining else { return }
            // A thread for this one try: reading a large state takes seconds.
            let thread = BackgroundThread(loop: self.loop.nonisolated())
            thread.run(openAgain) { result in
                thread.end()
                self.opened(result, after: pause)
            }
        }
    }

    private func opened(_ result: Result<Opened, StoreError>, after pause: TimeAmount) {
        guard !isDraining else { return }
        switch result {
        case .success(.ready(let ready)):
            // Nothing was changed meanwhile: it is the same state, and can be written now.
            ledger = ready.ledger
            storage = makeStorage(ready)
            fault = nil
            log.write(
                LogEntry(
                    .recovered, .notice,
                    "\(settings.stateDirectory) can be written again, changes are served"
                ).with(.lsn, durableLSN))
            start()
        case .success(.readOnly(_, _, let error)), .failure(let error):
            fault = error
            guard error.isNoSpace else {
                return log.write(
                    LogEntry(
                        .readOnly, .alert,
                        """
                        \(settings.stateDirectory) cannot be written, changes stay refused: \(error)
                        """))
            }
            planOpening(after: min(pause * 2, DaemonLimits.retryTimeMax))
        }
    }
}
