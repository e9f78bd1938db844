import Testing

@testable import ipambench

@Suite struct TableTests {
    private func line(_ values: [Double], _ goal: Line.Goal, other: [Double]? = nil) -> Line {
        Line(
            row: "P1", work: "work", unit: .microseconds, values: values,
            other: other.map { Line.Other(name: "floor", values: $0) }, goal: goal)
    }

    @Test func `a goal without a comparison is about the values`() {
        #expect(line([90, 110, 100], .atMost(100)).missedBy == nil)
        #expect(line([300, 110, 200], .atMost(100)).missedBy == 2)
        #expect(line([50], .atLeast(100)).verdict == "missed by 2.00x")
    }

    @Test func `a ratio is that of the same round`() {
        // The medians alone would give 2; round by round it is 1, 4 and 1.
        let paired = line([10, 20, 30], .atMost(1), other: [10, 5, 30])
        #expect(paired.judged == [1, 4, 1])
        #expect(paired.missedBy == nil)
    }

    @Test(
        arguments: [(.atLeast(0.7), 1.4), (.atMost(0.25), 2), (.none, nil)]
            as [(Line.Goal, Double?)])
    func `a goal is missed by the factor that is lacking`(goal: Line.Goal, factor: Double?) {
        #expect(line([50], goal, other: [100]).missedBy == factor)
    }

    @Test func `a line that only compares has no verdict`() {
        #expect(line([50], .none, other: [1]).verdict == "for comparison")
    }

    @Test func `every row of a table has the same width`() {
        let lines = [
            line([1], .atMost(2)),
            line([1_000_000, 2_000_000, 3_000_000], .atLeast(0.5), other: [1, 2, 3]),
        ]
        let rows = Table.text(lines).split(separator: "\n")
        #expect(rows.count == 4)
        #expect(Set(rows.map(\.count)).count == 1)
        #expect(Set(rows.map { $0.count(where: { $0 == "|" }) }) == [Table.head.count + 1])
        #expect(rows[3].contains("2 000 000 (1 000 000 to 3 000 000) µs"))
    }

    @Test func `only lines that need one have a note`() {
        var noted = line([1], .atMost(2))
        noted.note = "with care"
        #expect(Table.notes([line([1], .none), noted]) == "- P1, work: with care\n")
    }
}
