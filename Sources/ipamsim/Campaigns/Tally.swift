/// What a campaign has done, and what it found.
struct Tally: Sendable {
    /// How many findings are kept; where there are more, they say the same.
    private static let findingsMax = 200

    /// Power cuts and kills after which a start was judged.
    var crashCount = 0
    /// Errors of the disk after which a start was judged.
    var errorCount = 0
    /// Damages of files after which a start was judged.
    var damageCount = 0
    private(set) var findings: [String] = []
    private(set) var findingCount = 0

    mutating func note(_ faults: [String], _ replay: @autoclosure () -> String) {
        guard !faults.isEmpty else { return }
        findingCount += faults.count
        guard findings.count < Self.findingsMax else { return }
        let replay = replay()
        findings += faults.map { "\(replay): \($0)" }
    }

    mutating func add(_ other: Tally) {
        crashCount += other.crashCount
        errorCount += other.errorCount
        damageCount += other.damageCount
        findingCount += other.findingCount
        findings = Array((findings + other.findings).prefix(Self.findingsMax))
    }
}
