package import IPAM

/// The server's side of one connection, without the connection: frames in, actions out.
package struct ServerSession: Sendable {
    private enum State {
        case awaitingHello
        case open(Hello)
        case closed
    }

    private let role: Caller.Role
    private let incarnation: UInt64
    private let software: String
    private var state = State.awaitingHello
    private var assembler = MessageAssembler()
    private var inFlight: Set<CorrelationID> = []
    /// The watches among them, and the position up to which each has been told everything.
    private var watches: [CorrelationID: UInt64] = [:]

    /// - Parameters:
    ///   - role: what the kernel's credentials of the peer give it.
    ///   - incarnation: that of the daemon's state.
    ///   - software: name and version of the daemon, for the peer's logs.
    package init(role: Caller.Role, incarnation: UInt64, software: String) {
        precondition(
            software.utf8.count <= Limits.softwareNameBytesMax,
            "The name of a server is short.")
        self.role = role
        self.incarnation = incarnation
        self.software = software
    }

    /// Requests that are with the daemon and have no answer yet.
    package var requestsInFlight: Int { inFlight.count }

    /// Whether a request of this id is with the daemon and has no answer yet.
    package func isInFlight(_ correlation: CorrelationID) -> Bool {
        inFlight.contains(correlation)
    }

    /// Whether a message of many frames has begun and not ended.
    package var isMidMessage: Bool { assembler.isMidMessage }

    /// Whether the hello is done and no goodbye said.
    package var isOpen: Bool {
        switch state {
        case .open: true
        case .awaitingHello, .closed: false
        }
    }

    /// How the client introduced itself.
    package var peerSoftware: String? {
        switch state {
        case .open(let hello): hello.software
        case .awaitingHello, .closed: nil
        }
    }

    /// What to do after a frame.
    package enum ReceiveAction: Sendable, Hashable {
        case execute(Command, CorrelationID)
        case answer(Query, CorrelationID)
        /// Send events until there is a reason to end it.
        case watch(Watch, CorrelationID)
        /// End the first, if it is a watch or waits for room; then answer the second, which is
        /// the cancel itself.
        case cancel(CorrelationID, CorrelationID)
        /// Write these bytes and go on.
        case send([UInt8])
        /// Write these bytes, a goodbye, and close once they are out.
        case close([UInt8])
        /// Nothing before the next frame.
        case wait
    }

    /// Takes one whole frame whose header was checked by `FrameHeader.parse`.
    ///
    /// After `close`, whatever else comes in is ignored.
    package mutating func receive(_ frame: Frame, durableLSN: UInt64) -> ReceiveAction {
        do throws(ProtocolError) {
            if case .closed = state { return .wait }
            guard let message = try admit(frame) else { return .wait }
            switch state {
            case .awaitingHello: return try greet(message, durableLSN: durableLSN)
            case .open: return try take(message, durableLSN: durableLSN)
            case .closed: return .wait
            }
        } catch {
            return .close(goodbye(error))
        }
    }

    /// Judges a frame by its header before anything is collected.
    private mutating func admit(_ frame: Frame) throws(ProtocolError) -> Message? {
        guard Opcode.isRequest(frame.header.opcode) else {
            let byte = hexadecimal(frame.header.opcode)
            throw ProtocolError(.unexpectedOpcode, "opcode \(byte) is not one of a request")
        }
        guard frame.header.correlation != 0 else {
            throw ProtocolError(.badFrame, "the correlation id of a request is not 0")
        }
        if case .awaitingHello = state {
            guard frame.header.opcode == Opcode.hello.rawValue, !frame.header.hasMore else {
                throw ProtocolError(
                    .helloExpected, "the first frame of a connection is a hello of one frame")
            }
        } else if frame.header.opcode == Opcode.hello.rawValue {
            throw ProtocolError(.secondHello, "a connection has one hello, its first frame")
        }
        return try assembler.take(frame)
    }

    private mutating func greet(
        _ message: Message, durableLSN: UInt64
    ) throws(ProtocolError) -> ReceiveAction {
        let hello: Hello
        do throws(DecodingFault) {
            let version = try Hello.version(in: message.body)
            guard Hello.versions.contains(version) else {
                let range = "\(Hello.versions.lowerBound) to \(Hello.versions.upperBound)"
                let sentence = "the client speaks version \(version), this server \(range)"
                return .close(goodbye(ProtocolError(.unsupportedVersion, sentence)))
            }
            var fields = FieldReader(message.body, structure: "hello")
            hello = try Hello(from: &fields)
        } catch {
            throw ProtocolError(.badBody, error.description)
        }
        state = .open(hello)
        let agreement = Agreement(
            durableLSN: durableLSN, version: hello.version,
            features: hello.features & Hello.features, incarnation: incarnation, role: role,
            server: software)
        return .send(frames(.helloAnswer, message.correlation, agreement))
    }

    private mutating func take(
        _ message: Message, durableLSN: UInt64
    ) throws(ProtocolError) -> ReceiveAction {
        guard inFlight.insert(message.correlation).inserted else {
            throw ProtocolError(
                .correlationInUse,
                "request \(message.correlation) has no answer yet; its id is not free")
        }
        guard inFlight.count <= Limits.requestsInFlightMax else {
            inFlight.remove(message.correlation)
            throw ProtocolError(
                .tooManyInFlight,
                "more than \(Limits.requestsInFlightMax) requests have no answer, the maximum")
        }
        let refusal: Refusal
        do throws(DecodingFault) {
            if let opcode = Opcode(rawValue: message.opcode),
                let request = try Request(opcode: opcode, body: message.body)
            {
                switch request {
                case .command(let command): return .execute(command, message.correlation)
                case .query(let query): return .answer(query, message.correlation)
                case .watch(let watch):
                    watches[message.correlation] = watch.after
                    return .watch(watch, message.correlation)
                case .cancel(let meant): return .cancel(meant, message.correlation)
                }
            }
            refusal = Refusal(
                .unknownOpcode, "opcode \(hexadecimal(message.opcode)) is not known here")
        } catch {
            refusal = Refusal(error)
        }
        return .send(refuse(refusal, lsn: durableLSN, to: message.correlation))
    }
}

extension ServerSession {
    /// What a request is told in the end.
    package enum Outcome: Sendable {
        case reply(Reply)
        case refusal(Refusal, lsn: UInt64)
        /// A watch ended as its client wanted, at this position. Any other end is a refusal.
        case watchEnded(lsn: UInt64)
        /// A cancel ended what it found; that has had its last answer before.
        case cancelled(found: Bool, lsn: UInt64)

        /// The last change that it may speak of.
        package var lsn: UInt64 {
            switch self {
            case .reply(let reply): reply.lsn
            case .refusal(_, let lsn), .watchEnded(let lsn), .cancelled(_, let lsn): lsn
            }
        }
    }

    /// Writes an answer behind what is there already, in frames that the peer accepts. The request
    /// stays in flight until it leaves: see `finish(_:)`.
    package func write(
        _ outcome: Outcome, to correlation: CorrelationID, into writer: inout ByteWriter
    ) {
        switch outcome {
        case .reply(let reply):
            let start = writer.bytes.count
            append(reply.opcode, correlation, reply, to: &writer)
            let bodyBytes = MessageWriter.bodyBytes(
                ofFrames: writer.bytes.count - start, frameBytesMax: peerFrameBytesMax)
            guard bodyBytes > Limits.messageBytesMax else { return }
            // Lists are paged and the items of a command are bounded, so this is out of reach;
            // if it is not, the truth is that the client cannot learn what happened.
            writer.removeAll(from: start)
            let sentence = "the answer would have \(bodyBytes) bytes; list to see what was done"
            let refusal = Refusal(.outcomeUnknown, sentence)
            write(.refusal(refusal, lsn: reply.lsn), to: correlation, into: &writer)
        case .refusal(let refusal, let lsn):
            append(.refusal, correlation, RefusalBody(lsn: lsn, refusal: refusal), to: &writer)
        case .watchEnded(let lsn):
            append(.watchAnswer, correlation, WatchAnswer(lsn: lsn), to: &writer)
        case .cancelled(let isFound, let lsn):
            let body = CancelAnswer(lsn: lsn, isFound: isFound)
            append(.cancelAnswer, correlation, body, to: &writer)
        }
    }

    /// Takes note that the answer to a request leaves: its id is free again.
    ///
    /// - Precondition: the request is in flight.
    package mutating func finish(_ correlation: CorrelationID) {
        if !watches.isEmpty { watches[correlation] = nil }
        let wasInFlight = inFlight.remove(correlation) != nil
        precondition(wasInFlight, "A request has one answer.")
    }

    private mutating func answer(_ outcome: Outcome, to correlation: CorrelationID) -> [UInt8] {
        var writer = ByteWriter(capacity: 256)
        write(outcome, to: correlation, into: &writer)
        finish(correlation)
        return writer.bytes
    }

    /// The answer to a request, which leaves at once.
    ///
    /// - Precondition: the request is in flight.
    package mutating func reply(_ reply: Reply, to correlation: CorrelationID) -> [UInt8] {
        answer(.reply(reply), to: correlation)
    }

    /// The answer no.
    ///
    /// - Precondition: the request is in flight.
    package mutating func refuse(
        _ refusal: Refusal, lsn: UInt64, to correlation: CorrelationID
    ) -> [UInt8] {
        answer(.refusal(refusal, lsn: lsn), to: correlation)
    }

    /// The last answer to a watch that was cancelled. Any other end of one is a refusal.
    ///
    /// - Precondition: the watch is in flight.
    package mutating func watchEnded(lsn: UInt64, to correlation: CorrelationID) -> [UInt8] {
        precondition(watches[correlation] != nil, "A watch in flight ends.")
        return answer(.watchEnded(lsn: lsn), to: correlation)
    }

    /// The answer to a cancel, after the last one to what it ended, if it found that.
    ///
    /// - Precondition: the cancel is in flight.
    package mutating func cancelled(
        found: Bool, lsn: UInt64, to correlation: CorrelationID
    ) -> [UInt8] {
        answer(.cancelled(found: found, lsn: lsn), to: correlation)
    }

    /// What happened since the last event of a watch, which goes on: as many messages as it
    /// takes, none larger than the peer accepts.
    ///
    /// - Precondition: the watch is in flight.
    package mutating func event(_ event: Watch.Event, to correlation: CorrelationID) -> [UInt8] {
        guard let position = watches[correlation] else {
            preconditionFailure("Events are sent to a watch in flight.")
        }
        watches[correlation] = event.lsn
        return event.split(after: position).flatMap { frames(.event, correlation, $0) }
    }

    /// The last frame of a connection. It vouches that nothing unanswered was executed exactly
    /// when nothing is in flight but watches, which change nothing: so answer everything that is
    /// decided before. It fits the smallest frame, so that a client needs no patience to read it.
    package mutating func goodbye(_ error: ProtocolError) -> [UInt8] {
        let goodbye = Goodbye(
            code: error.code.rawValue, sentence: String(error.sentence.unicodeScalars.prefix(512)),
            restNotExecuted: inFlight.count == watches.count,
            versions: error.code == .unsupportedVersion ? Hello.versions : nil)
        let bytes = frames(.goodbye, 0, goodbye)
        state = .closed
        return bytes
    }

    private func frames(
        _ opcode: Opcode, _ correlation: CorrelationID, _ body: some FieldEncodable
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: 256)
        append(opcode, correlation, body, to: &writer)
        return writer.bytes
    }

    private func append(
        _ opcode: Opcode, _ correlation: CorrelationID, _ body: some FieldEncodable,
        to writer: inout ByteWriter
    ) {
        MessageWriter.append(
            opcode, correlation, frameBytesMax: peerFrameBytesMax, to: &writer
        ) { body.encode(to: &$0) }
    }

    /// What the peer accepts; until it has said so, what everybody accepts.
    private var peerFrameBytesMax: Int {
        switch state {
        case .open(let hello): min(Int(hello.frameBytesMax), Limits.frameBytesMax)
        case .awaitingHello, .closed: Limits.frameBytesLeast
        }
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
