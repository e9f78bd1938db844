internal import ArgumentParser

/// A place in the history of a daemon, as `LSN@INCARNATION`: changes up to it are known.
///
/// A log sequence number alone would not be safe. A daemon that was restored from a backup counts
/// anew from an older one, so the same number means another change there.
struct WatchPosition: Equatable {
    var lsn: UInt64
    var incarnation: UInt64
}

extension WatchPosition: CustomStringConvertible {
    /// The incarnation in hexadecimal, as `status` shows it.
    var description: String { "\(lsn)@\(incarnation.inHex)" }
}

extension WatchPosition: ExpressibleByArgument {
    init?(argument: String) {
        let parts = argument.split(
            separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let lsn = UInt64(parts[0]),
            let incarnation = UInt64(parts[1], radix: 16)
        else { return nil }
        self.init(lsn: lsn, incarnation: incarnation)
    }
}

extension UInt64 {
    /// Sixteen hexadecimal digits, as an incarnation is shown.
    var inHex: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
