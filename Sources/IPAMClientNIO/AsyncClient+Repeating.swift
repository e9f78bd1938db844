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
    static let pauseFirst = Duration.milliseconds(5)
    static let pauseLast = Duration.milliseconds(500)

    /// Sleeps, and makes the next pause longer. Cancelling the task ends it at once.
    static func pause(for pause: inout Duration) async {
        do {
            try await Task.sleep(for: pause)
        } catch {
            // Whoever pauses looks next whether the task was cancelled.
        }
        pause = min(pause * 2, pauseLast)
    }

    /// Asks until there is an answer, the deadline passes, or asking again would not be safe.
    func ask(_ question: Question, _ timeout: Duration?) async throws(ClientError) -> Conclusion {
        let start = NIODeadline.now()
        let deadline = start + TimeAmount(timeout ?? self.timeout) + question.wait
        var mayHaveBeenDone = false
        var pause = Self.pauseFirst
        while true {
            let end: Outcome.End
            let now = question.waiting(until: start + question.wait)
            switch await attempt(now, deadline) {
            case .reply(let reply): return .reply(reply)
            case .refused(let refusal, _) where question.isLasting && refusal.code == .cancelled:
                throw .nothingChanged("the task was cancelled")
            case .refused(let refusal, _)
            where question.isLasting && refusal.code == .shuttingDown:
                end = Outcome.End(cause: .lost(refusal.sentence), hasLeft: false)
            case .refused(let refusal, let lsn):
                if mayHaveBeenDone {
                    return try question.result(ofRepeated: refusal, lsn: lsn)
                }
                throw .refused(refusal)
            case .ended(let thisEnd): end = thisEnd
            case .greeted: return .greeted
            case .watchEnded: throw .otherAnswer
            }
            mayHaveBeenDone = mayHaveBeenDone || end.hasLeft && question.mayChange
            let isSafe = !mayHaveBeenDone || question.isRepeatable
            guard question.isWorthRepeating(after: end), isSafe, !Task.isCancelled,
                .now() + TimeAmount(pause) < deadline
            else {
                throw end.error(mayHaveBeenDone: mayHaveBeenDone)
            }
            await Self.pause(for: &pause)
        }
    }
}

extension Question {
    /// How long the daemon may wait for room before it answers.
    fileprivate var wait: TimeAmount {
        guard case .command(.request(let command)) = self else { return .zero }
        return .milliseconds(Int64(command.waitMilliseconds ?? 0))
    }

    /// The same, with what is left of its wait: an earlier attempt may have used up some.
    fileprivate func waiting(until end: NIODeadline) -> Question {
        guard case .command(.request(var command)) = self, command.waitMilliseconds != nil else {
            return self
        }
        let left = max(.zero, end - .now())
        let milliseconds = (left.nanoseconds + 999_999) / 1_000_000
        command.waitMilliseconds = milliseconds == 0 ? nil : UInt32(clamping: milliseconds)
        return .command(.request(command))
    }
}

extension Question {
    /// Whether another connection may serve. Who connects for the first time is told at once
    /// that nobody listens; later the daemon may be on its way back.
    fileprivate func isWorthRepeating(after end: Outcome.End) -> Bool {
        if case (.unreachable, .greeting) = (end.cause, self) { return false }
        return end.isWorthRepeating
    }

    /// Whether acting on it leaves a trace.
    fileprivate var mayChange: Bool {
        switch self {
        case .command(let command): !command.isDryRun
        case .query, .watch, .greeting: false
        }
    }

    /// Whether it may be asked again although it may have been done.
    ///
    /// Names are the caller's own. A block that was released may be somebody else's by now, and
    /// a selector may match what was made since: to release those again could end what nobody
    /// asked to end.
    fileprivate var isRepeatable: Bool {
        switch self {
        case .command(.apply), .command(.request), .command(.delete), .command(.reconcile),
            .command(.access):
            true
        case .command(.release(let command)): command.isRepeatable
        case .command(.batch(let command)):
            command.parts.allSatisfy { part in
                switch part {
                case .request: true
                case .release(let release): release.isRepeatable
                }
            }
        case .query, .watch, .greeting: true
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
        case .command(.batch):
            // What the batch released may be what is not found, and its answer is lost.
            if refusal.code == .notFound || refusal.code == .unknownNamespace {
                throw .outcomeUnknown("the connection was lost, and now: \(refusal.sentence)")
            }
        case .command(.request), .command(.reconcile), .command(.access), .query, .watch,
            .greeting:
            break
        }
        throw .refused(refusal)
    }
}

extension Command.Release {
    /// Whether it ends nothing but what its names mean.
    fileprivate var isRepeatable: Bool { blocks.isEmpty && selector == nil }
}

extension Outcome.End {
    /// Whether another connection may serve.
    var isWorthRepeating: Bool {
        switch cause {
        case .unreachable, .lost: true
        case .timedOut, .cancelled, .closed, .final: false
        }
    }

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
