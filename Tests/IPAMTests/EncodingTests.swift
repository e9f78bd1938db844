import IPAM
import Testing

/// The one encoding of values: what comes back, and which bytes it has.
@Suite struct EncodingTests {
    @Test func `every value comes back from its bytes`() throws {
        for resource in try Samples.resources() {
            #expect(try Samples.decoded("resource", resource.encoded) == resource)
            #expect(try Samples.decoded("key", resource.key.encoded) == resource.key)
            #expect(try Samples.decoded("spec", resource.spec.encoded) == resource.spec)
            #expect(try Samples.decoded("labels", resource.labels.encoded) == resource.labels)
            guard let selector = resource.spec.selector else { continue }
            #expect(try Samples.decoded("selector", selector.encoded) == selector)
        }
    }

    /// Nothing is compatible with a missing selector, everything with an empty one.
    @Test func `an empty selector is not a missing one`() throws {
        let none = try #require(Spec(family: .ipv4, prefixLength: 8, parent: "p"))
        let empty = try #require(
            Spec(family: .ipv4, prefixLength: 8, parent: "p", selector: Selector()))
        #expect(none.encoded != empty.encoded)
        #expect(try Samples.decoded("spec", empty.encoded) as Spec == empty)
    }

    @Test func `values have these bytes, for ever`() throws {
        let key = ResourceKey(kind: .prefix, namespace: "ns", name: "a")
        #expect(key.encoded == [UInt8](hex: "010101 02026e73 030161"))
        let labels: Labels = ["b": "", "a": "x"]
        #expect(labels.encoded == [UInt8](hex: "0106 010161 020178 0105 010162 0200"))
        let selector = try Selector("a=x,z notin (c,b),!g")
        #expect(
            selector.encoded
                == [UInt8](
                    hex: """
                        0108 0106010161020178 820c 01017a020102030162030163 8206 010167020104
                        """))
        let root = try #require(Spec(family: .ipv4, prefix: IPPrefix("10.0.0.0/8")))
        #expect(root.encoded == [UInt8](hex: "010104 0206 04080a000000"))
        let child = try #require(
            Spec(family: .ipv6, prefixLength: 64, parent: "p", selector: Selector()))
        #expect(child.encoded == [UInt8](hex: "010106 030140 040170 8500"))
        var policy = PrefixPolicy()
        policy.strategy = .lowest
        policy.minLength = 24
        policy.excluded = try IPPrefixSet("10.0.0.1")
        policy.quota = 2
        policy.isOwnerOnly = true
        let spread = try #require(
            Spec(family: .ipv4, prefixLength: 8, parentStrategy: .emptiest, policy: policy))
        #expect(
            spread.encoded
                == [UInt8](
                    hex: """
                        010104 030108 860102 8722 810102 820118 8606 04200a000001
                        8810 02000000000000000000000000000000 8a00
                        """))
        let placement = Placement(block: try IPPrefix("2001:db8::/32"), parent: "p")
        #expect(
            placement.encoded
                == [UInt8](
                    hex: """
                        0112 062020010db8000000000000000000000000 020170
                        """))
    }

    @Test func `a resource has these bytes, for ever`() throws {
        let resource = Resource(
            key: ResourceKey(kind: .prefix, namespace: "ns", name: "a"),
            uid: ResourceUID(incarnation: 2, lsn: 3, index: 4), version: 5, generation: 6,
            created: Instant(milliseconds: 7), owner: 1000, apiGroup: .openkcm,
            spec: try #require(Spec(family: .ipv4, prefix: IPPrefix("10.0.0.0/8"))),
            status: .allocated(Placement(block: try IPPrefix("10.0.0.0/8"), parent: nil)),
            phaseSince: Instant(milliseconds: 8))
        #expect(
            resource.encoded
                == [UInt8](
                    hex: """
                        010a 01010102026e73030161
                        0210 04000300000000000200000000000000
                        0308 0500000000000000 0408 0600000000000000 0508 0700000000000000
                        0604 e8030000 070102 0a0b 010104020604080a000000 0b0102
                        0c08 0800000000000000 8d08 010604080a000000
                        """))
    }

    @Test(arguments: [
        (UInt32(0), "00"), (1, "01"), (127, "7f"), (128, "8001"), (16_383, "ff7f"),
        (16_384, "808001"), (.max, "ffffffff0f"),
    ])
    func `a varint has its shortest form`(value: UInt32, hex: String) {
        var writer = ByteWriter()
        writer.append(varint: value)
        #expect(writer.bytes.hex == hex)
    }

    /// The length is written after the value, in front of it.
    @Test(arguments: [0, 1, 127, 128, 129, 16_383, 16_384, 70_000])
    func `a value of any length is nested`(count: Int) throws {
        var nested = ByteWriter()
        nested.field(1) { $0.append([UInt8](repeating: 7, count: count)) }
        var flat = ByteWriter()
        flat.field(1, String(repeating: "\u{7}", count: count))
        #expect(nested.bytes == flat.bytes)
        var fields = FieldReader(nested.bytes, structure: "test")
        #expect(try fields.next()?.raw().count == count)
        #expect(try fields.next().map(\.number) == nil)
    }
}
