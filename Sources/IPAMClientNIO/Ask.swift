internal import IPAM
internal import IPAMClient
internal import IPAMWire
internal import NIOCore
internal import Synchronization

/// What can be asked over a connection.
enum Question: Sendable {
    case command(Command)
    case query(Query)
    /// Events, which go to the feed as they come.
    case watch(Watch, WatchFeed)
    /// Nothing but a connection that is open.
    case greeting
}

/// What came of asking once.
enum Outcome: Sendable {
    case reply(Reply)
    case refused(Refusal, lsn: UInt64)
    case greeted
    case watchEnded
    case ended(End)

    /// Why there is no answer.
    struct End: Sendable {
        enum Cause: Sendable {
            case unreachable(path: String, why: String)
            /// The connection ended, or none was there in time: another one may serve.
            case lost(String)
            case timedOut
            case cancelled
            case closed
            /// The daemon does not speak our protocol, or the session cannot send this.
            case final(ClientError)
        }

        let cause: Cause
        /// Whether the request had left, so that the daemon may have acted on it.
        let hasLeft: Bool
    }
}

extension Question {
    /// Whether the daemon may take its time with the answer, and wants to be told when nobody
    /// waits for it any more.
    var isLasting: Bool {
        switch self {
        case .command(.request(let command)): command.waitMilliseconds != nil
        case .watch: true
        case .command(.apply), .command(.release), .command(.delete), .command(.batch),
            .command(.reconcile), .command(.access), .query, .greeting:
            false
        }
    }
}

/// A request that has no answer yet. Confined to the event loop.
final class Ask {
    let question: Question
    /// `.distantFuture` for one that has none.
    var deadline: NIODeadline
    let ticket: Ticket
    /// Whether the daemon has been, or will be, told to end it.
    var isCancelled = false
    /// The id under which it was sent, if it was.
    var correlation: CorrelationID?
    private let continuation: CheckedContinuation<Outcome, Never>

    init(
        _ question: Question, _ deadline: NIODeadline, _ ticket: Ticket,
        _ continuation: CheckedContinuation<Outcome, Never>
    ) {
        self.question = question
        self.deadline = deadline
        self.ticket = ticket
        self.continuation = continuation
    }

    /// Ends the wait. Whoever calls this has taken the request out of every list first.
    func finish(_ outcome: Outcome) { continuation.resume(returning: outcome) }

    func end(_ cause: Outcome.End.Cause, hasLeft: Bool? = nil) {
        finish(.ended(.init(cause: cause, hasLeft: hasLeft ?? (correlation != nil))))
    }
}

/// Names one attempt across threads, and says whether its task was cancelled.
///
/// The mark is set before the event loop hears of it, so an attempt that reaches the loop later
/// sees it, and one that is already there is found by name.
final class Ticket: Sendable {
    private let mark = Atomic<Bool>(false)

    var isCancelled: Bool { mark.load(ordering: .acquiring) }

    func cancel() { mark.store(true, ordering: .releasing) }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (all, isOverAgain) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        self = .nanoseconds(isOver || isOverAgain ? .max : all)
    }
}
