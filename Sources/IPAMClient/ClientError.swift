public import IPAM

/// Why there is no answer. What a caller does next depends on one question, so the cases answer
/// it: was anything changed?
public enum ClientError: Error, Sendable, Hashable {
    /// There is nobody behind the socket, so nothing changed.
    case unreachable(path: String, why: String)
    /// The daemon said no. Nothing changed.
    case refused(Refusal)
    /// Certainly nothing changed, and asking again may help.
    case nothingChanged(String)
    /// The request left, and what became of it is unknown. To ask again with the same name is
    /// safe: it gives the answer that was missed, or does what was not done.
    case outcomeUnknown(String)
    /// The two sides do not speak the same protocol. Nothing changed.
    case protocolFault(String)
    /// The daemon has lost changes that it once acknowledged: prefixes may be handed out a second
    /// time. Nothing was asked. Somebody has to look.
    case stateWentBack(seenLSN: UInt64, durableLSN: UInt64)
}

extension ClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let path, let why): "no daemon is reachable at \(path): \(why)"
        case .refused(let refusal): refusal.description
        case .nothingChanged(let why): "\(why); nothing changed"
        case .outcomeUnknown(let why): "\(why); whether it was done is unknown"
        case .protocolFault(let why): "the daemon does not speak this protocol: \(why)"
        case .stateWentBack(let seenLSN, let durableLSN):
            "the daemon had LSN \(seenLSN) and has \(durableLSN) now: its state went back behind "
                + "what it acknowledged (files copied back, a machine rolled back, a disk that "
                + "lies?); stop it, and restore the newest backup with ipamd restore"
        }
    }
}
