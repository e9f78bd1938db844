import Foundation
import FoundationXML
import Testing

@testable import ipambench

@Suite struct PlotTests {
    private func plot(_ series: [Plot.Series]) -> Plot {
        Plot(
            title: "cost & time", xTitle: "count", yTitle: "time", yName: GrowthPlots.timeName,
            series: series)
    }

    private func corners(of svg: String) -> [[(x: Double, y: Double)]] {
        svg.matches(of: /points="([^"]*)"/).map { match in
            match.output.1.split(separator: " ").map { corner in
                let numbers = corner.split(separator: ",").compactMap { Double($0) }
                return (numbers[0], numbers[1])
            }
        }
    }

    @Test func `equal factors have equal distances`() throws {
        let series = Plot.Series(
            name: "a", color: "#000", points: [(10, 1), (100, 10), (1000, 100), (10_000, 1000)])
        let line = try #require(corners(of: plot([series]).svg).first)
        #expect(line.count == 4)
        for (one, next) in zip(line, line.dropFirst()) {
            #expect(abs(next.x - one.x - (line[1].x - line[0].x)) < 0.2)
            #expect(abs(next.y - one.y - (line[1].y - line[0].y)) < 0.2)
            #expect(next.y < one.y, "More stands higher.")
        }
    }

    @Test func `what others have measured is broken, our own is not`() {
        let svg = plot([
            Plot.Series(name: "own", color: "#000", points: [(10, 1), (100, 1)]),
            Plot.Series(
                name: "other", color: "#111", isElsewhere: true, points: [(10, 2), (100, 9)]),
        ]).svg
        #expect(svg.matches(of: /stroke-dasharray/).count == 1)
    }

    @Test func `names at the same height do not lie on each other`() {
        let series = (0..<4).map { index in
            Plot.Series(name: "line \(index)", color: "#000", points: [(10, 1), (100, 5)])
        }
        let heights = plot(series).svg.matches(of: /y="([\d.]+)"[^>]*>line \d</)
            .compactMap { Double($0.output.1) }.sorted()
        #expect(heights.count == 4)
        #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 - $0 >= 15 })
    }

    @Test func `a plot is well-formed XML`() throws {
        let point = EngineRow.GrowthPoint(count: 10, nanoseconds: [700])
        let daemon = [10, 1_000_000].map {
            LargeRows.GrowthPoint(count: $0, microseconds: 300, residentBytes: $0 * 900)
        }
        let files = GrowthPlots(engine: [point], daemon: daemon).files
        #expect(files.map(\.name) == ["latency.svg", "memory.svg"])
        for file in files + [("escaped", plot([]).svg)] {
            let parser = XMLParser(data: Data(file.svg.utf8))
            #expect(parser.parse(), "\(file.name): \(String(describing: parser.parserError))")
        }
    }

    @Test func `nothing is drawn of what was not measured`() {
        #expect(GrowthPlots(engine: [], daemon: []).files.isEmpty)
    }

    @Test(arguments: [
        (0.1, "100 ns"), (1, "1 µs"), (1000, "1 ms"), (100_000, "100 ms"), (1e6, "1 s"),
    ])
    func `a time has the unit that people would use`(microseconds: Double, name: String) {
        #expect(GrowthPlots.timeName(microseconds) == name)
    }
}
