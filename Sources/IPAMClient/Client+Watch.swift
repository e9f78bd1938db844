public import IPAM
internal import IPAMWire

extension Client {
    /// Hands over each event of a watch until `each` returns false, or, if a duration is given,
    /// until that has passed. Between events it waits for as long as it takes.
    ///
    /// Returns the position from which the watch can be taken up again: everything up to it has
    /// been handed over. The conversation goes on after that.
    ///
    /// - Throws: `.refused` with `compacted`, if the position is no longer known: list again.
    ///   `.nothingChanged`, if the daemon stopped or the connection was lost: connect anew, and
    ///   watch from the `lsn` of the last event.
    public mutating func watch(
        _ watch: Watch, for duration: Duration? = nil, each: (Watch.Event) -> Bool
    ) throws(ClientError) -> UInt64 {
        let end = duration.map { Deadline(after: $0) } ?? .never
        let correlation = try send(.watch(watch), by: Deadline(after: timeout))
        var position = watch.after
        while let event = try nextEvent(of: correlation, by: end) {
            position = event.lsn
            guard each(event) else { break }
        }
        return try cancel(correlation, position)
    }

    /// The next event of a watch; nothing when the time is up.
    private mutating func nextEvent(
        of watch: CorrelationID, by deadline: Deadline
    ) throws(ClientError) -> Watch.Event? {
        while !deadline.hasPassed, let event = try nextEvent(by: deadline) {
            switch event {
            case .event(watch, let event): return event
            case .refused(watch, let refusal, _):
                // As of every wait: the daemon ends it, and nothing is wrong with what was asked.
                if refusal.code == .shuttingDown { throw .nothingChanged(refusal.sentence) }
                throw .refused(refusal)
            case .event, .refused, .reply, .hello, .watchEnded, .cancelAnswered, .goodbye: continue
            }
        }
        return nil
    }

    /// Ends a watch, and returns the position up to which everything was handed over: that of
    /// the watch's end, unless events were on their way that nobody wanted any more.
    ///
    /// A connection that is lost here takes nothing from what is known.
    private mutating func cancel(
        _ watch: CorrelationID, _ position: UInt64
    ) throws(ClientError) -> UInt64 {
        let deadline = Deadline(after: timeout)
        var last = position
        var isBehind = false
        do throws(ClientError) {
            let cancel = try send(.cancel(watch), by: deadline)
            while let event = try nextEvent(by: deadline) {
                switch event {
                case .event(watch, _): isBehind = true
                case .watchEnded(watch, let lsn): if !isBehind { last = max(last, lsn) }
                case .cancelAnswered(cancel, _, _): return last
                case .event, .watchEnded, .cancelAnswered, .refused, .reply, .hello, .goodbye:
                    continue
                }
            }
            throw end("the daemon did not end a watch in time", isUnknown: false)
        } catch .nothingChanged {
            return last
        }
    }

    /// What the daemon says next; nothing when the time is up. Its goodbye is an error.
    private mutating func nextEvent(
        by deadline: Deadline
    ) throws(ClientError) -> ClientSession.Event? {
        let event: ClientSession.Event
        do throws(Conversation.Fault) {
            event = try conversation.nextEvent(by: deadline)
        } catch {
            switch error {
            case .timedOut: return nil
            case .broken(let why): throw end(why, isUnknown: false)
            case .violated(let violation): throw end(violation)
            }
        }
        if case .goodbye(let goodbye) = event { throw end(goodbye.sentence, isUnknown: false) }
        return event
    }
}
