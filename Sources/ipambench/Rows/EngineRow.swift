import IPAM
import IPAMEngine
import Seeded

/// P5: the engine alone, in this process: what deciding and applying a command costs when nothing
/// is encoded, sent or stored.
struct EngineRow {
    let bench: Bench

    /// Lines of the table, and how the cost of a command grows.
    func measure() throws(BenchError) -> (lines: [Line], growth: [GrowthPoint]) {
        Bench.progress("P5: free space alone")
        var lines = [freeSpaceLine()]
        var growth: [GrowthPoint] = []
        for family in [IPFamily.ipv4, .ipv6] {
            for shape in EngineCrowd.Shape.allCases {
                let isFirst = growth.isEmpty
                Bench.progress("P5: \(family), \(shape)")
                let points = try points(EngineCrowd(family, shape), all: isFirst)
                if isFirst { growth = points }
                lines += self.lines(points, family, shape)
            }
        }
        return (lines, growth)
    }

    /// What commands cost on average with so many allocations, in nanoseconds, once a round.
    struct GrowthPoint {
        let count: Int
        let nanoseconds: [Double]
    }

    /// `all` says whether every size is looked at that a plot shows.
    private func points(_ crowd: EngineCrowd, all: Bool) throws(BenchError) -> [GrowthPoint] {
        var crowd = crowd
        let sizes = bench.sizes
        let counts = sizes.growth.filter {
            all || [1000, sizes.large, sizes.veryLarge].contains($0)
        }
        var points: [GrowthPoint] = []
        for count in counts {
            try crowd.grow(to: count)
            var values: [Double] = []
            // The first round finds cold caches, which a daemon that lives on does not.
            _ = try crowd.nanosecondsPerCommand(pairs: min(count, sizes.engineCommands))
            for _ in 0..<bench.rounds {
                values.append(try crowd.nanosecondsPerCommand(pairs: sizes.engineCommands))
            }
            points.append(GrowthPoint(count: count, nanoseconds: values))
        }
        return points
    }

    private func lines(
        _ points: [GrowthPoint], _ family: IPFamily, _ shape: EngineCrowd.Shape
    ) -> [Line] {
        func values(at count: Int) -> [Double] {
            points.first { $0.count == count }?.nanoseconds ?? []
        }
        let what = "a command, \(family), \(shape)"
        let large = Line(
            row: "P5", work: "\(what), \(Number.count(bench.sizes.large))", unit: .nanoseconds,
            values: values(at: bench.sizes.large), goal: .atMost(1500))
        let growth = Line(
            row: "P5", work: "\(what), \(Number.count(bench.sizes.veryLarge))",
            unit: .nanoseconds, values: values(at: bench.sizes.veryLarge),
            other: .init(name: "with 1 000", values: values(at: 1000)), goal: .atMost(4))
        return bench.sizes.hasVeryLarge ? [large, growth] : [large]
    }

    /// Free space of one parent, with as many blocks taken as a large daemon has.
    private func freeSpaceLine() -> Line {
        var random = SeededGenerator(seed: 5)
        var free = FreeSpace(EngineCrowd.root(.ipv4))
        var taken: [IPPrefix] = []
        func takeOne(_ length: UInt8) -> IPPrefix {
            guard let room = free.block(for: length) else {
                preconditionFailure("The root is far larger than what is taken of it.")
            }
            let block = room.first(ofLength: length)
            free.take(block)
            return block
        }
        for index in 0..<bench.sizes.large { taken.append(takeOne(UInt8(26 + index % 7))) }
        var values: [Double] = []
        for _ in 0..<bench.rounds {
            let turns = (0..<bench.sizes.engineCommands).map { _ in
                (
                    Int.random(in: taken.indices, using: &random),
                    UInt8.random(in: 26...32, using: &random)
                )
            }
            let start = Clock.now
            for (index, length) in turns {
                free.give(taken[index])
                taken[index] = takeOne(length)
            }
            values.append(Double(Clock.now - start) / Double(turns.count))
        }
        return Line(
            row: "P5", work: "free space: take and give, \(Number.count(bench.sizes.large))",
            unit: .nanoseconds, values: values, goal: .atMost(300),
            note: "one search, one taking and one giving back together, /26 to /32")
    }
}

extension Number {
    /// A count with gaps between thousands.
    static func count(_ value: Int) -> String { text(Double(value), digits: 0) }
}
