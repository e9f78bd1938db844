internal import IPAM
package import IPAMWire

extension ClientError {
    /// What the session did not send. Nothing changed.
    package init(_ fault: ClientSession.SendFault) {
        switch fault {
        case .notOpen: self = .nothingChanged("the daemon has not said hello")
        case .tooManyInFlight(let most):
            self = .nothingChanged("\(most) requests are without an answer, which is the maximum")
        case .tooLarge(let bytes, let max):
            let sentence =
                "the request has \(bytes) bytes, the daemon takes \(max); "
                + "ask for less at a time"
            self = .refused(Refusal(.tooLarge, sentence))
        }
    }

    /// The session matches answers to requests, so this does not happen with a sound session.
    package static var otherAnswer: ClientError {
        .protocolFault("the answer is one to another question")
    }
}
