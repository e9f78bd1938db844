import IPAM
import IPAMWire
import Testing

/// Both sides of a session, as dialogues.
@Suite struct SessionTests {
    let status = Reply(lsn: 42, answer: .checked(.init(resourceCount: 1, violations: [])))

    @Test func `the hello agrees on sizes and tells the role`() throws {
        let both = try Dialogue.greeted()
        let agreement = try #require(both.client.agreement)
        #expect(
            agreement
                == Agreement(
                    durableLSN: 41, incarnation: 7, role: .agent, server: "ipamd test"))
        #expect(both.server.isOpen)
        #expect(both.server.peerSoftware == "test")
    }

    @Test func `many requests are in flight, and answers come in any order`() throws {
        var both = try Dialogue.greeted()
        let first = try both.client.send(.check)
        let second = try both.client.send(.check)
        let actions = try both.hear(first.bytes + second.bytes)
        #expect(
            actions == [
                .answer(.check, first.correlation), .answer(.check, second.correlation),
            ])
        let refusal = Refusal(.busy, "later")
        let said =
            both.server.refuse(refusal, lsn: 42, to: second.correlation)
            + both.server.reply(status, to: first.correlation)
        #expect(
            try both.say(said) == [
                .refused(second.correlation, refusal, lsn: 42), .reply(first.correlation, status),
            ])
        #expect(both.server.requestsInFlight == 0)
        #expect(both.client.requestsInFlight == 0)
    }

    @Test func `bytes may come one at a time`() throws {
        var both = try Dialogue.greeted()
        let sent = try both.client.send(.check)
        let actions = try sent.bytes.flatMap { try both.hear([$0]) }
        #expect(actions == [.answer(.check, sent.correlation)])
        let events = try both.server.reply(status, to: sent.correlation)
            .flatMap { try both.say([$0]) }
        #expect(events == [.reply(sent.correlation, status)])
    }

    @Test func `what is larger than a frame travels in many`() throws {
        var both = try Dialogue.greeted()
        let names = (0..<9000).map { "a-name-of-some-length-\($0)" }
        let release = Command.Release(names: names)
        let sent = try both.client.send(.release(release))
        #expect(sent.bytes.count > 3 * Limits.frameBytesMax)
        let actions = try both.hear(sent.bytes)
        #expect(actions.dropLast().allSatisfy { $0 == .wait })
        #expect(actions.last == .execute(.release(release), sent.correlation))
        let items = names.map { Answer.Released.Item(name: $0, block: nil) }
        let reply = Reply(lsn: 43, answer: .released(.init(items: items)))
        #expect(
            try both.say(both.server.reply(reply, to: sent.correlation))
                == [.reply(sent.correlation, reply)])
    }

    @Test func `no frame is larger than the client accepts`() throws {
        var server = Dialogue.newServer()
        let hello = Hello(frameBytesMax: 4096, software: "small")
        _ = server.receive(frame(.hello, 1, hello.encoded), durableLSN: 0)
        _ = server.receive(frame(.release, 2, Command.Release().encoded), durableLSN: 0)
        let items = (0..<900).map { Answer.Released.Item(name: "name-\($0)", block: nil) }
        let bytes = server.reply(Reply(lsn: 1, answer: .released(.init(items: items))), to: 2)
        var decoder = FrameDecoder(frameBytesMax: 4096)
        decoder.append(bytes)
        var flags: [Bool] = []
        while let frame = try decoder.next() { flags.append(frame.header.hasMore) }
        #expect(flags.count > 1 && flags.last == false && flags.dropLast().allSatisfy { $0 })
    }

    @Test func `answers are written behind each other, and ids are free when they leave`() throws {
        var both = try Dialogue.greeted()
        let first = try both.client.send(.release(Command.Release()))
        let second = try both.client.send(.check)
        _ = try both.hear(first.bytes + second.bytes)
        let items = (0..<9000).map {
            Answer.Released.Item(name: "a-name-of-some-length-\($0)", block: nil)
        }
        let large = Reply(lsn: 43, answer: .released(.init(items: items)))
        var written = ByteWriter()
        both.server.write(.reply(status), to: second.correlation, into: &written)
        both.server.write(.reply(large), to: first.correlation, into: &written)
        #expect(both.server.requestsInFlight == 2)
        for sent in [first, second] { both.server.finish(sent.correlation) }
        #expect(both.server.requestsInFlight == 0)
        #expect(
            try both.say(written.bytes) == [
                .reply(second.correlation, status), .reply(first.correlation, large),
            ])
    }

    @Test func `a refused body leaves the connection open`() throws {
        var both = try Dialogue.greeted()
        #expect(try refusalCode(&both, Opcode.request.rawValue, [1, 0]) == .malformed)
        #expect(try refusalCode(&both, 0x55, []) == .unknownOpcode)
        #expect(try refusalCode(&both, Opcode.list.rawValue, [1, 1, 9]) == .unknownKind)
        #expect(both.server.isOpen && both.server.requestsInFlight == 0)
    }

    @Test func `a goodbye vouches for the rest exactly when nothing is in flight`() throws {
        for isAnswered in [true, false] {
            var both = try Dialogue.greeted()
            let sent = try both.client.send(.check)
            _ = try both.hear(sent.bytes)
            let reply = isAnswered ? both.server.reply(status, to: sent.correlation) : []
            let end = ProtocolError(.shuttingDown, "the daemon ends")
            let events = try both.say(reply + both.server.goodbye(end))
            let goodbye = Goodbye(
                code: 36, sentence: end.sentence, restNotExecuted: isAnswered)
            #expect(events.last == .goodbye(goodbye))
            #expect(both.client.agreement == nil && !both.server.isOpen)
            #expect(throws: ClientSession.SendFault.notOpen) { try both.client.send(.check) }
            #expect(try both.hear(sent.bytes) == [.wait])
        }
    }

    @Test func `the server counts requests in flight, and the client does not send too many`()
        throws
    {
        var both = try Dialogue.greeted()
        let most = Limits.requestsInFlightMax
        for _ in 0..<most { _ = try both.hear(both.client.send(.check).bytes) }
        #expect(both.server.requestsInFlight == most)
        #expect(throws: ClientSession.SendFault.tooManyInFlight(most)) {
            try both.client.send(.check)
        }
        let action = both.server.receive(frame(.check, 5000, []), durableLSN: 0)
        #expect(try goodbyeCode(action) == .tooManyInFlight)
    }

    @Test func `a correlation id is free once its request is answered`() throws {
        var both = try Dialogue.greeted()
        let check = frame(.check, 9, [])
        #expect(both.server.receive(check, durableLSN: 0) == .answer(.check, 9))
        _ = both.server.reply(status, to: 9)
        #expect(both.server.receive(check, durableLSN: 0) == .answer(.check, 9))
        #expect(try goodbyeCode(both.server.receive(check, durableLSN: 0)) == .correlationInUse)
    }

    @Test func `a message that the server would not take is not sent`() throws {
        var both = try Dialogue.greeted()
        let note = String(repeating: "n", count: 1 << 20)
        let manifest = Manifest(
            key: ResourceKey(kind: .prefix, namespace: "a", name: "b"), annotations: ["n": note])
        let apply = Command.apply(.init(manifests: Array(repeating: manifest, count: 5)))
        #expect(throws: ClientSession.SendFault.self) { try both.client.send(apply) }
        #expect(both.client.requestsInFlight == 0)
    }

    @Test func `a refusal with more faults than fit leaves out the last`() throws {
        var both = try Dialogue.greeted()
        let sent = try both.client.send(.check)
        _ = try both.hear(sent.bytes)
        let fault = Fault(path: "spec.prefix", kind: .invalid, sentence: "it is none")
        let faults = (0..<100_000).map { Refusal.DocumentFault(document: $0, fault: fault) }
        let bytes = both.server.refuse(
            Refusal(.invalid, "many", faults: faults), lsn: 1, to: sent.correlation)
        guard case .refused(_, let refusal, lsn: _) = try both.say(bytes).first else {
            throw Dialogue.Unexpected(what: "no refusal")
        }
        #expect(refusal.faults == Array(faults.prefix(refusal.faults.count)))
        #expect(refusal.faults.count > 1000 && bytes.count < Limits.messageBytesMax)
    }

    @Test(arguments: [Opcode.listAnswer, .refusal, .goodbye, .helloAnswer])
    func `a client closes on an answer that it did not ask for`(opcode: Opcode) throws {
        var both = try Dialogue.greeted()
        #expect(throws: ProtocolError.self) {
            try both.client.receive(frame(opcode, 77, status.encoded))
        }
    }

    @Test func `a client does not go on with a version that it did not ask for`() throws {
        var client = ClientSession(software: "test")
        _ = client.hello()
        let agreement = Agreement(
            durableLSN: 0, version: 2, incarnation: 7, role: .agent, server: "ipamd test")
        #expect(throws: ProtocolError.self) {
            try client.receive(frame(.helloAnswer, 1, agreement.encoded))
        }
        #expect(client.agreement == nil)
    }

    private func frame(_ opcode: Opcode, _ id: CorrelationID, _ body: [UInt8]) -> Frame {
        let header = FrameHeader(
            opcode: opcode.rawValue, correlation: id, bodyBytes: body.count)
        return Frame(header, body: body)
    }

    private func refusalCode(
        _ both: inout Dialogue, _ opcode: UInt8, _ body: [UInt8]
    ) throws -> RefusalCode? {
        let header = FrameHeader(opcode: opcode, correlation: 4, bodyBytes: body.count)
        let action = both.server.receive(Frame(header, body: body), durableLSN: 0)
        guard case .send(let bytes) = action else { return nil }
        let said = Array(bytes.dropFirst(FrameHeader.byteCount))
        guard case .refusal(let refused) = try Sample("refusal", body: said) else { return nil }
        return refused.refusal.code
    }

    private func goodbyeCode(
        _ action: ServerSession.ReceiveAction
    ) throws -> ProtocolError.Code? {
        guard case .close(let bytes) = action else { return nil }
        let body = Array(bytes.dropFirst(FrameHeader.byteCount))
        guard case .goodbye(let goodbye) = try Sample("goodbye", body: body) else { return nil }
        return goodbye.knownCode
    }
}
