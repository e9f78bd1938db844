import IPAM
import IPAMEngine
import Seeded
import Testing

@Suite struct PropertyTests {
    /// Whatever is asked in whatever order: the state is sound, nothing overlaps, a refusal
    /// leaves no trace, no claim waits that would fit, and the events build the same state.
    @Test(arguments: UInt64(1)...20)
    func `random commands keep every promise`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var run = ScenarioRun()
        for step in 0..<300 {
            _ = run.perform(Self.randomLine(&generator, step))
            if step % 20 == 0 { try check(run, seed, step) }
        }
        try check(run, seed, 300)
    }

    /// The same commands give the same events, byte for byte.
    @Test func `the same commands give the same bytes`() {
        func bytes() -> [[UInt8]] {
            var generator = SeededGenerator(seed: 99)
            var run = ScenarioRun()
            for step in 0..<400 { _ = run.perform(Self.randomLine(&generator, step)) }
            return run.events.map(\.encoded)
        }
        #expect(bytes() == bytes())
    }

    @Test func `events survive their encoding`() throws {
        var generator = SeededGenerator(seed: 5)
        var run = ScenarioRun()
        for step in 0..<400 { _ = run.perform(Self.randomLine(&generator, step)) }
        for event in run.events {
            var fields = FieldReader(event.encoded, structure: "event")
            #expect(try Event(from: &fields) == event)
        }
    }

    private func check(_ run: ScenarioRun, _ seed: UInt64, _ step: Int) throws {
        #expect(run.state.violations() == [], "seed \(seed), step \(step)")
        #expect(run.isReplayable, "seed \(seed), step \(step)")
        var resources: [Resource] = []
        run.state.visitResources { resources.append($0) }
        for resource in resources where resource.placement == nil {
            let list = Query.List(
                kind: resource.key.kind, namespace: "default", names: [resource.key.name])
            guard
                case .listed(let listed) = try run.state.answer(.list(list), by: administrator)
                    .answer
            else { continue }
            #expect(
                listed.items[0].explanation != nil,
                "seed \(seed), step \(step): \(resource.key) waits and would fit")
        }
    }

    /// A line of a scenario over few names and much contention.
    private static func randomLine(
        _ generator: inout SeededGenerator, _ step: Int
    ) -> [String] {
        let number = Int.random(in: 0..<8, using: &generator)
        let length = Int.random(in: 24...32, using: &generator)
        let label = ["t=a", "t=b", "u=c"].randomElement(using: &generator) ?? ""
        let parent = ["from", "p\(Int.random(in: 0..<8, using: &generator))"]
        let source = Bool.random(using: &generator) ? parent : ["select", label]
        let block = "10.0.\(number % 2).\(Int.random(in: 0..<4, using: &generator) * 64)"
        let wanted =
            Int.random(in: 0..<4, using: &generator) == 0
            ? ["prefix", "\(block)/\(max(26, length))"]
            : ["family", "IPv4", "length", "\(length)"]
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return ["root", "p\(number)", "10.0.\(number % 2).0/24", "label", label]
        case 1: return ["child", "p\(number)"] + wanted + source
        case 2: return ["claim", "c\(number)"] + wanted + source
        case 3: return ["label", "p\(number)", label]
        case 4: return ["delete", "prefix/p\(number)"]
        case 5: return ["delete", "prefixallocation/c\(number)"]
        case 6, 7: return ["release", "r\(Int.random(in: 0..<30, using: &generator))"]
        default:
            return ["request", "r\(Int.random(in: 0..<30, using: &generator))"] + wanted + source
        }
    }
}

@Suite struct FreeSpaceTests {
    /// Against the naive way: a set of taken addresses.
    @Test(arguments: [
        "10.0.0.0/26", "2001:db8::/122", "255.255.255.192/26", "ffff:ffff::/122", "::/122",
    ])
    func `best fit is the smallest free block and of those the lowest`(text: String) throws {
        let whole = try IPPrefix(text)
        let bits = whole.family.addressBits
        var space = FreeSpace(whole)
        var taken: [IPPrefix] = []
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            if Bool.random(using: &generator),
                let index = taken.indices.randomElement(
                    using: &generator)
            {
                space.give(taken.remove(at: index))
            } else {
                let length = UInt8.random(in: (bits - 6)...bits, using: &generator)
                let free = space.block(for: length)
                #expect(free == Self.bestFit(length, in: whole, besides: taken))
                guard let free else { continue }
                space.take(free.first(ofLength: length))
                taken.append(free.first(ofLength: length))
            }
        }
        for block in taken { space.give(block) }
        #expect(space.blocks == [whole])
    }

    @Test func `a space of 2 to the 128 addresses is halved without overflow`() throws {
        var space = FreeSpace(try IPPrefix("::/0"))
        let last = try IPPrefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")
        space.take(last)
        #expect(space.blocks.count == 128)
        #expect(space.freeBlock(containing: last) == nil)
        space.give(last)
        #expect(space.largest == space.whole)
    }

    /// All aligned blocks that touch nothing taken, the largest of each place: slow and plain.
    private static func bestFit(
        _ wanted: UInt8, in whole: IPPrefix, besides taken: [IPPrefix]
    ) -> IPPrefix? {
        func isFree(_ block: IPPrefix) -> Bool { !taken.contains { $0.overlaps(block) } }
        for length in stride(from: Int(wanted), through: Int(whole.length), by: -1) {
            let step = UInt128(1) << UInt128(Int(whole.family.addressBits) - length)
            for index in 0..<(UInt128(1) << UInt128(length - Int(whole.length))) {
                let address = IPAddress(
                    number: whole.number + index * step, family: whole.family)
                let block = IPPrefix(containing: address, length: UInt8(length))
                let isLargest =
                    length == Int(whole.length)
                    || !isFree(IPPrefix(containing: address, length: UInt8(length - 1)))
                if isFree(block), isLargest { return block }
            }
        }
        return nil
    }
}

@Suite struct SortedMapTests {
    @Test func `it behaves like a dictionary whose keys are sorted`() {
        var generator = SeededGenerator(seed: 11)
        var map = SortedMap<Int, Int>()
        var model: [Int: Int] = [:]
        for step in 0..<20_000 {
            let key = Int.random(in: 0..<3000, using: &generator)
            let value = Bool.random(using: &generator) ? step : nil
            map[key] = value
            model[key] = value
        }
        let keys = model.keys.sorted()
        var visited: [Int] = []
        map.visit { key, value in
            visited.append(key)
            return model[key] == value
        }
        #expect(visited == keys)
        #expect(map.count == keys.count)
        #expect(map.first?.key == keys.first)
        for key in -1...3001 {
            #expect(map[key] == model[key])
            #expect(map.last(upTo: key)?.key == keys.last { $0 <= key })
            var next: Int?
            map.visit(after: key) { found, _ in
                next = found
                return false
            }
            #expect(next == keys.first { $0 > key })
        }
    }
}
