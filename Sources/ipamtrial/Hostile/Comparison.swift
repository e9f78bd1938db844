/// What the good client got under one attack, beside what it got alone.
struct Comparison {
    /// Of one stretch of time.
    struct Figures {
        /// The time within which 99 of 100 requests and releases were answered, in nanoseconds.
        let percentile: Double
        let longest: Double
        let pairsPerSecond: Double
        let longestConnect: Double

        init(_ deeds: [GoodClient.Deed], in window: Siege.Window) {
            let inside = deeds.filter { $0.end > window.begin && $0.begin < window.end }
            let times = inside.filter { $0.kind != .connect }.map(\.nanoseconds).sorted()
            let seconds = Double(window.end - window.begin) / 1e9
            percentile = times.isEmpty ? seconds * 1e9 : Double(times[(times.count - 1) * 99 / 100])
            longest = times.isEmpty ? seconds * 1e9 : Double(times[times.count - 1])
            longestConnect =
                inside.filter { $0.kind == .connect }.map { Double($0.nanoseconds) }.max() ?? 0
            let pairs = deeds.count {
                $0.kind == .release && $0.end > window.begin && $0.end <= window.end
            }
            pairsPerSecond = Double(pairs) / seconds
        }
    }

    /// What an attack may cost others, when the times are judged.
    static let percentileRatioMax = 2.0
    static let throughputRatioMin = 0.8

    let name: String
    let alone: [Figures]
    /// While the attackers were at another daemon; empty if they were not.
    let beside: [Figures]
    let attacked: [Figures]
    let peakBytes: Int
    let recoverySeconds: Double
    let processorSeconds: Double
    let tally: Attacker.Tally

    init(name: String, rounds: [Siege.Round], deeds: [GoodClient.Deed]) {
        self.name = name
        alone = rounds.map { Figures(deeds, in: $0.alone) }
        beside = rounds.compactMap(\.beside).map { Figures(deeds, in: $0) }
        attacked = rounds.map { Figures(deeds, in: $0.attacked) }
        peakBytes = rounds.map(\.peakBytes).max() ?? 0
        recoverySeconds = rounds.map(\.recoverySeconds).max() ?? 0
        processorSeconds = rounds.map(\.processorSeconds).reduce(0, +)
        tally = rounds.map(\.tally).reduce(Attacker.Tally(), +)
    }

    var percentileRatio: Double { percentileRatio(to: alone) }

    var throughputRatio: Double { throughputRatio(to: alone) }

    private func percentileRatio(to base: [Figures]) -> Double {
        Self.ratio(median(attacked, \.percentile), median(base, \.percentile))
    }

    private func throughputRatio(to base: [Figures]) -> Double {
        Self.ratio(median(attacked, \.pairsPerSecond), median(base, \.pairsPerSecond))
    }

    /// What the good client has of a daemon that the attackers use too, beside what it has of one
    /// that they do not use, while they are there all the same.
    private var besideText: String {
        guard !beside.isEmpty else { return "" }
        return """
            ; with the attackers at another daemon \
            \(Self.milliseconds(median(beside, \.percentile))) \
            (x\(Self.short(percentileRatio(to: beside)))) and \
            \(Int(median(beside, \.pairsPerSecond))) pairs/s \
            (\(Self.percent(throughputRatio(to: beside))))
            """
    }

    /// What is worse than it may be; nothing if all is well. What attackers cost who do not even
    /// use this daemon is not its fault.
    var finding: Finding? {
        let base = beside.isEmpty ? alone : beside
        let (percentileRatio, throughputRatio) = (
            percentileRatio(to: base), throughputRatio(to: base)
        )
        guard
            percentileRatio > Self.percentileRatioMax || throughputRatio < Self.throughputRatioMin
        else { return nil }
        let what = beside.isEmpty ? "alone" : "with the attackers at another daemon"
        return Finding(
            """
            \(name): the good client's p99 is \(Self.short(percentileRatio)) times as long, and \
            it gets \(Self.percent(throughputRatio)) of what it gets \(what)
            """)
    }

    /// The middle one, of an even number the lower of the two.
    static func median(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.sorted()[(values.count - 1) / 2]
    }

    private func median(_ figures: [Figures], _ value: (Figures) -> Double) -> Double {
        Self.median(figures.map(value))
    }

    /// Nothing beside nothing is the same.
    static func ratio(_ value: Double, _ base: Double) -> Double {
        base > 0 ? value / base : (value > 0 ? .infinity : 1)
    }

    // MARK: Text

    var line: String {
        """
        \(name): p99 \(Self.milliseconds(median(alone, \.percentile))) -> \
        \(Self.milliseconds(median(attacked, \.percentile))) (x\(Self.short(percentileRatio))), \
        longest \(Self.milliseconds(attacked.map(\.longest).max() ?? 0)), connect at most \
        \(Self.milliseconds(attacked.map(\.longestConnect).max() ?? 0)); \
        \(Int(median(alone, \.pairsPerSecond))) -> \(Int(median(attacked, \.pairsPerSecond))) \
        pairs/s (\(Self.percent(throughputRatio)))\(besideText); \(peakBytes >> 20) MiB, \
        \(Self.short(processorSeconds)) s of processor, well again after \
        \(Self.milliseconds(recoverySeconds * 1e9)); attackers: \
        \(tally.connections) connections, \(tally.messages) messages of \(tally.bytes >> 10) KiB, \
        \(tally.answers) answers, \(tally.ends) ended
        """
    }

    private static func milliseconds(_ nanoseconds: Double) -> String {
        "\(short(nanoseconds / 1e6)) ms"
    }

    private static func percent(_ ratio: Double) -> String {
        ratio.isFinite ? "\(Int((ratio * 100).rounded())) %" : "any"
    }

    /// With one digit behind the point.
    private static func short(_ value: Double) -> String {
        value.isFinite ? "\((value * 10).rounded() / 10)" : "any"
    }
}
