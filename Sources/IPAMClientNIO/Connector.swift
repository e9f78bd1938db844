internal import IPAM
internal import IPAMClient
internal import IPAMWire
internal import NIOCore
internal import NIOPosix

/// The requests that have no answer yet, and the connection that carries them. Connects when
/// there is something to ask and no connection. Confined to its event loop.
///
///     submit ──> waiting ──pump──> sent ──answer──> finished
///                   └────────────────┴──deadline, cancel, end of the connection──> finished
final class Connector {
    private enum State {
        case idle
        /// The handler is absent until the socket is connected.
        case connecting(SessionHandler?)
        case open(SessionHandler)
        case closed
    }

    private let path: String
    private let software: String
    /// How long the daemon may take to say hello.
    private let helloTimeout: TimeAmount
    private let eventLoop: any EventLoop
    private var state = State.idle
    /// Every request without an answer.
    private var asks: [ObjectIdentifier: Ask] = [:]
    /// Those that wait for a connection or for room, oldest first; some may be finished.
    private var waiting = CircularBuffer<Ask>()
    private var sent: [CorrelationID: Ask] = [:]
    /// Requests in flight that the daemon shall end.
    private var cancels = CircularBuffer<CorrelationID>()
    private var isPumpScheduled = false
    /// The newest state that the daemon was seen to have.
    private var witness: Witness?
    /// When what is past its deadline is ended next; absent if nothing has a deadline.
    private var nextSweep: NIODeadline?

    /// Requests that may wait here before more are turned away.
    private static let asksMax = 100_000
    /// How exactly deadlines are kept.
    private static let sweepInterval = TimeAmount.milliseconds(10)
    /// How long a cancelled request may take to end.
    private var cancelTimeout: TimeAmount { helloTimeout }

    init(
        path: String, software: String, helloTimeout: TimeAmount, eventLoop: any EventLoop
    ) {
        self.path = path
        self.software = software
        self.helloTimeout = helloTimeout
        self.eventLoop = eventLoop
    }

    // MARK: - Requests

    func submit(_ ask: Ask) {
        if ask.ticket.isCancelled { return ask.end(.cancelled) }
        if case .closed = state { return ask.end(.closed) }
        guard asks.count < Self.asksMax else {
            let why = "\(Self.asksMax) requests are without an answer"
            return ask.end(.final(.nothingChanged(why)))
        }
        asks[ObjectIdentifier(ask.ticket)] = ask
        waiting.append(ask)
        scheduleSweep(by: ask.deadline)
        schedulePump()
    }

    /// One pump serves all that is submitted in this tick.
    private func schedulePump() {
        guard !isPumpScheduled else { return }
        isPumpScheduled = true
        eventLoop.assumeIsolated().execute {
            self.isPumpScheduled = false
            self.pump()
        }
    }

    /// Ends a request that nobody waits for any more. One that would stay with the daemon is
    /// ended there, and its last answer says what came of it.
    func cancel(_ ticket: Ticket) {
        guard let ask = asks[ObjectIdentifier(ticket)], !ask.isCancelled else { return }
        guard let correlation = ask.correlation, ask.question.isLasting else {
            return finish(ticket, .cancelled)
        }
        ask.isCancelled = true
        ask.deadline = min(ask.deadline, .now() + cancelTimeout)
        scheduleSweep(by: ask.deadline)
        cancels.append(correlation)
        schedulePump()
    }

    /// Sends what there is room for.
    func pump() {
        switch state {
        case .idle: if !waiting.isEmpty { connect() }
        case .connecting, .closed: break
        case .open(let handler):
            sendCancels(handler)
            repeat {
                while handler.hasRoom, let ask = waiting.popFirst() { send(ask, handler) }
                handler.flush()
            } while handler.hasRoom && !waiting.isEmpty
        }
    }

    private func sendCancels(_ handler: SessionHandler) {
        while handler.hasRoomForCancel, let correlation = cancels.popFirst() {
            guard let ask = sent[correlation] else { continue }
            do throws(ClientSession.SendFault) {
                try handler.cancel(correlation)
            } catch {
                finish(ask.ticket, .cancelled)
            }
        }
    }

    private func send(_ ask: Ask, _ handler: SessionHandler) {
        guard asks[ObjectIdentifier(ask.ticket)] != nil else { return }
        do throws(ClientSession.SendFault) {
            ask.correlation = try handler.send(ask.question)
        } catch {
            asks[ObjectIdentifier(ask.ticket)] = nil
            return ask.end(.final(ClientError(error)))
        }
        if let correlation = ask.correlation {
            sent[correlation] = ask
        } else {
            asks[ObjectIdentifier(ask.ticket)] = nil
            ask.finish(.greeted)
        }
    }

    /// Ends one request without an answer. An answer that comes later finds nobody.
    private func finish(_ ticket: Ticket, _ cause: Outcome.End.Cause) {
        guard let ask = asks.removeValue(forKey: ObjectIdentifier(ticket)) else { return }
        if let correlation = ask.correlation { sent[correlation] = nil }
        ask.end(cause)
    }

    /// Sees to it that somebody looks when a deadline has passed.
    private func scheduleSweep(by deadline: NIODeadline) {
        guard deadline < .distantFuture else { return }
        let time = max(deadline, .now() + Self.sweepInterval)
        if let nextSweep, nextSweep <= time { return }
        nextSweep = time
        eventLoop.assumeIsolated().scheduleTask(deadline: time) {
            // An earlier one may have taken its place.
            if self.nextSweep == time { self.sweep() }
        }
    }

    /// Ends what is past its deadline.
    private func sweep() {
        nextSweep = nil
        let now = NIODeadline.now()
        for ask in asks.values where ask.deadline <= now { finish(ask.ticket, .timedOut) }
        if asks.isEmpty { waiting.removeAll() }
        if let next = asks.values.map(\.deadline).min() { scheduleSweep(by: next) }
    }

    // MARK: - The connection

    private func connect() {
        state = .connecting(nil)
        let connector = NIOLoopBound(self, eventLoop: eventLoop)
        let software = software
        ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = SessionHandler(connector: connector.value, software: software)
                    try connector.value.adopt(handler)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(unixDomainSocketPath: path)
            .assumeIsolated()
            .whenFailure { error in self.failed(error) }
    }

    /// Waits for the hello of a connection, but not for ever.
    private func adopt(_ handler: SessionHandler) throws(ChannelError) {
        guard case .connecting = state else { throw .alreadyClosed }
        state = .connecting(handler)
        eventLoop.assumeIsolated().scheduleTask(in: helloTimeout) {
            guard case .connecting(let current?) = self.state, current === handler else { return }
            handler.close("the daemon did not say hello in time")
        }
    }

    private func failed(_ error: any Error) {
        guard case .connecting = state else { return }
        state = .idle
        let code = (error as? IOError)?.errnoCode
        if code == EAGAIN {
            return endAll(.lost("the daemon has no room in its queue"), restNotExecuted: true)
        }
        let why = code.map { String(cString: strerror($0)) } ?? "\(error)"
        endAll(.unreachable(path: path, why: why), restNotExecuted: true)
    }

    func opened(_ handler: SessionHandler) {
        guard case .connecting = state else { return handler.close("the client was closed") }
        state = .open(handler)
        if let agreement = handler.agreement {
            var newest = witness ?? Witness(incarnation: agreement.incarnation, lsn: 0)
            do throws(ClientError) {
                try newest.see(
                    incarnation: agreement.incarnation, durableLSN: agreement.durableLSN)
                witness = newest
            } catch {
                endAll(.final(error), restNotExecuted: true)
                return handler.close(error.description)
            }
        }
        pump()
    }

    func answer(_ correlation: CorrelationID, _ outcome: Outcome) {
        switch outcome {
        case .reply(let reply): witness?.see(reply.lsn)
        case .refused(_, let lsn): witness?.see(lsn)
        case .greeted, .watchEnded, .ended: break
        }
        guard let ask = sent.removeValue(forKey: correlation) else { return }
        asks[ObjectIdentifier(ask.ticket)] = nil
        ask.finish(outcome)
    }

    func take(_ event: Watch.Event, of correlation: CorrelationID) {
        guard case .watch(_, let feed)? = sent[correlation]?.question else { return }
        feed.take(event)
    }

    /// A connection is over. `error` says why no other one would serve either, `restNotExecuted`
    /// is what the daemon said of what it has not answered.
    func ended(
        _ handler: SessionHandler, _ why: String, error: ClientError?, restNotExecuted: Bool
    ) {
        switch state {
        case .connecting(let current?) where current === handler: state = .idle
        case .open(let current) where current === handler: state = .idle
        case .idle, .connecting, .open, .closed: return
        }
        let cause: Outcome.End.Cause = if let error { .final(error) } else { .lost(why) }
        endAll(cause, restNotExecuted: restNotExecuted)
    }

    /// Ends every request; who may ask again does so, over another connection.
    private func endAll(_ cause: Outcome.End.Cause, restNotExecuted: Bool) {
        let all = asks.values
        asks.removeAll()
        sent.removeAll()
        cancels.removeAll()
        waiting.removeAll()
        for ask in all {
            ask.end(cause, hasLeft: ask.correlation != nil && !restNotExecuted)
        }
    }

    func close() {
        let last = state
        state = .closed
        endAll(.closed, restNotExecuted: false)
        switch last {
        case .connecting(let handler?), .open(let handler): handler.close("the client was closed")
        // Without a handler the socket is not connected yet; `opened` closes it.
        case .idle, .connecting(nil), .closed: break
        }
    }
}
