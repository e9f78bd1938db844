import CSystemd

/// What a service tells the service manager about itself (sd_notify(3)).
///
/// A process that no service manager watches says it to nobody: that is no fault.
package enum Notify {
    /// One assignment of the notification.
    package enum Fact: Hashable, Sendable {
        /// Start-up is done: connections are being answered.
        case ready
        /// The end has begun.
        case stopping
        /// One line for people, shown by `systemctl status`.
        case status(String)
        /// Still alive; see ``Watchdog``.
        case watchdog

        var assignment: String {
            switch self {
            case .ready: "READY=1"
            case .stopping: "STOPPING=1"
            case .status(let line): "STATUS=\(Self.oneLine(line))"
            case .watchdog: "WATCHDOG=1"
            }
        }

        /// A line break would begin another assignment.
        private static func oneLine(_ text: String) -> String {
            String(text.map { $0.isNewline ? " " : $0 })
        }
    }

    /// Sends facts as one notification.
    /// - Returns: Whether a service manager listens and was told.
    @discardableResult
    package static func send(_ facts: Fact...) -> Bool {
        sd_notify(0, facts.map(\.assignment).joined(separator: "\n")) > 0
    }
}

/// How often the service manager wants to hear that the service is alive (`WatchdogSec=`).
package enum Watchdog {
    /// The time after which a silent service is ended; half of it is a good pace. Absent if
    /// nobody watches (sd_watchdog_enabled(3)).
    package static func timeout() -> Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }
}
