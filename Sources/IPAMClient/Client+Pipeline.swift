public import IPAM
internal import IPAMWire

extension Client {
    /// Requests that are on their way at a time: enough that one sync of the daemon serves many,
    /// few enough that all their answers fit between two sockets.
    private static let inFlightMax = 128

    /// Many requests, each for itself, without waiting for one answer before the next is asked.
    ///
    /// `each` gets the position of a request and what came of it, in the order in which the
    /// answers come. The timeout bounds the time between two answers. None of the requests may
    /// wait for room.
    ///
    /// - Throws: what ended the conversation. What `each` was not told of has no answer:
    ///   `.nothingChanged` says that none of it was done, `.outcomeUnknown` that some may have
    ///   been. The same names may be asked again in either case.
    public mutating func requests(
        _ commands: [Command.Request],
        each: (Int, Result<Answered<Answer.Allocated>, Refusal>) -> Void
    ) throws(ClientError) {
        var waiting: [CorrelationID: Int] = [:]
        var next = 0
        while next < commands.count || !waiting.isEmpty {
            while next < commands.count, waiting.count < Self.inFlightMax {
                let sent = try pipeline(commands[next], behind: waiting.count)
                waiting[sent] = next
                next += 1
            }
            let mayChange = waiting.values.contains { !commands[$0].isDryRun }
            switch try nextEvent(mayChange: mayChange) {
            case .reply(let correlation, let reply):
                guard let index = waiting.removeValue(forKey: correlation) else { continue }
                guard case .allocated(let value) = reply.answer else { throw .otherAnswer }
                saw(reply.lsn)
                each(index, .success(Answered(lsn: reply.lsn, value: value)))
            case .refused(let correlation, let refusal, let lsn):
                guard let index = waiting.removeValue(forKey: correlation) else { continue }
                saw(lsn)
                each(index, .failure(refusal))
            case .goodbye(let goodbye):
                throw end(goodbye.sentence, isUnknown: mayChange && !goodbye.restNotExecuted)
            // The session lets no answer pass that nobody waits for; a hello comes once.
            case .hello, .event, .watchEnded, .cancelAnswered: continue
            }
        }
    }

    /// Sends one more. What cannot be sent has changed nothing, but those before it may have.
    private mutating func pipeline(
        _ command: Command.Request, behind waiting: Int
    ) throws(ClientError) -> CorrelationID {
        do throws(ClientError) {
            return try send(.command(.request(command)), by: Deadline(after: timeout))
        } catch .nothingChanged(let why) where waiting > 0 {
            throw .outcomeUnknown(why)
        }
    }

    private mutating func nextEvent(
        mayChange: Bool
    ) throws(ClientError) -> ClientSession.Event {
        do throws(Conversation.Fault) {
            return try conversation.nextEvent(by: Deadline(after: timeout))
        } catch {
            if case .violated(let violation) = error, !mayChange { throw end(violation) }
            throw end(error.sentence(timeout), isUnknown: mayChange)
        }
    }
}
