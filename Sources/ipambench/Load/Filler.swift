import Glibc
import IPAM
import IPAMWire

/// Fills a daemon through its protocol, in batches, and checks each answer in full.
struct Filler {
    let parent: String
    /// Shared by all, as a fleet's agents have them.
    static let labels: Labels = ["tier": "public", "fleet": "blue"]
    /// Allocations of one batch: its frame stays within 64 KiB.
    private static let batch = 400
    private static let batchesInFlight = 4

    /// How long who was told to ask again lets the daemon be.
    private static let pauseMicroseconds: UInt32 = 1000

    private(set) var count = 0
    /// How often the daemon had no room in its journal and said so; each time it was let be for
    /// a millisecond.
    private(set) var busyCount = 0
    private var inFlight: [CorrelationID: Range<Int>] = [:]
    private var held = HeldAddresses()

    init(parent: String) { self.parent = parent }

    /// Sixteen characters, ascending.
    static func name(_ index: Int) -> String {
        let digits = String(index)
        return "alloc-" + String(repeating: "0", count: 10 - digits.count) + digits
    }

    /// Requests addresses until there are so many.
    mutating func fill(socket path: String, to total: Int) throws(BenchError) {
        let socket = try ConnectedSocket(to: path)
        var session = ClientSession(software: "ipambench")
        try socket.greet(&session)
        var sent = count
        while count < total {
            while sent < total, session.requestsInFlight < Self.batchesInFlight {
                let names = sent..<min(total, sent + Self.batch)
                try send(names, socket, &session)
                sent = names.upperBound
            }
            let event = try socket.nextEvent(&session)
            if case .refused(let correlation, let refusal, _) = event, refusal.code == .busy,
                let names = inFlight.removeValue(forKey: correlation)
            {
                busyCount += 1
                usleep(Self.pauseMicroseconds)
                try send(names, socket, &session)
            } else {
                try take(event)
            }
        }
    }

    private mutating func send(
        _ names: Range<Int>, _ socket: borrowing ConnectedSocket, _ session: inout ClientSession
    ) throws(BenchError) {
        let parts = names.map {
            Command.Batch.Part.request(
                Command.Request(
                    name: Self.name($0), prefixLength: 32, parent: parent, labels: Self.labels))
        }
        let sent: ClientSession.Sent
        do throws(ClientSession.SendFault) {
            sent = try session.send(.batch(Command.Batch(parts: parts)))
        } catch {
            throw .wrong("a batch does not leave: \(error)")
        }
        inFlight[sent.correlation] = names
        try socket.send(sent.bytes)
    }

    private mutating func take(_ event: ClientSession.Event) throws(BenchError) {
        guard case .reply(let correlation, let reply) = event,
            case .batch(let answer) = reply.answer
        else {
            throw .wrong("a batch was answered with \(event)")
        }
        for part in answer.parts {
            guard case .allocated(let allocated) = part, allocated.isCreated,
                let block = allocated.resource.placement?.block, block.family == .ipv4,
                held.hold(Block(number: UInt32(block.number), length: block.length))
            else { throw .wrong("a part of a batch that has no block of its own: \(part)") }
        }
        guard inFlight.removeValue(forKey: correlation)?.count == answer.parts.count else {
            throw .wrong("a batch was answered with \(answer.parts.count) parts")
        }
        count += answer.parts.count
    }
}
