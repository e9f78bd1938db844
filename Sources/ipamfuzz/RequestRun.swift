internal import IPAM
internal import IPAMEngine
internal import IPAMWire

/// A connection that somebody writes anything to: the server's session, and behind it the engine.
///
/// The first byte of the input chooses who it is and how the bytes come in; the rest is the
/// stream. Every answer is read as a client would read it.
struct RequestRun {
    private var session: ServerSession
    private let caller: Caller
    private let stream: ArraySlice<UInt8>
    private let pieceBytes: Int
    private var state = Workplace.state
    private var tickets: [CorrelationID: Ticket] = [:]
    private var watches: Set<CorrelationID> = []
    private var isClosed = false

    static let modeGreeted: UInt8 = 1
    private static let roles = Caller.Role.allCases
    private static let pieces = [1 << 20, 1, 7, 4096]

    init(_ input: [UInt8]) {
        let mode = input.first ?? 0
        caller = Workplace.caller(Self.roles[Int(mode >> 1 & 3)])
        pieceBytes = Self.pieces[Int(mode >> 3 & 3)]
        session = ServerSession(role: caller.role, incarnation: 7, software: "ipamd fuzz")
        let hello: [UInt8] = mode & Self.modeGreeted == 0 ? [] : Self.hello(mode)
        stream = (hello + input.dropFirst())[...]
    }

    /// A hello that accepts the smallest frames, or the largest.
    private static func hello(_ mode: UInt8) -> [UInt8] {
        let most = mode & 0x20 == 0 ? Limits.frameBytesMax : Limits.frameBytesLeast
        let body = Hello(frameBytesMax: UInt32(most), software: "fuzz").encoded
        var writer = ByteWriter()
        writer.append(integer: UInt32(body.count))
        writer.append([Opcode.hello.rawValue, 0, 0, 0])
        writer.append(integer: UInt64(1))
        writer.append(body)
        return writer.bytes
    }

    func run() throws(FuzzFinding) {
        var run = self
        var decoder = FrameDecoder()
        var rest = stream
        while !rest.isEmpty {
            decoder.append(rest.prefix(pieceBytes))
            rest = rest.dropFirst(pieceBytes)
            do throws(ProtocolError) {
                while let frame = try decoder.next() { run.pending.append(frame) }
            } catch {
                try run.takePending()
                if !run.isClosed { try run.checkGoodbye(run.session.goodbye(error)) }
                return
            }
            try run.takePending()
        }
        try run.end()
    }

    /// Frames that are cut and not yet looked at.
    private var pending: [Frame] = []

    private mutating func takePending() throws(FuzzFinding) {
        for frame in pending { try take(frame) }
        pending = []
    }

    /// The bodies of the frames of the present message.
    private var body: [UInt8] = []

    private mutating func take(_ frame: Frame) throws(FuzzFinding) {
        Tally.shared.pieces += 1
        body += frame.body
        defer { if !frame.header.hasMore { body = [] } }
        let action = session.receive(frame, durableLSN: state.lsn)
        guard !isClosed else {
            return try require(action == .wait, "after a goodbye the session still acts")
        }
        switch action {
        case .execute(let command, let id):
            try prove(.command(command))
            try execute(command, id)
        case .answer(let query, let id):
            try prove(.query(query))
            try answer(query, id)
        case .watch(let watch, let id):
            try prove(.watch(watch))
            try report(watch, id)
        case .cancel(let meant, let id):
            try prove(.cancel(meant))
            try cancel(meant, id)
        case .send(let bytes): _ = try message(bytes)
        case .close(let bytes):
            isClosed = true
            try checkGoodbye(bytes)
        case .wait: break
        }
    }

    private func prove(_ request: Request) throws(FuzzFinding) {
        Tally.shared.accepted += 1
        // The limit of a query is always written, and may be absent.
        try requireCanonical(request, from: body, optionalBytes: 6, "\(request.opcode)") {
            bytes throws(DecodingFault) in try Request(opcode: request.opcode, body: bytes)
        }
    }
}

extension RequestRun {
    private mutating func execute(
        _ command: Command, _ id: CorrelationID
    ) throws(FuzzFinding) {
        for served in try state.proveBacklog() { try finish(served) }
        switch try state.proveExecution(of: command, by: caller) {
        case .success(let decision):
            switch decision.outcome {
            case .reply(let reply): try send(reply, to: id)
            case .waits(let ticket): tickets[id] = ticket
            }
            for served in decision.consequences.served { try finish(served) }
        case .failure(let refusal): try send(refusal, to: id)
        }
    }

    /// Somebody who waited hears what came of it.
    private mutating func finish(_ served: Served) throws(FuzzFinding) {
        guard let id = tickets.first(where: { $0.value == served.ticket })?.key else {
            throw FuzzFinding("somebody is served who does not wait")
        }
        tickets[id] = nil
        try answer(served.outcome, to: id)
    }

    private mutating func answer(
        _ outcome: Result<Reply, Refusal>, to id: CorrelationID
    ) throws(FuzzFinding) {
        switch outcome {
        case .success(let reply): try send(reply, to: id)
        case .failure(let refusal): try send(refusal, to: id)
        }
    }

    private mutating func answer(_ query: Query, _ id: CorrelationID) throws(FuzzFinding) {
        let reply: Reply
        do throws(Refusal) {
            // The daemon answers for itself what the state does not know.
            switch query {
            case .status, .metrics, .backup: throw Refusal(.busy, "not here")
            case .list, .used, .check, .explain, .usage, .who, .namespaces:
                reply = try state.answer(query, by: caller)
            }
        } catch {
            return try send(error, to: id)
        }
        try send(reply, to: id)
    }

    private mutating func report(_ watch: Watch, _ id: CorrelationID) throws(FuzzFinding) {
        watches.insert(id)
        let changes = state.resources.prefix(2).map { Watch.Change.removed($0.key) }
        let event = Watch.Event(lsn: state.lsn, changes: changes)
        let (opcode, body) = try message(session.event(event, to: id), correlation: id)
        let read: Watch.Event = try readBack("an event", body)
        try require(opcode == .event && read == event, "an event is read otherwise")
    }

    private mutating func cancel(
        _ meant: CorrelationID, _ id: CorrelationID
    ) throws(FuzzFinding) {
        var isFound = false
        if watches.remove(meant) != nil {
            isFound = true
            _ = try message(session.watchEnded(lsn: state.lsn, to: meant), correlation: meant)
        } else if let ticket = tickets.removeValue(forKey: meant) {
            isFound = true
            try withdraw(ticket, meant)
        }
        let bytes = session.cancelled(found: isFound, lsn: state.lsn, to: id)
        _ = try message(bytes, correlation: id)
    }

    private mutating func withdraw(
        _ ticket: Ticket, _ id: CorrelationID
    ) throws(FuzzFinding) {
        guard let outcome = state.withdraw(ticket) else {
            throw FuzzFinding("a request that waits is not there to be withdrawn")
        }
        try answer(outcome, to: id)
    }

    private mutating func end() throws(FuzzFinding) {
        guard !isClosed else { return }
        for (id, ticket) in tickets.sorted(by: { $0.key < $1.key }) { try withdraw(ticket, id) }
        guard session.isOpen else { return }
        try checkGoodbye(session.goodbye(ProtocolError(.shuttingDown, "the end")))
    }

    private mutating func send(_ reply: Reply, to id: CorrelationID) throws(FuzzFinding) {
        let (opcode, body) = try message(session.reply(reply, to: id), correlation: id)
        // A longer list of warnings is cut.
        guard opcode == reply.opcode, body.count < Limits.messagePartBytesMax else { return }
        let read = try readBack("an answer") { () throws(DecodingFault) in
            try Reply(opcode: opcode, body: body)
        }
        try require(read == reply, "the answer to \(id) is read otherwise: \(reply)")
    }

    private mutating func send(_ refusal: Refusal, to id: CorrelationID) throws(FuzzFinding) {
        let bytes = session.refuse(refusal, lsn: state.lsn, to: id)
        let (opcode, body) = try message(bytes, correlation: id)
        try require(opcode == .refusal, "a refusal has its opcode")
        guard body.count < Limits.messagePartBytesMax else { return }
        let read: RefusalBody = try readBack("a refusal", body)
        try require(read.refusal == refusal, "a refusal is read otherwise: \(refusal)")
    }

    /// What the bytes are to a client that accepts no larger frames than it said: one message, or
    /// the first of several.
    private func message(
        _ bytes: [UInt8], correlation: CorrelationID? = nil, most: Int = Limits.frameBytesMax
    ) throws(FuzzFinding) -> (Opcode, [UInt8]) {
        var decoder = FrameDecoder(frameBytesMax: most)
        decoder.append(bytes)
        var body: [UInt8] = []
        var first: FrameHeader?
        do throws(ProtocolError) {
            while let frame = try decoder.next() {
                first = first ?? frame.header
                body += frame.body
                if !frame.header.hasMore { break }
            }
        } catch {
            throw FuzzFinding("the server writes what is no frame: \(error)")
        }
        guard let first, let opcode = Opcode(rawValue: first.opcode) else {
            throw FuzzFinding("the server writes no message")
        }
        try require(
            correlation == nil || first.correlation == correlation, "an answer has another id")
        try require(!decoder.isMidFrame, "the server writes a part of a frame")
        return (opcode, body)
    }

    private func checkGoodbye(_ bytes: [UInt8]) throws(FuzzFinding) {
        let (opcode, body) = try message(bytes, correlation: 0, most: Limits.frameBytesLeast)
        try require(opcode == .goodbye, "a connection ends with a goodbye")
        let goodbye: Goodbye = try readBack("a goodbye", body)
        try requireCanonical(goodbye, from: body, "a goodbye")
    }
}
