import IPAM
import IPAMWire
import Testing

/// Figures that do not add up are refused before anybody computes with them.
@Suite struct UsageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let block: String?
        var used: [LengthCount] = []
        var free: [LengthCount] = []
        var largestFree: String?
    }

    @Test(arguments: [
        Case(
            testDescription: "an IPv4 Prefix", block: "10.0.0.0/24",
            used: [.init(length: 25, count: 1)], free: [.init(length: 26, count: 2)],
            largestFree: "10.0.0.128/26"),
        Case(
            testDescription: "all of IPv4 by its addresses", block: "0.0.0.0/0",
            used: [.init(length: 32, count: 1 << 32)]),
        Case(
            testDescription: "all of IPv6 in halves", block: "::/0",
            used: [.init(length: 1, count: 1)], free: [.init(length: 1, count: 1)],
            largestFree: "8000::/1"),
        Case(testDescription: "a Prefix that is Pending", block: nil),
    ])
    func `blocks that are together the whole are read`(of each: Case) throws {
        let usage = try usage(each)
        #expect(try read(usage) == usage)
    }

    @Test(arguments: [
        Case(testDescription: "nothing", block: "10.0.0.0/24"),
        Case(
            testDescription: "one address too few", block: "10.0.0.0/24",
            used: [.init(length: 32, count: 255)]),
        Case(
            testDescription: "twice the whole", block: "10.0.0.0/24",
            used: [.init(length: 24, count: 1)], free: [.init(length: 24, count: 1)]),
        Case(
            testDescription: "2¹²⁸ and once more", block: "::/0",
            used: [.init(length: 0, count: 2)]),
        Case(
            testDescription: "2¹²⁸ twice, in parts", block: "::/0",
            used: [.init(length: 1, count: 4)]),
        Case(
            testDescription: "more than 2¹²⁸ in a small whole", block: "::/128",
            used: [.init(length: 128, count: .max)], free: [.init(length: 0, count: .max)]),
        Case(
            testDescription: "lengths that no address has", block: "10.0.0.0/24",
            used: [.init(length: 33, count: 512)]),
        Case(
            testDescription: "lengths that descend", block: "10.0.0.0/24",
            used: [.init(length: 26, count: 2), .init(length: 25, count: 1)]),
        Case(
            testDescription: "a length twice", block: "10.0.0.0/24",
            used: [.init(length: 25, count: 1), .init(length: 25, count: 1)]),
        Case(
            testDescription: "a length of no blocks", block: "10.0.0.0/24",
            used: [.init(length: 24, count: 1), .init(length: 25, count: 0)]),
        Case(
            testDescription: "a largest free block elsewhere", block: "10.0.0.0/24",
            free: [.init(length: 24, count: 1)], largestFree: "10.0.1.0/24"),
        Case(
            testDescription: "a largest free block of the other family", block: "10.0.0.0/24",
            free: [.init(length: 24, count: 1)], largestFree: "::/100"),
        Case(
            testDescription: "blocks of a Prefix that is Pending", block: nil,
            used: [.init(length: 24, count: 1)]),
        Case(
            testDescription: "a free block of a Prefix that is Pending", block: nil,
            largestFree: "10.0.0.0/24"),
    ])
    func `figures that cannot be are refused`(of each: Case) throws {
        let usage = try usage(each)
        #expect(throws: DecodingFault.self) { try read(usage) }
    }

    private func usage(_ each: Case) throws -> PrefixUsage {
        PrefixUsage(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "root"),
            block: try each.block.map { try IPPrefix($0) }, used: each.used, free: each.free,
            largestFree: try each.largestFree.map { try IPPrefix($0) })
    }

    private func read(_ usage: PrefixUsage) throws -> PrefixUsage {
        var fields = FieldReader(usage.encoded, structure: "prefix usage")
        return try PrefixUsage(from: &fields)
    }
}
