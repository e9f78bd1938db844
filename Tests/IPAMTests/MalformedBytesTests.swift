import IPAM
import Seeded
import Testing

/// What a hostile sender may write: every malformed value has its fault, none traps.
@Suite struct MalformedBytesTests {
    private static func fault<Value: FieldDecodable>(
        _ type: Value.Type, _ hex: String
    ) -> DecodingFault? {
        do throws(DecodingFault) {
            let _: Value = try Samples.decoded("value", [UInt8](hex: hex))
            return nil
        } catch { return error }
    }

    /// A ResourceKey is 010101 02026e73 030161: kind Prefix, namespace `ns`, name `a`.
    @Test(arguments: [
        ("", DecodingFault.Kind.missing, UInt8(1)), ("010101 02026e73", .missing, 3),
        ("01", .truncated, 1), ("0101", .truncated, 1), ("010101 02026e", .truncated, 2),
        ("010101 02ffffffff0f", .truncated, 2), ("010101 0280", .truncated, 2),
        // Lengths: not the shortest form, more than 32 bits, without end.
        ("01810001", .badLength, 1), ("0180808080 00", .badLength, 1),
        ("01ffffffff1f", .badLength, 1), ("01ffffffffff01", .badLength, 1),
        ("00", .outOfOrder, 0), ("80", .outOfOrder, 0), ("010101 030161 02026e73", .outOfOrder, 2),
        ("010101 0000", .outOfOrder, 0), ("010101 010101", .repeated, 1),
        ("010101 02016e 02016e 030161", .repeated, 2), ("010101 810101", .repeated, 1),
        ("010101 02026e73 030161 8400", .unknownCritical, 4),
        ("010101 02026e73 030161 ff0101", .unknownCritical, 127),
        ("010103", .unknownKind(3), 1),
        ("0100", .badValue("it has 0 bytes, not 1"), 1),
        ("01020100", .badValue("it has 2 bytes, not 1"), 1),
        // UTF-8: overlong, a surrogate, beyond U+10FFFF, cut short, a lone continuation.
        ("010101 0202c080", .badValue("the text is no UTF-8"), 2),
        ("010101 0203eda080", .badValue("the text is no UTF-8"), 2),
        ("010101 0204f4908080", .badValue("the text is no UTF-8"), 2),
        ("010101 0202e28c", .badValue("the text is no UTF-8"), 2),
        ("010101 020180", .badValue("the text is no UTF-8"), 2),
    ])
    func `a malformed key has its fault`(hex: String, kind: DecodingFault.Kind, number: UInt8) {
        let fault = Self.fault(ResourceKey.self, hex)
        #expect(fault == DecodingFault(kind, structure: "value", number: number))
        #expect(fault?.description.isEmpty == false)
    }

    @Test(arguments: [
        "010101 02026e73 030161 0400", "010101 02026e73 030161 040161 040162 7f00",
        "810101 82026e73 830161",
    ])
    func `unknown optional fields are skipped, known ones may be marked critical`(hex: String) {
        #expect(Self.fault(ResourceKey.self, hex) == nil)
    }

    /// The block of a Placement: family, length, address in network order.
    @Test(arguments: [
        "", "04", "0408", "04080a0000", "04080a00000000", "05080a000000", "00080a000000",
        "06080a000000", "04210a000000", "04ff0a000000", "04180a000001", "040000000001",
        "064020010db8000000000000000000000001", "068120010db8000000000000000000000001",
        "0600ffffffffffffffffffffffffffffffff",
    ])
    func `a malformed prefix is refused`(hex: String) {
        let value = [UInt8](hex: hex)
        var writer = ByteWriter()
        writer.field(1) { $0.append(value) }
        guard case .badPrefix = Self.fault(Placement.self, writer.bytes.hex)?.kind else {
            Issue.record("accepted, or another fault: \(hex)")
            return
        }
    }

    @Test(arguments: [
        ("010104 030120", true), ("010104 030100", true),
        ("010104 0206 04080a000000 030108", true), ("010104 0206 04080a000000", true),
        ("010104", false), ("010104 030121", false), ("010104 0301ff", false),
        ("010104 0206 04080a000000 030109", false), ("010106 0206 04080a000000", false),
    ])
    func `family, prefix and length of a spec agree`(hex: String, isAccepted: Bool) {
        #expect((Self.fault(Spec.self, hex) == nil) == isAccepted)
    }

    @Test func `labels ascend, each key once`() {
        #expect(Self.fault(Labels.self, "0106 010161 020178 0105 010162 0200") == nil)
        for hex in ["0105 010162 0200 0105 010161 0200", "0105 010161 0200 0105 010161 0200"] {
            guard case .badValue = Self.fault(Labels.self, hex)?.kind else {
                Issue.record("accepted: \(hex)")
                return
            }
        }
    }

    @Test func `a selector with more parts than any honest one is not even read`() {
        let most = Limits.itemsPerCommandMax
        let requirements = String(repeating: "8206 010167020103", count: most + 1)
        #expect(Self.fault(Selector.self, requirements)?.kind == .tooMany(most))
        let values = "010167 020101" + String(repeating: "0300", count: most + 1)
        #expect(Self.fault(Selector.Requirement.self, values)?.kind == .tooMany(most))
    }

    @Test func `a flag has no bytes, and stands once`() throws {
        func flag(_ hex: String) throws(DecodingFault) -> Bool {
            var fields = FieldReader([UInt8](hex: hex), structure: "flags")
            var flag = false
            while let field = try fields.next() { flag = try field.flag() }
            return flag
        }
        #expect(try flag("0100"))
        #expect(try !flag(""))
        #expect(throws: DecodingFault.self) { try flag("010101") }
        #expect(throws: DecodingFault.self) { try flag("010100") }
        #expect(throws: DecodingFault.self) { try flag("0100 0100") }
    }

    @Test func `phase, placement and failure of a resource agree`() throws {
        let resource = try Samples.resources()[0]
        #expect(resource.status == .pending)
        for extra in ["8d08 010604080a000000", "0e0101", "8d08 010604080a000000 0e0101"] {
            let fault = Self.fault(Resource.self, resource.encoded.hex + extra)
            #expect(fault?.number == 11)
        }
    }
}

/// Bytes from a seed: no input traps, and whatever is accepted comes back as the same value.
@Suite struct MutatedBytesTests {
    /// Decodes, and if that is possible, encodes and decodes again.
    private func survives<Value: FieldCodable & Equatable>(
        _ type: Value.Type, _ bytes: [UInt8]
    ) throws -> Bool {
        let value: Value
        do throws(DecodingFault) {
            value = try Samples.decoded("value", bytes)
        } catch {
            #expect(!error.description.isEmpty)
            return false
        }
        let canonical = value.encoded
        #expect(try Samples.decoded("value", canonical) as Value == value)
        #expect(try (Samples.decoded("value", canonical) as Value).encoded == canonical)
        return true
    }

    /// Changes, removes, doubles or adds a few bytes.
    private func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0...(random.next() % 3) where !bytes.isEmpty {
            let index = Int(random.next() % UInt64(bytes.count))
            let end = min(bytes.count, index + Int(random.next() % 12))
            switch random.next() % 6 {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[index] ^= 1 << UInt8(random.next() % 8)
            case 2: bytes.removeSubrange(index..<end)
            case 3: bytes.insert(contentsOf: Array(bytes[index..<end]), at: index)
            case 4: bytes.removeSubrange(index...)
            default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: index)
            }
        }
        return bytes
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `no mutation of a resource traps, and what is accepted is kept`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let resources = try Samples.resources()
        var acceptedCount = 0
        for _ in 0..<1500 {
            let resource = resources[Int(random.next() % UInt64(resources.count))]
            let bytes = mutated(resource.encoded, &random)
            if try survives(Resource.self, bytes) { acceptedCount += 1 }
            _ = try survives(Spec.self, mutated(resource.spec.encoded, &random))
            _ = try survives(Labels.self, mutated(resource.labels.encoded, &random))
            let selector = resource.spec.selector ?? Selector(matchLabels: ["a": "b"])
            _ = try survives(Selector.self, mutated(selector.encoded, &random))
        }
        // Else the test would only prove that everything is refused.
        #expect(acceptedCount > 0)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `no random bytes trap`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            let count = random.next() % 40
            // Small numbers make plausible tags and lengths.
            let bytes = (0..<count).map { _ in UInt8(random.next() % (random.next() % 256 + 1)) }
            _ = try survives(Resource.self, bytes)
            _ = try survives(Spec.self, bytes)
            _ = try survives(Selector.self, bytes)
            _ = try survives(ResourceKey.self, bytes)
        }
    }
}
