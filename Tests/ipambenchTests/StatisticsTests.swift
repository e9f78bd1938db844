import Testing

@testable import ipambench

@Suite struct StatisticsTests {
    @Test(arguments: [([3], 3), ([1, 9, 2], 2), ([4, 1, 3, 2], 2.5)] as [([Double], Double)])
    func `the median is the middle, or between the two in the middle`(
        values: [Double], median: Double
    ) {
        #expect(Statistics.median(values) == median)
    }

    @Test(arguments: [(0.0, 1.0), (0.5, 50), (0.99, 99), (0.999, 100), (1, 100)])
    func `a percentile is a value that was measured`(share: Double, value: Double) {
        #expect(Statistics.percentile(share, (1...100).reversed().map(Double.init)) == value)
    }

    @Test(arguments: [
        (0.0, 0, "0"), (999.5, 0, "1 000"), (1_234_567, 0, "1 234 567"), (0.046, 2, "0.05"),
        (12.5, 2, "12.50"), (-3.14, 1, "-3.1"), (-0.001, 2, "0.00"),
    ])
    func `numbers are rounded, and thousands stand apart`(
        value: Double, digits: Int, text: String
    ) {
        #expect(Number.text(value, digits: digits) == text)
    }

    @Test(arguments: [(1.5, "1.5"), (2.0, "2"), (0.85, "0.85"), (16_384, "16 384"), (0, "0")])
    func `a goal is written without zeros at its end`(value: Double, text: String) {
        #expect(Number.short(value) == text)
    }
}
