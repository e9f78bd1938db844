import Glibc
import Seeded

/// The connections of one attacking process. One thread does all of it, and never waits for one
/// connection alone.
struct Attacker {
    let attack: Attack
    let socket: String
    let uid: UInt32
    let incarnation: UInt64
    private(set) var tally = Tally()
    private var generator: SeededGenerator
    private var connections: [Connection] = []
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// How long it waits for something to happen, so that it is not the machine that it attacks.
    private static let pauseMilliseconds: Int32 = 5
    /// Writes of one connection before the others have their turn.
    private static let writesPerTurn = 8

    /// What has been done.
    struct Tally {
        var connections = 0
        var messages = 0
        var bytes = 0
        var answers = 0
        var ends = 0

        var line: String { "\(connections) \(messages) \(bytes) \(answers) \(ends)" }

        init() {}

        init?(line: some StringProtocol) {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 5 else { return nil }
            (connections, messages, bytes) = (numbers[0], numbers[1], numbers[2])
            (answers, ends) = (numbers[3], numbers[4])
        }

        static func + (left: Tally, right: Tally) -> Tally {
            var sum = left
            sum.connections += right.connections
            sum.messages += right.messages
            sum.bytes += right.bytes
            sum.answers += right.answers
            sum.ends += right.ends
            return sum
        }
    }

    private struct Connection {
        var socket: HostileSocket?
        var turn: Attack.Turn
        var pending: ArraySlice<UInt8> = []
        var messages = 0
        var answers = AnswerCounter()
    }

    init(
        _ attack: Attack, socket: String, uid: UInt32, count: Int, incarnation: UInt64,
        seed: UInt64
    ) {
        self.attack = attack
        self.socket = socket
        self.uid = uid
        self.incarnation = incarnation
        generator = SeededGenerator(seed: seed)
        connections = (0..<count).map { number in
            Connection(
                turn: Attack.Turn(
                    correlation: 1, connection: "\(uid)-\(number)", incarnation: incarnation))
        }
    }

    /// Attacks until the time has come, or who started it has gone.
    mutating func run(until end: UInt64) {
        let parent = getppid()
        let passed = (0..<attack.descriptors).map { _ in dup(STDIN_FILENO) }
        while Clock.now < end, getppid() == parent {
            var hasMoved = false
            for index in connections.indices {
                if connections[index].socket == nil { begin(index) }
                if write(index, passed) { hasMoved = true }
                if Clock.now >= end { break }
            }
            wait(hasMoved ? 0 : Self.pauseMilliseconds)
        }
        for descriptor in passed { close(descriptor) }
    }

    private mutating func begin(_ index: Int) {
        guard let made = HostileSocket(path: socket) else { return }
        tally.connections += 1
        connections[index].socket = made
        connections[index].messages = 0
        connections[index].answers = AnswerCounter()
        connections[index].pending =
            attack.greets ? HostileFrame.hello(software: attack.software(&generator))[...] : []
    }

    private mutating func endConnection(_ index: Int) {
        connections[index].socket = nil
        connections[index].pending = []
    }

    /// Sends what there is to be sent. Whether anything has gone.
    private mutating func write(_ index: Int, _ passed: [Int32]) -> Bool {
        guard let socket = connections[index].socket else { return false }
        var hasMoved = false
        for _ in 0..<Self.writesPerTurn {
            if connections[index].pending.isEmpty { prepare(index) }
            let part = connections[index].pending.prefix(attack.bytesPerWrite)
            guard !part.isEmpty, connections[index].socket != nil else { return hasMoved }
            switch socket.send(part, descriptors: passed) {
            case .moved(let count):
                connections[index].pending.removeFirst(count)
                tally.bytes += count
                hasMoved = true
            case .later: return hasMoved
            case .ended:
                // Its last words are read where it is waited for.
                connections[index].pending = []
                if !attack.reads { endConnection(index) }
                tally.ends += 1
                return hasMoved
            }
            // One byte at a time means that others have their turn between.
            if attack.bytesPerWrite == 1 { return hasMoved }
        }
        return hasMoved
    }

    /// The next message, unless it has to wait for answers or has sent all that it will.
    private mutating func prepare(_ index: Int) {
        let connection = connections[index]
        if connection.messages >= attack.messagesMax {
            // Who has begun what it never ends stays.
            if attack.unansweredMax != .max { endConnection(index) }
            return
        }
        let greeting = attack.greets ? 1 : 0
        let unanswered = connection.messages + greeting - connection.answers.count
        guard unanswered < attack.unansweredMax || !attack.reads else { return }
        connections[index].turn.correlation += 1
        let bytes = attack.next(&generator, connections[index].turn)
        guard !bytes.isEmpty else { return }
        connections[index].messages += 1
        connections[index].pending = bytes[...]
        tally.messages += 1
    }

    /// Waits for what the daemon says, and takes it.
    private mutating func wait(_ milliseconds: Int32) {
        let open = connections.indices.filter { connections[$0].socket != nil }
        var waiting = open.map { index in
            let wants = connections[index].pending.isEmpty ? 0 : POLLOUT
            return pollfd(
                fd: connections[index].socket?.descriptor ?? -1,
                events: Int16(wants | (attack.reads ? POLLIN : 0)), revents: 0)
        }
        guard poll(&waiting, nfds_t(waiting.count), milliseconds) > 0 else { return }
        for (index, waiting) in zip(open, waiting) {
            let ended = Int32(waiting.revents) & (POLLHUP | POLLERR) != 0
            if attack.reads {
                if Int32(waiting.revents) & POLLIN != 0 || ended { read(index) }
            } else if ended {
                endConnection(index)
                tally.ends += 1
            }
        }
    }

    private mutating func read(_ index: Int) {
        guard let socket = connections[index].socket else { return }
        let before = connections[index].answers.count
        switch socket.receive(into: &buffer) {
        case .moved(let count): connections[index].answers.take(buffer[..<count])
        case .later: return
        case .ended:
            endConnection(index)
            tally.ends += 1
        }
        tally.answers += connections[index].answers.count - before
    }
}
