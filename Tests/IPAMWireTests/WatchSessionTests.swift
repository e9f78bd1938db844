import IPAM
import IPAMWire
import Testing

/// What a connection does beside question and answer: watches, waits, and their end.
@Suite struct WatchSessionTests {
    private let watch = Watch(kind: .prefix, after: 41, incarnation: 7)
    private let status = Reply(lsn: 42, answer: .checked(.init(resourceCount: 1, violations: [])))

    private func change(_ name: String) -> Watch.Change {
        .removed(ResourceKey(kind: .prefix, namespace: "default", name: name))
    }

    /// Both sides with a watch in flight.
    private func watching() throws -> (Dialogue, CorrelationID) {
        var both = try Dialogue.greeted()
        let sent = try both.client.send(.watch(watch))
        #expect(try both.hear(sent.bytes) == [.watch(watch, sent.correlation)])
        return (both, sent.correlation)
    }

    @Test func `a watch reports until it is cancelled, and other requests go on beside it`() throws
    {
        var (both, id) = try watching()
        let first = Watch.Event(lsn: 42, changes: [change("a")])
        let second = Watch.Event(lsn: 50, changes: [])
        let check = try both.client.send(.check)
        #expect(try both.hear(check.bytes) == [.answer(.check, check.correlation)])
        let said =
            both.server.event(first, to: id) + both.server.reply(status, to: check.correlation)
            + both.server.event(second, to: id)
        #expect(
            try both.say(said) == [
                .event(id, first), .reply(check.correlation, status), .event(id, second),
            ])
        let cancel = try both.client.send(.cancel(id))
        #expect(try both.hear(cancel.bytes) == [.cancel(id, cancel.correlation)])
        #expect(both.server.isInFlight(id) && both.server.isInFlight(cancel.correlation))
        let end =
            both.server.watchEnded(lsn: 50, to: id)
            + both.server.cancelled(found: true, lsn: 50, to: cancel.correlation)
        #expect(
            try both.say(end) == [
                .watchEnded(id, lsn: 50), .cancelAnswered(cancel.correlation, found: true, lsn: 50),
            ])
        #expect(both.server.requestsInFlight == 0 && both.client.requestsInFlight == 0)
    }

    @Test func `a watch that cannot go on is refused`() throws {
        var (both, id) = try watching()
        let refusal = Refusal(.compacted, "list again")
        #expect(
            try both.say(both.server.refuse(refusal, lsn: 60, to: id))
                == [.refused(id, refusal, lsn: 60)])
        #expect(!both.server.isInFlight(id) && both.client.requestsInFlight == 0)
    }

    @Test func `a cancelled wait has its own last answer first`() throws {
        var both = try Dialogue.greeted()
        let request = Command.Request(name: "a", parent: "root", waitMilliseconds: 1000)
        let sent = try both.client.send(.request(request))
        #expect(try both.hear(sent.bytes) == [.execute(.request(request), sent.correlation)])
        let cancel = try both.client.send(.cancel(sent.correlation))
        _ = try both.hear(cancel.bytes)
        let refusal = Refusal(.cancelled, "the client cancelled it")
        let said =
            both.server.refuse(refusal, lsn: 42, to: sent.correlation)
            + both.server.cancelled(found: true, lsn: 42, to: cancel.correlation)
        #expect(
            try both.say(said) == [
                .refused(sent.correlation, refusal, lsn: 42),
                .cancelAnswered(cancel.correlation, found: true, lsn: 42),
            ])
    }

    @Test func `a cancel of what is not there finds nothing, be it the cancel itself`() throws {
        var both = try Dialogue.greeted()
        for meant in [0, 2, 99] as [CorrelationID] {
            let cancel = try both.client.send(.cancel(meant))
            #expect(try both.hear(cancel.bytes) == [.cancel(meant, cancel.correlation)])
            #expect(
                try both.say(both.server.cancelled(found: false, lsn: 1, to: cancel.correlation))
                    == [.cancelAnswered(cancel.correlation, found: false, lsn: 1)])
        }
    }

    @Test func `a watch counts as a request in flight, and its id is not free`() throws {
        var (both, id) = try watching()
        #expect(both.server.requestsInFlight == 1 && both.client.requestsInFlight == 1)
        let action = both.server.receive(frame(.check, id, []), durableLSN: 42)
        guard case .close = action else {
            throw Dialogue.Unexpected(what: "the id of a watch was free")
        }
    }

    @Test func `many changes take many events, and only the last moves the position on`() throws {
        var (both, id) = try watching()
        let changes = (0..<600).map { change("name-\($0)") }
        _ = try both.say(both.server.event(Watch.Event(lsn: 42, changes: []), to: id))
        let events = try events(&both, Watch.Event(lsn: 43, changes: changes), id)
        #expect(events.map(\.changes.count) == [256, 256, 88])
        #expect(events.map(\.lsn) == [42, 42, 43])
        #expect(events.flatMap(\.changes) == changes)
    }

    @Test func `large objects take an event each, none larger than a message`() throws {
        var (both, id) = try watching()
        var root = try Objects.root()
        root.annotations = ["note": String(repeating: "n", count: 700_000)]
        let changes = Array(repeating: Watch.Change.put(.init(resource: root)), count: 7)
        let events = try events(&both, Watch.Event(lsn: 43, changes: changes), id)
        #expect(events.map(\.changes.count) == Array(repeating: 1, count: 7))
        #expect(events.map(\.lsn) == Array(repeating: 41, count: 6) + [43])
    }

    private func events(
        _ both: inout Dialogue, _ event: Watch.Event, _ id: CorrelationID
    ) throws -> [Watch.Event] {
        try both.say(both.server.event(event, to: id)).map { said in
            guard case .event(id, let event) = said else {
                throw Dialogue.Unexpected(what: "\(said) is no event")
            }
            return event
        }
    }

    @Test func `an event of no watch is a fault`() throws {
        let event = Watch.Event(lsn: 42, changes: []).encoded
        var (both, id) = try watching()
        let check = try both.client.send(.check)
        for other in [id + 100, check.correlation] {
            var client = both.client
            #expect(fault(&client, frame(.event, other, event)) == .unexpectedAnswer)
        }
        _ = try both.say(both.server.watchEnded(lsn: 42, to: id))
        #expect(fault(&both.client, frame(.event, id, event)) == .unexpectedAnswer)
    }

    @Test func `an event that cannot be read is a fault`() throws {
        var (both, id) = try watching()
        #expect(fault(&both.client, frame(.event, id, [2, 0])) == .badBody)
    }

    @Test func `a goodbye vouches for the rest beside a watch, for that changes nothing`() throws {
        for isAsking in [false, true] {
            var (both, _) = try watching()
            if isAsking { _ = try both.hear(both.client.send(.check).bytes) }
            let said = both.server.goodbye(ProtocolError(.shuttingDown, "the daemon ends"))
            guard case .goodbye(let goodbye) = try both.say(said).first else {
                throw Dialogue.Unexpected(what: "no goodbye")
            }
            #expect(goodbye.restNotExecuted == !isAsking)
        }
    }

    private func fault(_ client: inout ClientSession, _ frame: Frame) -> ProtocolError.Code? {
        do throws(ProtocolError) {
            _ = try client.receive(frame)
            return nil
        } catch {
            return error.code
        }
    }

    private func frame(_ opcode: Opcode, _ id: CorrelationID, _ body: [UInt8]) -> Frame {
        let header = FrameHeader(
            opcode: opcode.rawValue, correlation: id, bodyBytes: body.count)
        return Frame(header, body: body)
    }
}
