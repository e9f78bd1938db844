package import IPAM

/// The client's side of one connection, without the connection: requests in and bytes out, bytes
/// in and events out. Answers come in any order; the correlation id says whose they are.
package struct ClientSession: Sendable {
    private enum State {
        case new
        case greeting
        case open(Agreement)
        case closed
    }

    private let software: String
    private var state = State.new
    private var decoder = FrameDecoder()
    private var assembler = MessageAssembler()
    /// In the order in which they were sent, in which most answers come too. (No table by id: that
    /// costs a client of one request more than all else that this session does.)
    private var inFlight: [(correlation: CorrelationID, opcode: Opcode)] = []
    private var lastCorrelation: CorrelationID = 0

    /// - Parameter software: name and version of the client, for the server's logs.
    package init(software: String) {
        precondition(
            software.utf8.count <= Limits.softwareNameBytesMax,
            "The name of a client is short.")
        self.software = software
    }

    /// Requests that have no answer yet.
    package var requestsInFlight: Int { inFlight.count }

    /// The largest frame that this side accepts, for `FrameHeader.parse`.
    package var frameBytesMax: Int { Limits.frameBytesMax }

    /// What was agreed, once the hello is answered and until the goodbye.
    package var agreement: Agreement? {
        switch state {
        case .open(let agreement): agreement
        case .new, .greeting, .closed: nil
        }
    }

    /// The first bytes on the connection. Requests have to wait for the answer.
    ///
    /// - Precondition: it is called once.
    package mutating func hello() -> [UInt8] {
        guard case .new = state else { preconditionFailure("A connection has one hello.") }
        state = .greeting
        return write(.hello, frameBytesMax: Limits.frameBytesLeast, Hello(software: software)).bytes
    }

    /// A request on its way: the id that its answer will carry, and the bytes to write.
    package struct Sent: Sendable, Hashable {
        package let correlation: CorrelationID
        package let bytes: [UInt8]
    }

    /// Why a request did not leave: certainly nothing was changed.
    package enum SendFault: Error, Sendable, Hashable {
        /// There was no hello yet, or a goodbye.
        case notOpen
        /// As many requests as the server allows have no answer yet.
        case tooManyInFlight(Int)
        /// The message has more bytes than the server accepts.
        case tooLarge(bytes: Int, max: Int)
    }

    package mutating func send(_ command: Command) throws(SendFault) -> Sent {
        try send(.command(command))
    }

    package mutating func send(_ query: Query) throws(SendFault) -> Sent {
        try send(.query(query))
    }

    package mutating func send(_ request: Request) throws(SendFault) -> Sent {
        guard let agreement else { throw .notOpen }
        guard inFlight.count < Int(agreement.requestsInFlightMax) else {
            throw .tooManyInFlight(Int(agreement.requestsInFlightMax))
        }
        let frameBytesMax = min(Int(agreement.frameBytesMax), Limits.frameBytesMax)
        let sent = write(request.opcode, frameBytesMax: frameBytesMax, request)
        let bodyBytes = MessageWriter.bodyBytes(
            ofFrames: sent.bytes.count, frameBytesMax: frameBytesMax)
        guard bodyBytes <= Int(agreement.messageBytesMax) else {
            inFlight.removeLast()
            throw .tooLarge(bytes: bodyBytes, max: Int(agreement.messageBytesMax))
        }
        return sent
    }

    private mutating func write(
        _ opcode: Opcode, frameBytesMax: Int, _ body: some FieldEncodable
    ) -> Sent {
        lastCorrelation += 1
        inFlight.append((lastCorrelation, opcode))
        let bytes = MessageWriter.frames(opcode, lastCorrelation, frameBytesMax: frameBytesMax) {
            body.encode(to: &$0)
        }
        return Sent(correlation: lastCorrelation, bytes: bytes)
    }
}

extension ClientSession {
    /// What the server said.
    package enum Event: Sendable, Hashable {
        case hello(Agreement)
        case reply(CorrelationID, Reply)
        case refused(CorrelationID, Refusal, lsn: UInt64)
        /// What a watch reports; it goes on.
        case event(CorrelationID, Watch.Event)
        /// A watch has ended as it was cancelled; everything up to the position was reported.
        case watchEnded(CorrelationID, lsn: UInt64)
        /// What came of a cancel; the one that it ended has had its last answer before.
        case cancelAnswered(CorrelationID, found: Bool, lsn: UInt64)
        /// The connection ends; see `Goodbye.restNotExecuted` for what has no answer.
        case goodbye(Goodbye)
    }

    /// Takes what came in. Call `next()` until it has nothing, before more is appended.
    package mutating func append(_ bytes: some Sequence<UInt8>) { decoder.append(bytes) }

    /// The next thing that the server said, or nothing until more is appended.
    ///
    /// - Throws: what ends the connection; requests without an answer have an unknown outcome.
    package mutating func next() throws(ProtocolError) -> Event? {
        while let frame = try decoder.next() {
            if let event = try receive(frame) { return event }
        }
        return nil
    }

    /// Takes one whole frame, for transports that cut frames themselves.
    package mutating func receive(_ frame: Frame) throws(ProtocolError) -> Event? {
        if case .closed = state { return nil }
        guard let message = try assembler.take(frame) else { return nil }
        let event: Event?
        do throws(DecodingFault) {
            event = try read(message)
        } catch {
            throw ProtocolError(.badBody, error.description)
        }
        guard let event else {
            throw ProtocolError(
                .unexpectedAnswer,
                "opcode \(message.opcode) answers no request \(message.correlation) of ours")
        }
        return event
    }

    /// The meaning of a message; nothing if it is none that may come now.
    private mutating func read(_ message: Message) throws(DecodingFault) -> Event? {
        guard let opcode = Opcode(rawValue: message.opcode) else { return nil }
        var fields = FieldReader(message.body, structure: opcode.description)
        if opcode == .goodbye {
            guard message.correlation == 0 else { return nil }
            state = .closed
            return .goodbye(try Goodbye(from: &fields))
        }
        if opcode == .event {
            guard let place = place(of: message.correlation), inFlight[place].opcode == .watch
            else { return nil }
            return .event(message.correlation, try Watch.Event(from: &fields))
        }
        guard let place = place(of: message.correlation) else { return nil }
        let asked = inFlight.remove(at: place).opcode
        if opcode == .refusal {
            guard asked != .hello else { return nil }
            let body = try RefusalBody(from: &fields)
            return .refused(message.correlation, body.refusal, lsn: body.lsn)
        }
        guard opcode == asked.answer else { return nil }
        switch asked {
        case .hello: return .hello(try agree(&fields))
        case .watch:
            return .watchEnded(message.correlation, lsn: try WatchAnswer(from: &fields).lsn)
        case .cancel:
            let answer = try CancelAnswer(from: &fields)
            return .cancelAnswered(message.correlation, found: answer.isFound, lsn: answer.lsn)
        default:  // Every other opcode that is asked with is one of a command or a query.
            return try Reply(opcode: opcode, body: message.body).map {
                .reply(message.correlation, $0)
            }
        }
    }

    private func place(of correlation: CorrelationID) -> Int? {
        inFlight.firstIndex { $0.correlation == correlation }
    }

    private mutating func agree(_ fields: inout FieldReader) throws(DecodingFault) -> Agreement {
        let agreement = try Agreement(from: &fields)
        guard Hello.versions.contains(agreement.version) else {
            throw fields.invalid("version \(agreement.version) was not asked for", 2)
        }
        state = .open(agreement)
        return agreement
    }
}
