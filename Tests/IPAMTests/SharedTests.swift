import Testing

@testable import IPAM

/// Values that are one word to pass on.
@Suite struct SharedTests {
    @Test func `a copy keeps its value when the other changes`() {
        let first = Shared([1, 2])
        var second = first
        second.value.append(3)
        #expect(first.value == [1, 2])
        #expect(second.value == [1, 2, 3])
        #expect(first != second)
        #expect(second == Shared([1, 2, 3]))
    }

    @Test func `a copy of a resource keeps its labels when the other's change`() throws {
        let resource = try Self.resource(labels: ["tier": "public"])
        var changed = resource
        changed.labels = ["tier": "private"]
        #expect(resource.labels == ["tier": "public"])
        #expect(resource != changed)
    }

    @Test func `a resource is the same when what it has in common is kept once`() throws {
        var parts = CommonParts()
        for owner: UInt32 in [1, 2] {
            let resource = try Self.resource(owner: owner, labels: ["tier": "public"])
            var unified = resource
            parts.unify(&unified)
            #expect(unified == resource)
        }
    }

    @Test func `of equal values one is kept, as long as it is among the latest`() {
        var latest = Latest<Shared<[Int]>>()
        let first = latest.known(Shared([1]))
        for number in 0..<10_000 { #expect(latest.known(Shared([number])).value == [number]) }
        #expect(latest.known(Shared([1])) == first)
    }

    private static func resource(owner: UInt32 = 1, labels: Labels) throws -> Resource {
        let spec = try #require(Spec(family: .ipv4, prefixLength: 26, parent: "pods"))
        return Resource(
            key: ResourceKey(kind: .prefixAllocation, namespace: "default", name: "web"),
            uid: ResourceUID(incarnation: 1, lsn: 1, index: 0), version: 1,
            created: Instant(milliseconds: 1), owner: owner, labels: labels, spec: spec,
            phaseSince: Instant(milliseconds: 1))
    }
}
