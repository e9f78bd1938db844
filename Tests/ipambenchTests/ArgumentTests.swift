import ArgumentParser
import Testing

@testable import ipambench

@Suite struct ArgumentTests {
    @Test func `without options everything is measured in full`() throws {
        let command = try MeasureCommand.parse(["--floor", "f"])
        #expect(command.rows == nil)
        #expect(command.sizes.large == 1_000_000)
        #expect(command.roundCount == 5)
    }

    @Test func `a quick run is small in everything`() throws {
        let command = try MeasureCommand.parse(["--floor", "f", "--quick"])
        #expect(command.roundCount == 2)
        #expect(command.sizes.large < 10_000)
        #expect(command.sizes.growth.contains(command.sizes.large))
        #expect(command.sizes.growth.contains(command.sizes.veryLarge))
        #expect(command.sizes.growth == command.sizes.growth.sorted())
    }

    @Test func `what is larger than the largest is left out`() throws {
        let command = try MeasureCommand.parse(["--floor", "f", "--largest", "1000000"])
        #expect(command.sizes.growth.last == 1_000_000)
        #expect(!command.sizes.hasVeryLarge)
        #expect(Bench.Sizes.full.hasVeryLarge)
        #expect(throws: (any Error).self) {
            try MeasureCommand.parse(["--floor", "f", "--largest", "999999"])
        }
    }

    @Test func `rows are named as in the table`() throws {
        let command = try MeasureCommand.parse(["--floor", "f", "--only", "P1,P12"])
        #expect(command.rows == ["P1", "P12"])
        for wrong in ["P13", "p1", "P1,,P2", ""] {
            #expect(throws: (any Error).self) {
                try MeasureCommand.parse(["--floor", "f", "--only", wrong])
            }
        }
    }

    @Test func `there is one round at least`() {
        #expect(throws: (any Error).self) {
            try MeasureCommand.parse(["--floor", "f", "--rounds", "0"])
        }
    }

    @Test func `what redis-benchmark prints is found by the names of its columns`() throws {
        let text = """
            "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms"
            "SET","3205.13","0.307","0.200","0.295","0.415"

            """
        let figures = try #require(Redis.figures(in: text))
        #expect(figures.rate == 3205.13)
        #expect(figures.microseconds == 295)
        #expect(Redis.figures(in: "Could not connect") == nil)
    }

    @Test func `the page names commit, machine and what was measured`() {
        let line = Line(
            row: "P9", work: "memory", unit: .bytes, values: [150], goal: .atMost(200))
        let page = FiguresPage(
            report: Report(lines: [line]), machine: "1 x processor", commit: "abc1234")
        #expect(page.text.contains("commit abc1234, on 1 x processor"))
        #expect(page.text.contains("| P9  | memory | 150 B |"))
    }
}
