internal import Glibc
internal import IPAM
internal import IPAMClient

extension GlobalOptions {
    /// Pauses between attempts to connect, in milliseconds: they double from the first to the
    /// last.
    private static let pauseFirst: UInt32 = 20
    private static let pauseLast: UInt32 = 500

    /// A new conversation after one that ended: the daemon may be on its way back. Tries until
    /// the deadline. `witness` is what was seen of it: one that knows less has lost changes.
    func reconnect(
        by deadline: ContinuousClock.Instant, knowing witness: Witness? = nil
    ) throws(Failure) -> Client {
        var pause = Self.pauseFirst
        while true {
            usleep(pause * 1000)
            pause = min(pause * 2, Self.pauseLast)
            do throws(Failure) {
                return try connect(knowing: witness)
            } catch {
                let isAway = error.status == .unreachable || error.status == .nothingChanged
                guard isAway, .now + .milliseconds(Int64(pause)) < deadline else { throw error }
            }
        }
    }
}

extension ClientError {
    /// Whether another conversation may bring what this one did not.
    var isLostConnection: Bool {
        switch self {
        case .unreachable, .nothingChanged, .outcomeUnknown: true
        case .refused, .protocolFault, .stateWentBack: false
        }
    }

    /// Whether the daemon ended, or the conversation did, and certainly nothing was done.
    var isFarewell: Bool {
        switch self {
        case .nothingChanged: true
        case .refused(let refusal): refusal.code == .shuttingDown
        case .unreachable, .outcomeUnknown, .protocolFault, .stateWentBack: false
        }
    }

    /// Whether there is nobody.
    var isAbsence: Bool { if case .unreachable = self { true } else { false } }
}
