import IPAM
import Testing

@testable import ipamc

/// The moment at which every test looks.
let now = Instant(milliseconds: 1_790_000_000_000)

/// A resource that was made 90 seconds ago.
func resource(
    _ kind: ResourceKind, _ name: String, version: UInt64 = 1, labels: Labels = [:],
    annotations: Labels = [:], spec: Spec?, status: Status, controller: String? = nil,
    apiGroup: APIGroup = .ironcore
) throws -> Resource {
    let made = Instant(milliseconds: now.milliseconds - 90_000)
    return Resource(
        key: ResourceKey(kind: kind, namespace: "default", name: name),
        uid: ResourceUID(incarnation: 1, lsn: version, index: 0), version: version, created: made,
        owner: 1000, apiGroup: apiGroup, labels: labels, annotations: annotations,
        spec: try #require(spec), status: status, phaseSince: made, controller: controller)
}

func block(_ text: String) throws -> IPPrefix { try IPPrefix(text) }

func root() throws -> Answer.Listed.Item {
    let block = try block("10.0.0.0/8")
    return .init(
        resource: try resource(
            .prefix, "root", labels: ["subnet-type": "public"],
            spec: Spec(family: .ipv4, prefix: block),
            status: .allocated(Placement(block: block, parent: nil))))
}

func child() throws -> Answer.Listed.Item {
    let selector = Selector(matchLabels: ["subnet-type": "public"])
    return .init(
        resource: try resource(
            .prefix, "child", version: 2,
            spec: Spec(family: .ipv4, prefixLength: 9, selector: selector),
            status: .allocated(Placement(block: try block("10.0.0.0/9"), parent: "root"))))
}

func waiting() throws -> Answer.Listed.Item {
    let selector = Selector(matchExpressions: [
        .init(key: "zone", operator: .isIn, values: ["b", "a"])
    ])
    return .init(
        resource: try resource(
            .prefix, "waiting", version: 3,
            spec: Spec(family: .ipv6, prefixLength: 64, selector: selector), status: .pending),
        explanation: Explanation(.noSuitableParent, "no IPv6 Prefix is labelled zone in (a,b)"))
}

func allocation() throws -> Answer.Listed.Item {
    .init(
        resource: try resource(
            .prefixAllocation, "web-1", version: 4,
            spec: Spec(family: .ipv4, prefixLength: 26, parent: "child"),
            status: .allocated(Placement(block: try block("10.0.0.64/26"), parent: "child"))))
}

func controlled() throws -> Answer.Listed.Item {
    .init(
        resource: try resource(
            .prefixAllocation, "child.prefix", version: 2,
            spec: Spec(family: .ipv4, prefixLength: 9, parent: "root"),
            status: .allocated(Placement(block: try block("10.0.0.0/9"), parent: "root")),
            controller: "child"))
}

/// Reads one file called `f.yaml`; faults come back as lines.
func read(_ text: String, for purpose: ManifestReader.Purpose = .apply) -> (
    manifests: [Manifest], faults: [String]
) {
    do throws(ManifestFaults) {
        let documents = try ManifestReader.read(
            [ManifestFile(name: "f.yaml", text: text)], namespace: "default", for: purpose)
        return (documents.map(\.manifest), [])
    } catch {
        return ([], error.faults.map { "\($0.code): \($0)" })
    }
}
