import IPAM

/// What a client asked: something that changes, or a look at objects.
enum Ask: Sendable, Hashable {
    case command(Command)
    case list(Query.List)
}

/// What a client was told.
enum Outcome: Sendable, Hashable {
    case answered(Reply)
    /// A no. Nothing was changed, says the daemon.
    case refused(RefusalCode, part: Int?)
    /// No answer, and the library promises that nothing was changed.
    case nothingChanged
    /// No answer: it may be there or not.
    case unknown
}

/// One question of one client, from just before it left to just after its answer was there.
struct Entry: Sendable, Hashable {
    let client: Int
    /// The user who asked.
    let uid: UInt32
    let ask: Ask
    /// Nanoseconds of the monotonic clock, which all clients share.
    let invoked: UInt64
    var returned: UInt64
    var outcome: Outcome

    init(
        client: Int, uid: UInt32 = 0, ask: Ask, invoked: UInt64, returned: UInt64,
        outcome: Outcome
    ) {
        self.client = client
        self.uid = uid
        self.ask = ask
        self.invoked = invoked
        self.returned = returned
        self.outcome = outcome
    }
}

extension Entry {
    /// The LSN of the answer, if there was one that carries it.
    var lsn: UInt64? {
        if case .answered(let reply) = outcome { reply.lsn } else { nil }
    }

    /// Whether this is one of the requests that may wait for room.
    var waits: Bool {
        if case .command(.request(let request)) = ask {
            request.waitMilliseconds != nil
        } else {
            false
        }
    }

    /// Whether the answer says that something was changed.
    var hasChanged: Bool {
        guard case .answered(let reply) = outcome else { return false }
        return Said(reply.answer).map(\.isChange) ?? false
    }

    /// Whether something may have been changed that nobody was told of.
    var isInDoubt: Bool {
        if case (.command, .unknown) = (ask, outcome) { true } else { false }
    }
}

/// All that the daemon holds, read while nobody changes it.
struct Dump: Sendable, Hashable {
    let lsn: UInt64
    let things: [Thing]
    let invoked: UInt64
    let returned: UInt64
}

/// What happened from one dump to the next. Between two epochs nobody has a question open.
struct Epoch: Sendable {
    var entries: [Entry]
    /// What the daemon held after its end, and after a restart if there was one.
    var last: Dump
}

/// Something that the checker says is wrong.
struct Finding: Sendable, Hashable, CustomStringConvertible {
    let sentence: String

    init(_ sentence: String) { self.sentence = sentence }

    var description: String { sentence }
}
