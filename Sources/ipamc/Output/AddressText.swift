internal import IPAM

extension AddressCount {
    /// Up to so many addresses an exact number is what an operator wants to see.
    private static let exactMax = AddressCount(10_000_000)

    /// The number for a person: exact while it is small, `2^64` where it is a power of two, else
    /// two digits and how many follow, as in `1.2e24`.
    var short: String {
        let digits = Array(description.utf8)
        guard self > Self.exactMax else { return description }
        if let power = powerOfTwo { return "2^\(power)" }
        // Two digits, rounded by the third; 9.96 becomes 10, which is 1.0 and one digit more.
        let head = digits.prefix(3).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        var rounded = (head + 5) / 10
        var exponent = digits.count - 1
        if rounded == 100 {
            rounded = 10
            exponent += 1
        }
        return "\(rounded / 10).\(rounded % 10)e\(exponent)"
    }

    /// The exponent, of a power of two.
    private var powerOfTwo: UInt8? {
        guard let length = lengthOfLargestBlock(.ipv6),
            self == AddressCount(ofLength: length, .ipv6)
        else { return nil }
        return 128 - length
    }

    /// The number, and which share of the whole it is.
    func short(of whole: AddressCount) -> String {
        // A double cannot tell 2⁹⁶ - 2 from 2⁹⁶.
        let share = self == whole ? 1 : min(share(of: whole), 1.0.nextDown)
        return "\(short) (\(percentText(share)))"
    }
}

/// A share in per cent. Neither something nor not quite everything is rounded away.
func percentText(_ share: Double) -> String {
    if share <= 0 { return "0%" }
    if share >= 1 { return "100%" }
    let percent = Int((share * 100).rounded())
    return percent == 0 ? "<1%" : percent == 100 ? ">99%" : "\(percent)%"
}

extension Int {
    /// `1 allocation`, `2 allocations`.
    func counted(_ thing: String) -> String { "\(self) \(thing)\(self == 1 ? "" : "s")" }
}
