internal import IPAM
internal import IPAMClient
internal import NIOCore

/// What asking, perhaps more than once, came to.
enum Conclusion {
    case reply(Reply)
    /// An attempt whose answer was lost had done it: there is nothing left to end.
    case doneBefore(lsn: UInt64)
    /// There is a connection.
    case greeted

    /// The reply; only a release or a delete can have been done before.
    func reply() throws(ClientError) -> Reply {
        switch self {
        case .reply(let reply): reply
        case .doneBefore, .greeted: throw .otherAnswer
        }
    }
}

extension AsyncClient {
    /// Pauses before the next attempt: they double from the first to the last.
    private static let pauseFirst = Duration.milliseconds(5)
    private static let pauseLast = Duration.milliseconds(500)

    /// Asks until there is an answer, the deadline passes, or asking again would not be safe.
    func ask(_ question: Question, _ timeout: Duration?) async throws(ClientError) -> Conclusion {
        let deadline = NIODeadline.now() + TimeAmount(timeout ?? self.timeout)
        var mayHaveBeenDone = false
        var pause = Self.pauseFirst
        while true {
            let end: Outcome.End
            switch await attempt(question, deadline) {
            case .reply(let reply): return .reply(reply)
            case .refused(let refusal, let lsn):
                if mayHaveBeenDone {
                    return try question.result(ofRepeated: refusal, lsn: lsn)
                }
                throw .refused(refusal)
            case .ended(let thisEnd): end = thisEnd
            case .greeted: return .greeted
            }
            mayHaveBeenDone = mayHaveBeenDone || end.hasLeft && question.mayChange
            let isSafe = !mayHaveBeenDone || question.isRepeatable
            guard question.isWorthRepeating(after: end), isSafe,
                .now() + TimeAmount(pause) < deadline
            else {
                throw end.error(mayHaveBeenDone: mayHaveBeenDone)
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw Outcome.End(cause: .cancelled, hasLeft: false)
                    .error(mayHaveBeenDone: mayHaveBeenDone)
            }
            pause = min(pause * 2, Self.pauseLast)
        }
    }
}

extension Question {
    /// Whether another connection may serve. Who connects for the first time is told at once
    /// that nobody listens; later the daemon may be on its way back.
    fileprivate func isWorthRepeating(after end: Outcome.End) -> Bool {
        switch (end.cause, self) {
        case (.unreachable, .greeting): false
        case (.unreachable, .command), (.unreachable, .query), (.lost, _): true
        case (.timedOut, _), (.cancelled, _), (.closed, _), (.final, _): false
        }
    }

    /// Whether acting on it leaves a trace.
    fileprivate var mayChange: Bool {
        switch self {
        case .command(.apply(let command)): !command.isDryRun
        case .command(.request(let command)): !command.isDryRun
        case .command(.release), .command(.delete): true
        case .query, .greeting: false
        }
    }

    /// Whether it may be asked again although it may have been done.
    ///
    /// Names are the caller's own. A block that was released may be somebody else's by now, and
    /// a selector may match what was made since: to release those again could end what nobody
    /// asked to end.
    fileprivate var isRepeatable: Bool {
        switch self {
        case .command(.apply), .command(.request), .command(.delete): true
        case .command(.release(let command)):
            command.blocks.isEmpty && command.selector == nil
        case .query, .greeting: true
        }
    }

    /// What the refusal of a repeated request means, when an earlier attempt may have been done.
    fileprivate func result(
        ofRepeated refusal: Refusal, lsn: UInt64
    ) throws(ClientError) -> Conclusion {
        switch self {
        case .command(.release), .command(.delete):
            // A namespace ends with the last object in it.
            if refusal.code == .notFound || refusal.code == .unknownNamespace {
                return .doneBefore(lsn: lsn)
            }
        case .command(.apply):
            // Our own change may be what moved the version.
            if refusal.code == .versionConflict {
                throw .outcomeUnknown("the connection was lost, and now: \(refusal.sentence)")
            }
        case .command(.request), .query, .greeting: break
        }
        throw .refused(refusal)
    }
}

extension Outcome.End {
    func error(mayHaveBeenDone: Bool) -> ClientError {
        let why: String
        switch cause {
        case .unreachable(let path, let fault):
            if !mayHaveBeenDone { return .unreachable(path: path, why: fault) }
            why = "the connection was lost, and \(path) is not reachable: \(fault)"
        case .final(let error):
            if !mayHaveBeenDone { return error }
            why = error.description
        case .lost(let fault): why = fault
        case .timedOut: why = "there was no answer in time"
        case .cancelled: why = "the task was cancelled"
        case .closed: why = "the client was closed"
        }
        return mayHaveBeenDone ? .outcomeUnknown(why) : .nothingChanged(why)
    }
}
