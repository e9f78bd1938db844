import IPAM
import Seeded

/// One way to be a bad client.
struct Attack: Sendable {
    let name: String
    /// Connections of one process. Strangers have fewer, all of them together.
    var connections = 32
    var connectionsOfStrangers = 24
    /// Whether it begins with a valid hello.
    var greets = true
    /// The name by which it introduces itself.
    var software: @Sendable (inout SeededGenerator) -> String = { _ in "ipamtrial attack" }
    /// Whether it takes what the daemon says.
    var reads = true
    /// Messages without an answer after which it waits for one.
    var unansweredMax = 16
    var bytesPerWrite = Int.max
    /// Descriptors that are passed with each write.
    var descriptors = 0
    /// Messages after which it closes and comes again.
    var messagesMax = Int.max
    /// The next thing to send, with the correlation id of the turn; empty: nothing more.
    var next: @Sendable (inout SeededGenerator, Turn) -> [UInt8] = { _, _ in [] }

    /// What tells one message from all others.
    struct Turn: Sendable {
        var correlation: UInt64
        /// Of the attacker's user and connection.
        let connection: String
        let incarnation: UInt64

        var nameBefore: String { "a-\(connection)-\(correlation - 1)" }

        func name(_ beginning: String = "a") -> String {
            "\(beginning)-\(connection)-\(correlation)"
        }
    }

    init(_ name: String) { self.name = name }

    /// The attack with some of its parts changed.
    private func with(_ change: (inout Attack) -> Void) -> Attack {
        var attack = self
        change(&attack)
        return attack
    }

    static let all = framing + crowds + texts + work + queues

    /// The same by few connections, each of which waits for its answers: what it finds is that
    /// something breaks, and not that it is slow. What is all about numbers keeps them.
    var light: Attack {
        with {
            $0.connections = max(2, connections / 16)
            $0.connectionsOfStrangers = 2
            if unansweredMax != .max { $0.unansweredMax = min(unansweredMax, 2) }
        }
    }

    static func named(_ name: String) -> Attack? { all.first { $0.name == name } }

    /// The namespace of the attackers, and what there is in it.
    static let namespace = "attack"
    static let parentCount = 1000
    /// A Prefix of two addresses, which are taken.
    static let full = "full"

    static func parent(_ number: Int) -> String { "parent-\(number)" }
}

// MARK: - Frames

extension Attack {
    private static let framing: [Attack] = [
        // Lengths that no header and no field may have.
        Attack("lengths").with {
            $0.next = { generator, turn in
                let length = generator.pick(HostileBytes.lengths) ?? .max
                if generator.chance(50) {
                    let opcode = UInt8.random(in: 0...0xff, using: &generator)
                    return HostileFrame.header(
                        bodyBytes: length, opcode: opcode, correlation: turn.correlation)
                }
                return HostileBytes.deepField(length, turn)
            }
        },
        // A frame that is begun and not ended, or a message of nearly all that one may have.
        Attack("halves").with {
            $0.connections = 400
            $0.unansweredMax = .max
            $0.messagesMax = 1
            $0.next = { generator, turn in
                let size = Limits.frameBytesMax - HostileFrame.headerBytes
                let body = [UInt8](repeating: 0x01, count: size)
                let whole = HostileFrame.unfinished(.request, turn.correlation, body)
                let half = whole.dropLast(Int.random(in: 1...size, using: &generator))
                let count = generator.chance(10) ? Limits.messageBytesMax / size - 1 : 0
                return Array(repeatElement(whole, count: count).joined()) + half
            }
        },
        Attack("drip").with {
            $0.connections = 64
            $0.bytesPerWrite = 1
            $0.next = { _, turn in HostileBytes.status(turn) }
        },
        // After a good hello: noise, or a message with some bits of it changed.
        Attack("garbage").with {
            $0.next = { generator, turn in
                if generator.chance(30) {
                    return (0..<256).map { _ in UInt8.random(in: 0...0xff, using: &generator) }
                }
                return HostileBytes.spoiled(HostileBytes.request(turn), &generator)
            }
        },
        Attack("descriptors").with {
            $0.descriptors = 200
            $0.next = { _, turn in HostileBytes.status(turn) }
        },
    ]

    private static let crowds: [Attack] = [
        // Answers are asked for and never read.
        Attack("deaf").with {
            $0.connections = 64
            $0.reads = false
            $0.unansweredMax = .max
            $0.next = { _, turn in HostileBytes.list(turn) }
        },
        Attack("floods").with {
            $0.connections = 64
            $0.connectionsOfStrangers = 64
            $0.greets = false
            $0.messagesMax = 0
        },
        Attack("silent").with {
            // As many as a user may have, or nearly: one more is another flood.
            $0.connections = 1000
            $0.greets = false
        },
    ]
}

// MARK: - Texts

extension Attack {
    private static let texts: [Attack] = [
        // What would forge a line of the log, or an order to a terminal.
        Attack("names").with {
            $0.messagesMax = 64
            $0.software = { HostileBytes.forgery(&$0) }
            $0.next = { generator, turn in
                HostileBytes.forged(&generator, turn)
            }
        },
        // Refusals as fast as they come: each is a line for the log, if nobody counts them.
        Attack("refusals").with {
            $0.unansweredMax = 512
            $0.next = { generator, turn in
                generator.chance(50)
                    ? HostileBytes.request(turn, parent: "nowhere")
                    : HostileBytes.release(turn, name: turn.name("nobody"))
            }
        },
    ]
}

// MARK: - Work

extension Attack {
    private static let work: [Attack] = [
        // Selectors with as many requirements as there may be, all but the last of which hold.
        Attack("lists").with {
            $0.next = { generator, turn in
                HostileBytes.list(
                    turn, kind: generator.chance(80) ? .prefix : .prefixAllocation,
                    requirements: Limits.selectorPartsMax)
            }
        },
        Attack("explains").with {
            $0.next = { generator, turn in
                HostileBytes.explain(
                    turn,
                    requirements: generator.chance(50) ? 0 : Limits.selectorPartsMax)
            }
        },
        Attack("selectors").with {
            $0.next = { _, turn in
                HostileBytes.request(turn, requirements: Limits.selectorPartsMax)
            }
        },
        Attack("batches").with {
            $0.unansweredMax = 2
            $0.next = { generator, turn in
                HostileBytes.batch(
                    turn, count: Limits.itemsPerCommandMax,
                    endsWell: generator.chance(50))
            }
        },
        Attack("who").with {
            $0.next = { _, turn in HostileBytes.who(turn) }
        },
        Attack("checks").with {
            $0.next = { generator, turn in
                HostileFrame.message(
                    generator.pick([.check, .usage, .namespaces]) ?? .check, turn.correlation, [])
            }
        },
    ]

    private static let queues: [Attack] = [
        // More requests than may be without an answer.
        Attack("overflow").with {
            $0.unansweredMax = .max
            $0.next = { _, turn in HostileBytes.request(turn, dryRun: true) }
        },
        Attack("waits").with {
            $0.unansweredMax = Limits.requestsInFlightMax - 1
            $0.next = { _, turn in
                HostileBytes.request(turn, parent: full, waitMilliseconds: 60_000)
            }
        },
        Attack("watches").with {
            $0.unansweredMax = 64
            $0.next = { generator, turn in
                HostileBytes.watch(
                    turn,
                    requirements: generator.chance(50) ? 0 : Limits.selectorPartsMax)
            }
        },
        // Changes as fast as they are let.
        Attack("changes").with {
            $0.unansweredMax = 512
            $0.next = { _, turn in
                turn.correlation.isMultiple(of: 2)
                    ? HostileBytes.request(turn)
                    : HostileBytes.release(turn, name: turn.nameBefore)
            }
        },
    ]
}
