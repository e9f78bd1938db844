/// One line of the table: what was measured in each round, what it is compared with in the same
/// round, and what it should be.
struct Line: Sendable {
    /// What a value, or the ratio to the other, has to be.
    enum Goal: Sendable, Equatable {
        case atMost(Double)
        case atLeast(Double)
        /// It is told for comparison.
        case none
    }

    /// A unit, and how many digits behind the point are worth reading.
    struct Unit: Sendable, Equatable {
        let name: String
        let digits: Int

        static let microseconds = Unit(name: "µs", digits: 0)
        static let milliseconds = Unit(name: "ms", digits: 2)
        static let nanoseconds = Unit(name: "ns", digits: 0)
        static let seconds = Unit(name: "s", digits: 2)
        static let perSecond = Unit(name: "/s", digits: 0)
        static let bytes = Unit(name: "B", digits: 0)
        static let mebibytesPerSecond = Unit(name: "MiB/s", digits: 0)
    }

    struct Other: Sendable {
        let name: String
        let values: [Double]
    }

    /// P1 to P12.
    let row: String
    let work: String
    let unit: Unit
    /// One value a round.
    let values: [Double]
    /// In the same unit, round by round.
    var other: Other?
    let goal: Goal
    var note = ""

    /// What the goal is about: the ratio round by round, or the values themselves.
    var judged: [Double] {
        guard let other else { return values }
        return zip(values, other.values).map { $0 / $1 }
    }

    /// By which factor the goal is missed; nothing if it is met.
    var missedBy: Double? {
        guard !judged.isEmpty else { return nil }
        let median = Statistics.median(judged)
        switch goal {
        case .none: return nil
        case .atMost(let most): return median > most ? median / most : nil
        case .atLeast(let least): return median < least ? least / median : nil
        }
    }

    var verdict: String {
        if goal == .none { return "for comparison" }
        guard let missedBy else { return "met" }
        return "missed by \(Number.text(missedBy, digits: 2))x"
    }

    var goalText: String {
        let unit = other == nil ? " \(unit.name)" : "x"
        return switch goal {
        case .none: ""
        case .atMost(let most): "≤ \(Number.short(most))\(unit)"
        case .atLeast(let least): "≥ \(Number.short(least))\(unit)"
        }
    }
}

/// Numbers as people read them.
enum Number {
    /// With so many digits behind the point, and a gap between thousands.
    static func text(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e18 else { return "\(value)" }
        let whole = Int(scaled) / Int(scale)
        let rest = String(Int(scaled) % Int(scale))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let fraction =
            digits == 0 ? "" : "." + String(repeating: "0", count: digits - rest.count) + rest
        return sign + grouped(String(whole)) + fraction
    }

    /// Without zeros at the end.
    static func short(_ value: Double) -> String {
        var text = text(value, digits: 2)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func grouped(_ digits: String) -> String {
        var groups: [Substring] = []
        var rest = Substring(digits)
        while rest.count > 3 {
            groups.insert(rest.suffix(3), at: 0)
            rest = rest.dropLast(3)
        }
        return ([rest] + groups).joined(separator: " ")
    }
}
