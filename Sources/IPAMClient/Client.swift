internal import IPAM
internal import IPAMWire

/// A conversation with the daemon, one request at a time, each waited for.
///
/// For one-shot tools: no event loop, no threads, no Foundation. Nothing but what the caller says
/// shall wait does so for longer than the timeout, and nothing is asked twice: `ClientError` says
/// whether something may have changed, and the caller decides.
public struct Client: ~Copyable {
    var conversation: Conversation
    /// Why nothing more can be asked; anything but an answer ends the conversation.
    private var ending: String?
    public let greeting: Greeting
    /// The newest state that was seen; to be given to the next `connect`.
    public private(set) var witness: Witness
    /// How long a request may take.
    public var timeout: Duration

    /// Where the daemon listens unless it was told otherwise.
    public static let pathDefault = "/run/ipamd/ipamd.sock"

    /// Connects, and waits until the daemon has said hello.
    ///
    /// `path` is that of the daemon's socket, `software` the name and version of the caller for
    /// the daemon's log. `timeout` bounds connecting, and then each request. `witness` is that of
    /// an earlier conversation: a daemon that knows less is refused with `stateWentBack`.
    public static func connect(
        to path: String = pathDefault, software: String = "IPAMClient",
        timeout: Duration = .seconds(5), knowing witness: Witness? = nil
    ) throws(ClientError) -> Client {
        let deadline = Deadline(after: timeout)
        let socket: StreamSocket
        do throws(StreamSocket.Fault) {
            socket = try StreamSocket.connected(to: path, by: deadline)
        } catch {
            switch error {
            case .timedOut:
                throw .nothingChanged("no connection to \(path) within \(timeout)")
            case .broken(let why): throw .unreachable(path: path, why: why)
            }
        }
        var conversation = Conversation(socket, software: software)
        let greeting = try greet(&conversation, deadline)
        var newest = witness ?? Witness(incarnation: greeting.incarnation, lsn: 0)
        try newest.see(incarnation: greeting.incarnation, durableLSN: greeting.durableLSN)
        return Client(
            conversation: conversation, greeting: greeting, witness: newest, timeout: timeout)
    }

    private init(
        conversation: consuming Conversation, greeting: Greeting, witness: Witness,
        timeout: Duration
    ) {
        self.conversation = conversation
        self.greeting = greeting
        self.witness = witness
        self.timeout = timeout
    }

    /// The first exchange. It changes nothing, however it ends.
    private static func greet(
        _ conversation: inout Conversation, _ deadline: Deadline
    ) throws(ClientError) -> Greeting {
        let event: ClientSession.Event
        do throws(Conversation.Fault) {
            event = try conversation.firstEvent(by: deadline)
        } catch {
            switch error {
            case .timedOut: throw .nothingChanged("the daemon did not say hello in time")
            case .broken(let why): throw .nothingChanged(why)
            case .violated(let violation): throw .protocolFault(violation.sentence)
            }
        }
        switch event {
        case .hello(let agreement): return Greeting(agreement)
        case .goodbye(let goodbye):
            guard goodbye.knownCode == .unsupportedVersion else {
                throw .nothingChanged(goodbye.sentence)
            }
            throw .protocolFault(goodbye.sentence)
        case .reply, .refused, .event, .watchEnded, .cancelAnswered:
            throw .protocolFault("the daemon answered before it was asked")
        }
    }
}

// MARK: - One exchange

extension Client {
    /// Sends a command and waits for its answer.
    mutating func ask(_ command: Command) throws(ClientError) -> Reply {
        try ask(.command(command), mayChange: !command.isDryRun, for: command.longest(timeout))
    }

    mutating func ask(_ query: Query) throws(ClientError) -> Reply {
        try ask(.query(query), mayChange: false, for: timeout)
    }

    private mutating func ask(
        _ request: Request, mayChange: Bool, for longest: Duration
    ) throws(ClientError) -> Reply {
        let deadline = Deadline(after: longest)
        let sent = try send(request, by: deadline)
        while true {
            let event: ClientSession.Event
            do throws(Conversation.Fault) {
                event = try conversation.nextEvent(by: deadline)
            } catch {
                if case .violated(let violation) = error, !mayChange { throw end(violation) }
                throw end(error.sentence(longest), isUnknown: mayChange)
            }
            switch event {
            case .reply(let correlation, let reply) where correlation == sent:
                witness.see(reply.lsn)
                return reply
            case .refused(let correlation, let refusal, let lsn) where correlation == sent:
                witness.see(lsn)
                throw .refused(refusal)
            case .goodbye(let goodbye):
                throw end(goodbye.sentence, isUnknown: mayChange && !goodbye.restNotExecuted)
            // The session lets no answer pass that nobody waits for; a hello comes once.
            case .reply, .refused, .hello, .event, .watchEnded, .cancelAnswered: continue
            }
        }
    }

    /// Sends a request whole. Its answers carry the id that comes back.
    ///
    /// The daemon acts on whole messages alone, so until the last byte has been handed over
    /// nothing can have changed. After that only an answer, or a goodbye that says so, tells.
    mutating func send(
        _ request: Request, by deadline: Deadline
    ) throws(ClientError) -> CorrelationID {
        if let ending { throw .nothingChanged("the conversation has ended: \(ending)") }
        let sent: ClientSession.Sent
        do throws(ClientSession.SendFault) {
            sent = try conversation.session.send(request)
        } catch {
            throw ClientError(error)
        }
        do throws(Conversation.Fault) {
            try conversation.send(sent.bytes, by: deadline)
        } catch {
            throw end(conversation.lastWords() ?? error.sentence(timeout), isUnknown: false)
        }
        return sent.correlation
    }

    /// Takes note of an answer's log sequence number.
    mutating func saw(_ lsn: UInt64) { witness.see(lsn) }

    /// Ends the conversation, and says what that means for the request.
    mutating func end(_ why: String, isUnknown: Bool) -> ClientError {
        ending = why
        return isUnknown ? .outcomeUnknown(why) : .nothingChanged(why)
    }

    /// Ends the conversation with somebody who speaks something else.
    mutating func end(_ violation: ProtocolError) -> ClientError {
        ending = violation.sentence
        return .protocolFault(violation.sentence)
    }
}

extension Command {
    /// How long the answer may take: a request that waits for room may use up its wait before
    /// the daemon says anything.
    fileprivate func longest(_ timeout: Duration) -> Duration {
        guard case .request(let request) = self, let wait = request.waitMilliseconds else {
            return timeout
        }
        return timeout + .milliseconds(Int64(wait))
    }
}

extension Conversation.Fault {
    func sentence(_ timeout: Duration) -> String {
        switch self {
        case .timedOut: "there was no answer within \(timeout)"
        case .broken(let why): why
        case .violated(let violation): violation.sentence
        }
    }
}
