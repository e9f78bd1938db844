import IPAM
import IPAMWire

/// Watches, what they report, and how they end.
extension Samples {
    static func watches() throws -> [String: Sample] {
        let explanation = Explanation(.noRoom, "root6 has no free /48")
        let pending = Answer.Listed.Item(resource: try Objects.pending(), explanation: explanation)
        return [
            "watch allocations":
                .request(
                    .watch(
                        .init(
                            kind: .prefixAllocation, namespace: "default", after: 41,
                            incarnation: 0x0123_4567_89ab_cdef))),
            "watch the Prefixes of every namespace by labels":
                .request(
                    .watch(.init(kind: .prefix, selector: tier, after: 0, incarnation: 7))),
            "event, a new allocation":
                .event(.init(lsn: 42, changes: [.put(.init(resource: try Objects.web()))])),
            "event, a Prefix without room and a removal":
                .event(
                    .init(lsn: 43, changes: [.put(pending), .removed(key(.prefix, "root"))])),
            "event, the allocation is gone":
                .event(.init(lsn: 44, changes: [.removed(key(.prefixAllocation, "web-1"))])),
            "event, only the position moves on": .event(.init(lsn: 300, changes: [])),
            "cancel the watch": .request(.cancel(4)),
            "watch answer": .watchAnswer(.init(lsn: 300)),
            "cancel answer": .cancelAnswer(.init(lsn: 300, isFound: true)),
            "cancel answer, nothing to cancel": .cancelAnswer(.init(lsn: 300, isFound: false)),
        ]
    }
}
