public import IPAM
internal import IPAMWire

/// A conversation with the daemon, one request at a time, each waited for.
///
/// For one-shot tools: no event loop, no threads, no Foundation. Nothing waits longer than the
/// timeout, and nothing is asked twice: `ClientError` says whether something may have changed,
/// and the caller decides.
public struct Client: ~Copyable {
    private var conversation: Conversation
    /// Why nothing more can be asked; anything but an answer ends the conversation.
    private var ending: String?
    public let greeting: Greeting
    /// How long a request may take.
    public var timeout: Duration

    /// Where the daemon listens unless it was told otherwise.
    public static let pathDefault = "/run/ipamd/ipamd.sock"

    /// Connects, and waits until the daemon has said hello.
    ///
    /// `path` is that of the daemon's socket, `software` the name and version of the caller for
    /// the daemon's log. `timeout` bounds connecting, and then each request.
    public static func connect(
        to path: String = pathDefault, software: String = "IPAMClient",
        timeout: Duration = .seconds(5)
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
        return Client(conversation: conversation, greeting: greeting, timeout: timeout)
    }

    private init(conversation: consuming Conversation, greeting: Greeting, timeout: Duration) {
        self.conversation = conversation
        self.greeting = greeting
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
        case .reply, .refused:
            throw .protocolFault("the daemon answered before it was asked")
        }
    }
}

// MARK: - Commands

extension Client {
    /// Creates or updates what manifests say: all of it, or nothing.
    public mutating func apply(
        _ command: Command.Apply
    ) throws(ClientError) -> Answered<Answer.Applied> {
        let reply = try ask(.apply(command), mayChange: !command.isDryRun)
        guard case .applied(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One allocation, now or not at all. Safe to repeat with the same name.
    public mutating func request(
        _ command: Command.Request
    ) throws(ClientError) -> Answered<Answer.Allocated> {
        let reply = try ask(.request(command), mayChange: !command.isDryRun)
        guard case .allocated(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Ends allocations, all or none.
    public mutating func release(
        _ command: Command.Release
    ) throws(ClientError) -> Answered<Answer.Released> {
        let reply = try ask(.release(command), mayChange: true)
        guard case .released(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Deletes objects, all or none.
    public mutating func delete(
        _ command: Command.Delete
    ) throws(ClientError) -> Answered<Answer.Deleted> {
        let reply = try ask(.delete(command), mayChange: true)
        guard case .deleted(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    private mutating func ask(
        _ command: Command, mayChange: Bool
    ) throws(ClientError) -> Reply {
        let sent: ClientSession.Sent
        do throws(ClientSession.SendFault) {
            sent = try conversation.session.send(command)
        } catch {
            throw ClientError(error)
        }
        return try answer(to: sent, mayChange: mayChange)
    }
}

// MARK: - Queries

extension Client {
    /// One page of a list.
    public mutating func list(
        _ query: Query.List
    ) throws(ClientError) -> Answered<Answer.Listed> {
        let reply = try ask(.list(query))
        guard case .listed(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of the blocks that are taken in a Prefix.
    public mutating func used(
        _ query: Query.Used
    ) throws(ClientError) -> Answered<Answer.UsedBlocks> {
        let reply = try ask(.used(query))
        guard case .used(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Proves the invariants of the running daemon.
    public mutating func check() throws(ClientError) -> Answered<Answer.Checked> {
        let reply = try ask(.check)
        guard case .checked(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// How the daemon is.
    public mutating func status() throws(ClientError) -> Answered<DaemonStatus> {
        let reply = try ask(.status)
        guard case .status(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    private mutating func ask(_ query: Query) throws(ClientError) -> Reply {
        let sent: ClientSession.Sent
        do throws(ClientSession.SendFault) {
            sent = try conversation.session.send(query)
        } catch {
            throw ClientError(error)
        }
        return try answer(to: sent, mayChange: false)
    }
}

// MARK: - One exchange

extension Client {
    /// Sends a request and waits for its answer.
    ///
    /// The daemon acts on whole messages alone, so until the last byte has been handed over
    /// nothing can have changed. After that only an answer, or a goodbye that says so, tells.
    private mutating func answer(
        to sent: ClientSession.Sent, mayChange: Bool
    ) throws(ClientError) -> Reply {
        if let ending { throw .nothingChanged("the conversation has ended: \(ending)") }
        let deadline = Deadline(after: timeout)
        do throws(Conversation.Fault) {
            try conversation.send(sent.bytes, by: deadline)
        } catch {
            throw end(conversation.lastWords() ?? error.sentence(timeout), isUnknown: false)
        }
        while true {
            let event: ClientSession.Event
            do throws(Conversation.Fault) {
                event = try conversation.nextEvent(by: deadline)
            } catch {
                if case .violated(let violation) = error, !mayChange {
                    ending = violation.sentence
                    throw .protocolFault(violation.sentence)
                }
                throw end(error.sentence(timeout), isUnknown: mayChange)
            }
            switch event {
            case .reply(let correlation, let reply) where correlation == sent.correlation:
                return reply
            case .refused(let correlation, let refusal, _) where correlation == sent.correlation:
                throw .refused(refusal)
            case .goodbye(let goodbye):
                throw end(goodbye.sentence, isUnknown: mayChange && !goodbye.restNotExecuted)
            // The session lets no answer pass that nobody waits for; a hello comes once.
            case .reply, .refused, .hello: continue
            }
        }
    }

    /// Ends the conversation, and says what that means for the request.
    private mutating func end(_ why: String, isUnknown: Bool) -> ClientError {
        ending = why
        return isUnknown ? .outcomeUnknown(why) : .nothingChanged(why)
    }
}

extension Conversation.Fault {
    fileprivate func sentence(_ timeout: Duration) -> String {
        switch self {
        case .timedOut: "there was no answer within \(timeout)"
        case .broken(let why): why
        case .violated(let violation): violation.sentence
        }
    }
}
