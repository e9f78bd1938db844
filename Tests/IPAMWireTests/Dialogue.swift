import IPAM
import IPAMWire
import Testing

/// A client and a server that hear each other.
struct Dialogue {
    var client: ClientSession
    var server: ServerSession
    private var decoder = FrameDecoder()

    init(client: ClientSession, server: ServerSession) {
        self.client = client
        self.server = server
    }

    static func newServer() -> ServerSession {
        ServerSession(role: .agent, incarnation: 7, software: "ipamd test")
    }

    /// Both sides after the hello.
    static func greeted() throws -> Dialogue {
        var both = Dialogue(client: ClientSession(software: "test"), server: newServer())
        let hello = both.client.hello()
        guard case .send(let answer) = try both.hear(hello).last else {
            throw Unexpected(what: "no answer to the hello")
        }
        both.client.append(answer)
        guard case .hello = try both.client.next() else { throw Unexpected(what: "no hello") }
        return both
    }

    struct Unexpected: Error {
        let what: String
    }

    /// The server's actions after these bytes.
    mutating func hear(_ bytes: [UInt8]) throws -> [ServerSession.ReceiveAction] {
        decoder.append(bytes)
        var actions: [ServerSession.ReceiveAction] = []
        while let frame = try decoder.next() {
            actions.append(server.receive(frame, durableLSN: 41))
        }
        return actions
    }

    /// The client's events after these bytes.
    mutating func say(_ bytes: [UInt8]) throws -> [ClientSession.Event] {
        client.append(bytes)
        var events: [ClientSession.Event] = []
        while let event = try client.next() { events.append(event) }
        return events
    }
}
