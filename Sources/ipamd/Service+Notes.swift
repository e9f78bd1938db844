import IPAM
import IPAMEngine
import IPAMStore
import Systemd

/// What the operator is told of requests. It goes with the batch, and out when that is durable:
/// the log never tells of a change that is not there.
extension Service {
    /// What a call to the ledger brought about, for the operator and for those who waited.
    func takeNews(of operation: String, by asker: Asker?) {
        for news in ledger?.news ?? [] {
            if log.isEnabled(.info), !news.consequences.isEmpty {
                open.append(
                    .change(
                        Change(
                            operation: news.isOfBacklog ? "wake" : operation,
                            asker: news.isOfBacklog ? nil : asker, lsn: news.lsn,
                            consequences: news.consequences,
                            served: askers(of: news.consequences.served))))
            }
            answer(news.consequences.served)
        }
    }

    /// Whose requests these are, by what they got.
    private func askers(of served: [Served]) -> [ResourceKey: Asker] {
        var askers: [ResourceKey: Asker] = [:]
        for served in served {
            guard let waiter = waiters[served.ticket] else { continue }
            let request = waiter.request
            let key = ResourceKey(
                kind: request.asPrefix ? .prefix : .prefixAllocation,
                namespace: request.namespace, name: request.name)
            askers[key] = Asker(caller: waiter.connection.caller, arrival: waiter.arrival)
        }
        return askers
    }

    /// Tells the operator of a refusal, unless its user has caused too many.
    func note(
        _ refusal: Refusal, _ operation: String, _ subject: RefusedSubject, _ asker: Asker
    ) {
        guard log.isEnabled(.info), log.admits(asker.caller) else { return }
        let text = "refused \(operation)\(subject.text): \(refusal)"
        let entry = LogEntry(.refused, .info, text)
            .with(.operation, operation)
            .with(.code, refusal.code)
            .with(subject)
            .with(.lsn, ledger?.lsn)
            .with(asker.caller)
        open.append(.entry(entry, since: asker.arrival))
    }

    /// Tells the operator that a request waits, unless its user has caused too many entries.
    func noteWaiting(_ request: Command.Request, _ caller: Caller) {
        guard log.isEnabled(.info), log.admits(caller) else { return }
        let subject = RefusedSubject(request)
        let entry = LogEntry(.requestWaits, .info, "request\(subject.text) waits for room")
            .with(.operation, "request")
            .with(subject)
            .with(.phase, Phase.pending)
            .with(.lsn, ledger?.lsn)
            .with(caller)
        open.append(.entry(entry, since: nil))
    }
}

extension LogEntry {
    fileprivate func with(_ subject: RefusedSubject) -> LogEntry {
        with(.kind, subject.kind).with(.namespace, subject.namespace).with(.name, subject.name)
            .with(.prefix, subject.prefix).with(.parent, subject.parent)
    }
}
