import IPAM
import IPAMEngine
import Testing

@testable import IPAMStore

/// Keys whose order shows in each of their parts, and in parts of which one begins another.
private let keys: [ResourceKey] = ResourceKind.allCases.flatMap { kind in
    ["a", "a-b", "a.b", "ab", "b", "default", String(repeating: "n", count: 63)].flatMap {
        namespace in
        ["0", "a", "a-1", "a.1", "a1", "a10", "a2", String(repeating: "x", count: 200)].map {
            ResourceKey(kind: kind, namespace: namespace, name: $0)
        }
    }
}

private func object(_ key: ResourceKey, version: UInt64) throws -> Resource {
    let spec = Spec(family: .ipv4, prefixLength: 24, parent: "root")
    return Resource(
        key: key, uid: ResourceUID(number: 1), version: version, created: Instant(milliseconds: 0),
        owner: 0, spec: try #require(spec), phaseSince: Instant(milliseconds: 0))
}

/// A frame of one record for each of these events.
private func frame(_ events: [Event], first: UInt64) -> Frame {
    var bytes = [UInt8](repeating: 0, count: Frame.headerBytes)
    for (index, event) in events.enumerated() {
        let record = JournalRecord(
            lsn: first + UInt64(index), time: Instant(milliseconds: 0), events: [event])
        withUnsafeBytes(of: UInt32(record.encoded.count).littleEndian) { bytes += $0 }
        bytes += record.encoded
    }
    return Frame(
        kind: .records, count: UInt32(events.count), first: first, durableLSN: 0, previous: 0,
        check: 0, bytes: bytes)
}

@Suite struct `What segments say last of each object` {
    @Test func `stands in the order of the keys, from their bytes alone`() throws {
        let sorted = keys.sorted()
        let objects = try sorted.map { try object($0, version: 1).encoded }
        for (left, leftBytes) in objects.enumerated() {
            let leftKey = try #require(StoredKey(ofObject: leftBytes.indices, in: leftBytes))
            for (right, rightBytes) in objects.enumerated() {
                let rightKey = try #require(StoredKey(ofObject: rightBytes.indices, in: rightBytes))
                let order = leftKey.order(in: leftBytes, rightKey, in: rightBytes)
                #expect(
                    order.signum() == (left - right).signum(), "\(sorted[left]) \(sorted[right])")
            }
        }
    }

    @Test(arguments: 1...8) func `is the last change, whatever came before it`(seed: Int) throws {
        var list = ChangeList()
        var last: [ResourceKey: Event] = [:]
        var lsn: UInt64 = 1
        var state = UInt64(seed)
        // Some segments change few objects often, so that what they leave is compacted.
        for segment in 0..<6 {
            let some = keys.prefix(segment.isMultiple(of: 2) ? 5 : keys.count)
            for _ in 0..<20 {
                var events: [Event] = []
                for _ in 0..<30 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    let key = some[Int(state >> 33) % some.count]
                    let isRemoval = state >> 60 < 5
                    let version = lsn + UInt64(events.count)
                    events.append(
                        isRemoval ? .remove(key) : .put(try object(key, version: version)))
                }
                for event in events { last[event.key] = event }
                try list.append(frame(events, first: lsn), file: "f", offset: 0)
                lsn += UInt64(events.count)
            }
            list.settle()
            let wanted = last.keys.sorted().compactMap { last[$0] }
            #expect(list.changes.count == wanted.count)
            for (change, event) in zip(list.changes, wanted) {
                let bytes =
                    switch event {
                    case .put(let resource): resource.encoded
                    case .remove(let key): key.encoded
                    }
                #expect(change.isRemoval == (event.resource == nil))
                #expect(Array(list.bytes[change.range]) == bytes)
            }
            let kept = list.changes.reduce(0) { $0 + $1.range.count }
            #expect(list.bytes.count <= kept + max(kept, 64 << 10) + 1024)
        }
    }

    @Test func `is no key if it is cut short anywhere`() throws {
        let bytes = keys[0].encoded
        #expect(StoredKey(bytes.indices, in: bytes) != nil)
        for count in bytes.indices { #expect(StoredKey(0..<count, in: bytes) == nil) }
    }
}
