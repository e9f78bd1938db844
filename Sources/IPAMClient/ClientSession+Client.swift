internal import IPAM
package import IPAMWire

extension ClientSession {
    /// A session whose name for the daemon's log is cut where it is too long.
    package init(named software: String) {
        var name = software
        while name.utf8.count > Limits.softwareNameBytesMax { name.removeLast() }
        self.init(software: name)
    }
}

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
