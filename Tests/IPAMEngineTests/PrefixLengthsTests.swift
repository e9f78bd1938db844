import Testing

@testable import IPAMEngine

/// Sets of prefix lengths, as a search asks them.
@Suite struct PrefixLengthsTests {
    @Test(
        arguments: [
            (lengths: [], upTo: 128, longest: nil, shortest: nil),
            (lengths: [0], upTo: 0, longest: 0, shortest: 0),
            (lengths: [0], upTo: 128, longest: 0, shortest: 0),
            (lengths: [24, 26, 32], upTo: 25, longest: 24, shortest: 24),
            (lengths: [24, 26, 32], upTo: 26, longest: 26, shortest: 24),
            (lengths: [24, 26, 32], upTo: 23, longest: nil, shortest: 24),
            (lengths: [126, 127, 128], upTo: 126, longest: 126, shortest: 126),
            (lengths: [126, 127, 128], upTo: 127, longest: 127, shortest: 126),
            (lengths: [126, 127, 128], upTo: 128, longest: 128, shortest: 126),
            (lengths: [128], upTo: 127, longest: nil, shortest: 128),
        ] as [(lengths: [UInt8], upTo: UInt8, longest: UInt8?, shortest: UInt8?)])
    func `the longest and the shortest are found`(
        lengths: [UInt8], upTo: UInt8, longest: UInt8?, shortest: UInt8?
    ) {
        var set = PrefixLengths()
        for length in lengths { set.insert(length) }
        #expect(set.longest(upTo: upTo) == longest)
        #expect(set.shortest == shortest)
    }

    @Test func `each length comes and goes on its own`() {
        var set = PrefixLengths()
        for length: UInt8 in 0...128 { set.insert(length) }
        var next = set.longest(upTo: 128)
        for length: UInt8 in (0...128).reversed() {
            #expect(next == length)
            next = set.longest(below: length)
        }
        #expect(next == nil)
        for length: UInt8 in 0...128 {
            #expect(set.shortest == length)
            set.remove(length)
        }
        #expect(set == PrefixLengths())
    }
}
