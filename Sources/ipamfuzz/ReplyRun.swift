internal import IPAM
internal import IPAMWire

/// A connection to a server that writes anything: the client's session, which has asked one of
/// everything.
///
/// The first byte of the input chooses how the bytes come in and whether the hello is answered
/// before; the rest is the stream. The requests have the correlation ids from 2 on in the order
/// of `asked`.
struct ReplyRun {
    private let isGreeted: Bool
    private let cutsFrames: Bool
    private let pieceBytes: Int
    private let stream: ArraySlice<UInt8>

    static let modeGreeted: UInt8 = 1
    private static let pieces = [1 << 20, 1, 7, 4096]

    init(_ input: [UInt8]) {
        let mode = input.first ?? 0
        isGreeted = mode & Self.modeGreeted != 0
        cutsFrames = mode & 8 != 0
        pieceBytes = Self.pieces[Int(mode >> 1 & 3)]
        stream = input.dropFirst()
    }

    /// One of each, so that each kind of answer may come.
    static let asked: [Request] = [
        .command(.apply(.init(manifests: []))), .command(.request(.init(name: "a"))),
        .command(.release(.init(names: ["a"]))), .command(.delete(.init(keys: []))),
        .query(.list(.init(kind: .prefix))),
        .query(.used(.init(namespace: "default", name: "root"))), .query(.status), .query(.check),
        .query(.explain(.init(request: .init(name: "a")))), .query(.usage(.init())),
        .query(.who(.init(prefix: everything))),
        .command(.batch(.init(parts: []))),
        .watch(.init(kind: .prefix, after: 0, incarnation: 7)), .cancel(9),
    ]

    private static let everything = IPPrefix(
        containing: IPAddress(number: 0, family: .ipv4), length: 0)

    func run() throws(FuzzFinding) {
        if cutsFrames {
            try takeFrames()
        } else {
            try takeStream()
        }
    }

    private var session: ClientSession {
        get throws(FuzzFinding) { try (isGreeted ? Self.greeted : Self.new).get() }
    }

    private static let new = Result { () throws(FuzzFinding) -> ClientSession in
        var session = ClientSession(software: "fuzz")
        _ = session.hello()
        return session
    }

    private static let greeted = Result { () throws(FuzzFinding) -> ClientSession in
        var session = try new.get()
        try greet(&session)
        return session
    }

    /// The session cuts the frames.
    private func takeStream() throws(FuzzFinding) {
        var session = try session
        var rest = stream
        while !rest.isEmpty {
            session.append(rest.prefix(pieceBytes))
            rest = rest.dropFirst(pieceBytes)
            var events: [ClientSession.Event] = []
            var isOver = false
            do throws(ProtocolError) {
                while let event = try session.next() { events.append(event) }
            } catch {
                isOver = true
            }
            for event in events {
                Tally.shared.pieces += 1
                try take(event, nil, &session)
            }
            if isOver {
                Tally.shared.pieces += 1
                return
            }
        }
    }

    /// The frames are cut here, so that what was read can be compared with its bytes, and so that
    /// one that ends a connection is followed by another connection.
    private func takeFrames() throws(FuzzFinding) {
        let fresh = try session
        var session = fresh
        var decoder = FrameDecoder()
        decoder.append(stream)
        var body: [UInt8] = []
        while true {
            let frame: Frame
            do throws(ProtocolError) {
                guard let next = try decoder.next() else { return }
                frame = next
            } catch {
                return
            }
            Tally.shared.pieces += 1
            body += frame.body
            let event: ClientSession.Event?
            do throws(ProtocolError) {
                event = try session.receive(frame)
            } catch {
                event = nil
                session = fresh
                body = []
            }
            if let event { try take(event, body, &session) }
            if !frame.header.hasMore { body = [] }
        }
    }

    private static func greet(_ session: inout ClientSession) throws(FuzzFinding) {
        let agreement = Agreement(
            durableLSN: 1, incarnation: 7, role: .administrator, server: "fuzz")
        let body = agreement.encoded
        let header = FrameHeader(
            opcode: Opcode.helloAnswer.rawValue, correlation: 1, bodyBytes: body.count)
        do throws(ProtocolError) {
            _ = try session.receive(Frame(header, body: body))
        } catch {
            throw FuzzFinding("the hello of our own is refused: \(error)")
        }
        try ask(&session)
    }

    private static func ask(_ session: inout ClientSession) throws(FuzzFinding) {
        for request in asked {
            do throws(ClientSession.SendFault) {
                _ = try session.send(request)
            } catch {
                // A server may allow fewer requests, or smaller ones.
                return
            }
        }
    }

    private func take(
        _ event: ClientSession.Event, _ body: [UInt8]?, _ session: inout ClientSession
    ) throws(FuzzFinding) {
        Tally.shared.accepted += 1
        switch event {
        case .hello(let agreement):
            try prove(agreement, body, "a hello answer")
            try Self.ask(&session)
        case .reply(_, let reply):
            try requireCanonical(reply, from: body ?? reply.encoded, "an answer") {
                bytes throws(DecodingFault) in try Reply(opcode: reply.opcode, body: bytes)
            }
            try compute(reply)
        case .refused(_, let refusal, let lsn):
            try prove(RefusalBody(lsn: lsn, refusal: refusal), body, "a refusal")
        case .event(_, let event): try prove(event, body, "an event")
        case .watchEnded(_, let lsn): try prove(WatchAnswer(lsn: lsn), body, "the end of a watch")
        case .cancelAnswered(_, let found, let lsn):
            try prove(CancelAnswer(lsn: lsn, isFound: found), body, "an answer to a cancel")
        case .goodbye(let goodbye):
            try prove(goodbye, body, "a goodbye")
            try require(session.agreement == nil, "after a goodbye nothing is agreed")
        }
    }

    private func prove(
        _ value: some FieldCodable & Hashable, _ body: [UInt8]?, _ what: String
    ) throws(FuzzFinding) {
        try requireCanonical(value, from: body ?? value.encoded, what)
    }

    /// What a program does with the numbers that came in.
    private func compute(_ reply: Reply) throws(FuzzFinding) {
        guard case .usage(let page) = reply.answer else { return }
        for item in page.items {
            try require(
                (0...1).contains(item.usedShare) && (0...1).contains(item.fragmentation),
                "shares are between 0 and 1")
        }
    }
}
