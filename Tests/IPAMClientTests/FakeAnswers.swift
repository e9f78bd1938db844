import IPAM
import IPAMWire

extension FakeConnection {
    /// Above that of every answer here: a daemon that seems to know less than it once did is
    /// not believed.
    static let durableLSN: UInt64 = 1000

    /// An answer that fits the question; a watch and a cancel have none that is plain.
    static func plainAnswer(_ request: IPAMWire.Request) -> Answer? {
        switch request {
        case .command(let command): plainAnswer(command)
        case .query(let query): plainAnswer(query)
        case .watch, .cancel: nil
        }
    }

    private static func plainAnswer(_ command: Command) -> Answer {
        switch command {
        case .apply(let apply):
            .applied(.init(items: apply.manifests.map { .init(key: $0.key, outcome: .created) }))
        case .request(let request): .allocated(allocation(request.name, isCreated: true))
        case .release(let release): .released(released(release))
        case .delete(let delete): .deleted(.init(keys: delete.keys))
        case .batch(let batch):
            .batch(
                .init(
                    parts: batch.parts.map { part in
                        switch part {
                        case .request(let request):
                            .allocated(allocation(request.name, isCreated: true))
                        case .release(let release): .released(released(release))
                        }
                    }))
        case .reconcile: .reconciled(.init(wasQuarantined: true))
        case .access: .accessed(.init(isChanged: true))
        }
    }

    private static func released(_ release: Command.Release) -> Answer.Released {
        .init(items: release.names.map { .init(name: $0, block: nil) })
    }

    private static func plainAnswer(_ query: Query) -> Answer {
        switch query {
        case .list: .listed(.init(items: []))
        case .used: .used(.init(items: []))
        case .namespaces: .namespaces(.init(items: []))
        case .metrics:
            .metrics(
                .init(
                    commitMicroseconds: Histogram(bounds: []), batchChanges: Histogram(bounds: [])))
        case .check: .checked(.init(resourceCount: 3, violations: []))
        case .status: .status(status)
        case .explain:
            .explained(
                .init(
                    placement: nil, explanation: Explanation(.noSuitableParent, "no"),
                    candidates: []))
        case .usage: .usage(.init(items: []))
        case .who: .found(.init(resources: []))
        case .backup: .backup(.init(size: 0, bytes: []))
        }
    }

    static func allocation(_ name: String, isCreated: Bool) -> Answer.Allocated {
        let block = IPPrefix(
            containing: IPAddress(number: 0x0a00_0000, family: .ipv4), length: 26)
        guard let spec = Spec(family: .ipv4, prefixLength: 26, parent: "root") else {
            preconditionFailure("The spec is sound.")
        }
        let resource = Resource(
            key: ResourceKey(kind: .prefixAllocation, namespace: "default", name: name),
            uid: ResourceUID(incarnation: 7, lsn: 41, index: 0), version: 41,
            created: Instant(milliseconds: 0), owner: 0, spec: spec,
            status: .allocated(Placement(block: block, parent: "root")),
            phaseSince: Instant(milliseconds: 0))
        return Answer.Allocated(resource: resource, isCreated: isCreated)
    }

    static let status = DaemonStatus(
        mode: .ok, version: "fake 1", uptimeMilliseconds: 1, incarnation: 7, durableLSN: 41,
        prefixCount: 1, allocationCount: 1, waitingCount: 0, connectionCount: 1,
        stateDirectory: "/nowhere", lastCheckpoint: nil, checkpointLSN: 0, logEntriesDropped: 0)
}
