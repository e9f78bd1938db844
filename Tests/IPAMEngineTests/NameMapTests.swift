import IPAM
import IPAMEngine
import Seeded
import Testing

/// Names and what is found by them.
@Suite struct NameMapTests {
    private struct Thing: Named, Equatable, Sendable {
        let name: String
        var number: Int
    }

    /// Ways to make names from numbers: what they have in common is where a search may go wrong.
    enum Naming: String, CaseIterable {
        case numbered = "alloc-0000000000"
        case differentLength = "v"
        case sameInEightBytesAndMore = "a-very-long-beginning-that-all-have-"
        case oneIsElsewhere = "node-of-a-cluster-"

        func name(_ number: Int) -> String {
            let digits = String(number)
            switch self {
            case .numbered: return rawValue.dropLast(digits.count) + digits
            case .differentLength: return String(repeating: rawValue, count: number % 40) + digits
            case .sameInEightBytesAndMore: return rawValue + digits
            case .oneIsElsewhere: return number == 7 ? "0" : rawValue + digits + ".prefix"
            }
        }
    }

    @Test(arguments: Naming.allCases)
    func `it behaves like a dictionary whose names are sorted`(naming: Naming) {
        var generator = SeededGenerator(seed: 17)
        var map = NameMap<Thing>()
        var model: [String: Thing] = [:]
        for step in 0..<20_000 {
            let name = naming.name(Int.random(in: 0..<3000, using: &generator))
            let thing = Thing(name: name, number: step)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: #expect(map.put(thing) == model.updateValue(thing, forKey: name))
            case 1: #expect(map.remove(name) == model.removeValue(forKey: name))
            case 2:
                map[name]?.number += 1
                model[name]?.number += 1
            case _:
                map[name] = thing
                model[name] = thing
            }
        }
        let names = model.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(map.count == names.count)
        var visited: [String] = []
        map.visit { thing in
            visited.append(thing.name)
            return model[thing.name] == thing
        }
        #expect(visited == names)
        for number in 0..<3000 {
            let name = naming.name(number)
            #expect(map[name] == model[name])
        }
        for name in names.prefix(300) + ["", "a", "zz", naming.rawValue, naming.rawValue + "\u{0}"]
        {
            var next: String?
            map.visit(after: name) { thing in
                next = thing.name
                return false
            }
            #expect(next == names.first { name.utf8.lexicographicallyPrecedes($0.utf8) })
        }
        for name in names { map[name] = nil }
        #expect(map.isEmpty)
        #expect(map.put(Thing(name: "again", number: 1)) == nil)
        #expect(map["again"]?.number == 1)
    }

    @Test func `ascending and descending names fill chunk after chunk`() {
        for numbers in [Array(0..<2000), Array((0..<2000).reversed())] {
            var map = NameMap<Thing>()
            for number in numbers {
                map.put(Thing(name: Naming.numbered.name(number), number: number))
            }
            var visited: [Int] = []
            map.visit { thing in
                visited.append(thing.number)
                return true
            }
            #expect(visited == Array(0..<2000))
        }
    }
}
