/// What is said of several numbers.
enum Statistics {
    /// The middle one; of an even count the mean of the two in the middle.
    static func median(_ values: [Double]) -> Double {
        precondition(!values.isEmpty, "No median of nothing.")
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The value that a share of all values does not exceed, by nearest rank.
    static func percentile(_ share: Double, _ values: [Double]) -> Double {
        precondition(!values.isEmpty, "No percentile of nothing.")
        precondition((0...1).contains(share), "A share is from 0 to 1.")
        let rank = (share * Double(values.count)).rounded(.up)
        return values.sorted()[max(0, Int(rank) - 1)]
    }
}
