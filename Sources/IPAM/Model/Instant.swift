/// A moment of the wall clock, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Only shown to people and never compared to decide anything: a clock may jump.
public struct Instant: Sendable, Hashable {
    public let milliseconds: UInt64

    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }
}

/// RFC 3339 in UTC to the second, as Kubernetes prints times.
extension Instant: CustomStringConvertible {
    public var description: String {
        let seconds = milliseconds / 1000
        let (year, month, day) = civilDate(daysSince1970: seconds / 86_400)
        func two(_ number: UInt64) -> String { (number < 10 ? "0" : "") + String(number) }
        let time = seconds % 86_400
        let clock = [time / 3600, time / 60 % 60, time % 60].map(two).joined(separator: ":")
        let padding = String(repeating: "0", count: max(0, 4 - String(year).count))
        return "\(padding)\(year)-\(two(month))-\(two(day))T\(clock)Z"
    }

    /// The proleptic Gregorian date, counted in years that begin in March so that the leap day
    /// is the last of its year.
    private func civilDate(daysSince1970: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let days = daysSince1970 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
