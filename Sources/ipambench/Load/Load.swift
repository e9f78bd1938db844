import CLinux
import Glibc
import IPAM
import IPAMWire

/// Many clients in one process: each sends its next question when the last one is answered, and
/// every answer is checked.
final class Load {
    /// When to stop.
    enum Limit {
        case answers(Int)
        case seconds(Double)
    }

    /// What came of one run. The end, in which the clients give back what they hold, is not timed.
    struct Measured {
        var seconds = 0.0
        var answers = 0
        /// Changes that were acknowledged, those of the end among them.
        var changes = 0
        /// How often the daemon said: not now, ask again.
        var busy = 0
        /// Nanoseconds from question to answer of the first step of each slot (the request, of a
        /// request and its release), and when the answer came.
        var samples: [Sample] = []

        struct Sample {
            let time: UInt64
            let at: UInt64
        }

        var rate: Double { Double(answers) / seconds }
        var times: [Double] { samples.map { Double($0.time) / 1000 } }
    }

    private let connections: [LoadConnection]
    private let poller: Int32
    private var history = HoldHistory()
    /// How long nobody may answer anything.
    private static let patienceMilliseconds: Int32 = 60_000

    /// `isDaemon` says whether the server wants a hello.
    init(
        socket path: String, isDaemon: Bool = true, _ scripts: [[[LoadStep]]]
    ) throws(BenchError) {
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poller >= 0 else { throw .last("epoll_create1") }
        var connections: [LoadConnection] = []
        for (index, slots) in scripts.enumerated() {
            let socket = try ConnectedSocket(to: path)
            var session = ClientSession(software: "ipambench")
            if isDaemon { try socket.greet(&session) }
            var event = epoll_event()
            event.events = EPOLLIN.rawValue
            event.data.u32 = UInt32(index)
            guard epoll_ctl(poller, EPOLL_CTL_ADD, socket.descriptor, &event) == 0 else {
                throw .last("epoll_ctl")
            }
            connections.append(LoadConnection(socket, slots: slots))
        }
        self.connections = connections
    }

    deinit { close(poller) }

    /// Clients that request blocks of mixed sizes and release them again.
    static func requests(
        socket: String, clients: Int, depth: Int, parent: String, name: String = "load"
    ) throws(BenchError) -> Load {
        let scripts = (0..<clients).map { client in
            (0..<depth).map { slot in
                LoadStep.requestAndRelease(
                    name: "\(name)-\(client)-\(slot)", slot: slot,
                    length: UInt8(26 + (client * depth + slot) % 7), parent: parent)
            }
        }
        return try Load(socket: socket, scripts)
    }

    /// Clients that look at allocations by name, each at one.
    static func reads(
        socket: String, isDaemon: Bool = true, clients: Int, depth: Int, names: [String]
    ) throws(BenchError) -> Load {
        let scripts = (0..<clients).map { client in
            (0..<depth).map { slot in
                let name = names[(client * depth + slot) % names.count]
                let step = LoadStep.get(name: name, slot: slot)
                return [isDaemon ? step : step.asEcho]
            }
        }
        return try Load(socket: socket, isDaemon: isDaemon, scripts)
    }

    func run(_ limit: Limit) throws(BenchError) -> Measured {
        var run = Run(limit: limit, start: Clock.now)
        for connection in connections {
            for slot in connection.slots.indices { connection.ask(slot, at: Clock.now) }
            run.inFlight += connection.slots.count
            try connection.send()
        }
        var ready = [epoll_event](repeating: epoll_event(), count: 256)
        while run.inFlight > 0 {
            let count = epoll_wait(
                poller, &ready, Int32(ready.count), Self.patienceMilliseconds)
            guard count != 0 else { throw .ended("nobody answers any more") }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .last("epoll_wait")
            }
            for index in 0..<Int(count) {
                try serve(connections[Int(ready[index].data.u32)], &run)
            }
        }
        try history.check()
        return run.measured
    }

    /// How far a run is.
    private struct Run {
        let limit: Limit
        let start: UInt64
        var measured = Measured()
        var inFlight = 0
        var isOver = false

        mutating func count(_ sample: Measured.Sample, isFirst: Bool, isChange: Bool) {
            if isChange { measured.changes += 1 }
            guard !isOver else { return }
            measured.answers += 1
            if isFirst { measured.samples.append(sample) }
            let elapsed = Double(sample.at - start) / 1e9
            switch limit {
            case .answers(let most): isOver = measured.answers >= most
            case .seconds(let most): isOver = elapsed >= most
            }
            if isOver { measured.seconds = elapsed }
        }
    }

    private func serve(_ connection: LoadConnection, _ run: inout Run) throws(BenchError) {
        let now = Clock.now
        try connection.receive { (incoming) throws(BenchError) in
            let index = incoming.slot
            let slot = connection.slots[index]
            let step = slot.steps[slot.next]
            guard try isAnswer(incoming, to: step, connection) else {
                // The time goes on: the client is still without its block.
                run.measured.busy += 1
                return connection.askAgain(index)
            }
            let isChange = step.expectation == .allocated || step.expectation == .released
            run.count(
                Measured.Sample(time: now - slot.sentAt, at: now), isFirst: slot.next == 0,
                isChange: isChange)
            let next = slot.next + 1 < slot.steps.count ? slot.next + 1 : 0
            connection.slots[index].next = next
            // At the end everybody still gives back what it holds.
            if run.isOver, next == 0 {
                run.inFlight -= 1
            } else {
                connection.ask(index, at: now)
            }
        }
        try connection.send()
    }

    /// An answer is right if it has the opcode and the LSN of one, and what was asked for. Whether
    /// a block is nobody else's is looked at behind the clock, in the order of the LSNs. False for
    /// the one refusal that may come at any time, which asks for patience.
    private func isAnswer(
        _ incoming: LoadConnection.Incoming, to step: LoadStep, _ connection: LoadConnection
    ) throws(BenchError) -> Bool {
        let slot = incoming.slot
        let body = incoming.body
        guard step.expectation != .echo else { return true }
        if incoming.opcode == Opcode.refusal.rawValue, body.saysBusy { return false }
        guard incoming.opcode == step.answer, let lsn = body.lsn, lsn > 0 else {
            throw .wrong(
                "opcode \(incoming.opcode) instead of \(step.answer): "
                    + String(decoding: body.bytes.prefix(300), as: UTF8.self))
        }
        switch step.expectation {
        case .allocated:
            guard let block = body.allocatedBlock else {
                throw .wrong("an answer to a request without a block")
            }
            history.note(block, isHeld: true, lsn: lsn)
            connection.slots[slot].block = block
        case .released:
            guard let block = body.releasedBlock, block == connection.slots[slot].block else {
                throw .wrong("a release of another block than the one that was held")
            }
            history.note(block, isHeld: false, lsn: lsn)
        case .listed(let name):
            guard let listed = body.listedName, listed.elementsEqual(name) else {
                throw .wrong("a list without the object that was asked for")
            }
        case .echo: break
        }
        return true
    }
}
