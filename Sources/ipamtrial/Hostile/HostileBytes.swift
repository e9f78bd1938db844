import IPAM
import Seeded

/// What attackers send. Valid but for what makes it an attack.
enum HostileBytes {
    typealias Turn = Attack.Turn

    /// Lengths of bodies, or of fields, that are too long, or just as long as may be.
    static let lengths: [UInt32] = [
        .max, .max - 15, 1 << 31, 1 << 31 - 1, 4 << 20, 4 << 20 + 1, 65_537, 65_536, 65_521,
    ]

    /// The key of the labels of the attacked Prefixes.
    private static let key = "tier"

    // MARK: Requests

    static func request(
        _ turn: Turn, parent: String? = nil, requirements: Int = 0,
        waitMilliseconds: UInt32? = nil, dryRun: Bool = false
    ) -> [UInt8] {
        let parent = parent ?? Attack.parent(Int(turn.correlation % UInt64(Attack.parentCount)))
        return HostileFrame.message(.request, turn.correlation) { body in
            write(
                to: &body, name: turn.name(), parent: requirements > 0 ? nil : parent,
                requirements: requirements, dryRun: dryRun)
            body.field(.critical(14), ifPresent: waitMilliseconds)
        }
    }

    private static func write(
        to body: inout ByteWriter, name: String, parent: String?, requirements: Int = 0,
        dryRun: Bool = false
    ) {
        body.field(1, Attack.namespace)
        body.field(2, name)
        body.field(.critical(5), UInt8(32))
        body.field(.critical(6), ifPresent: parent)
        if requirements > 0 {
            body.field(.critical(7)) { selector(&$0, requirements) }
        } else if parent == nil {
            body.field(.critical(8), flag: true)
        }
        body.field(.critical(10), flag: dryRun)
    }

    static func release(_ turn: Turn, name: String) -> [UInt8] {
        HostileFrame.message(.release, turn.correlation) { body in
            body.field(1, Attack.namespace)
            body.field(2, name)
        }
    }

    /// Many parts that are only tried; the last of them is refused unless it shall end well.
    static func batch(_ turn: Turn, count: Int, endsWell: Bool) -> [UInt8] {
        HostileFrame.message(.batch, turn.correlation) { body in
            for number in 0..<count {
                let isLast = number == count - 1
                body.field(.critical(1)) { part in
                    part.field(.critical(1)) { request in
                        write(
                            to: &request, name: "b-\(number)",
                            parent: isLast && !endsWell
                                ? "nowhere" : Attack.parent(number % Attack.parentCount))
                    }
                }
            }
            body.field(.critical(2), flag: true)
        }
    }

    // MARK: Queries

    static func status(_ turn: Turn) -> [UInt8] {
        HostileFrame.message(.status, turn.correlation, [])
    }

    static func list(
        _ turn: Turn, kind: ResourceKind = .prefix, requirements: Int = 0
    ) -> [UInt8] {
        HostileFrame.message(.list, turn.correlation) { body in
            body.field(1, kind.rawValue)
            if requirements > 0 { body.field(.critical(4)) { selector(&$0, requirements) } }
        }
    }

    static func explain(_ turn: Turn, requirements: Int) -> [UInt8] {
        HostileFrame.message(.explain, turn.correlation) { body in
            body.field(.critical(1)) { request in
                write(to: &request, name: "why", parent: nil, requirements: requirements)
            }
        }
    }

    /// Who has anything at all, of either family.
    static func who(_ turn: Turn) -> [UInt8] {
        HostileFrame.message(.who, turn.correlation) { body in
            let isSix = turn.correlation.isMultiple(of: 2)
            body.field(
                1,
                IPPrefix(
                    containing: IPAddress(number: 0, family: isSix ? .ipv6 : .ipv4), length: 0))
        }
    }

    static func watch(_ turn: Turn, requirements: Int) -> [UInt8] {
        HostileFrame.message(.watch, turn.correlation) { body in
            body.field(1, ResourceKind.prefixAllocation.rawValue)
            if requirements > 0 { body.field(.critical(3)) { selector(&$0, requirements) } }
            body.field(4, UInt64(0))
            body.field(5, turn.incarnation)
        }
    }

    /// Requirements that hold for every attacked Prefix, and a last one that never does.
    private static func selector(_ writer: inout ByteWriter, _ count: Int) {
        for number in 0..<count {
            writer.field(.critical(2)) { requirement in
                requirement.field(1, key)
                let isLast = number == count - 1
                let operation: Selector.Requirement.Operator = isLast ? .isIn : .isNotIn
                requirement.field(2, operation.rawValue)
                for value in 0..<Limits.selectorPartsMax {
                    requirement.field(3, "no-\(value + 100)-\(number)")
                }
            }
        }
    }

    // MARK: Broken ones

    /// A whole frame in which a field says that it is longer than everything.
    static func deepField(_ length: UInt32, _ turn: Turn) -> [UInt8] {
        HostileFrame.message(.batch, turn.correlation) { body in
            body.append([0x81])
            body.append(varint: length)
            body.append([0x81, 0xff, 0xff, 0xff, 0xff, 0x0f])
        }
    }

    /// Some bits of it changed, none of them in the length: the next frame begins where it should.
    static func spoiled(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<4 {
            let place = Int.random(in: 4..<bytes.count, using: &generator)
            bytes[place] ^= UInt8.random(in: 1...0xff, using: &generator)
        }
        return bytes
    }

    // MARK: Texts

    /// Short enough for a software name, and all that a log must not show as it is.
    private static let forgeries = [
        "x\nMESSAGE=forged\nPRIORITY=0\nIPAM_PEER_UID=0",
        "x\r\n2026-01-01T00:00:00Z error: forged (uid 0, pid 1)\r\n",
        "\u{1b}[2J\u{1b}]0;forged\u{7}", "\u{0}forged\u{0}", "\u{202e}degrof\u{2028}\u{85}",
        "%n%s%x", "$(forged)`forged`", String(repeating: "\u{9b}31m", count: 60),
    ]

    static func forgery(_ generator: inout SeededGenerator) -> String {
        generator.pick(forgeries) ?? ""
    }

    /// A forgery as a name, a namespace, a parent, a label, an annotation.
    static func forged(_ generator: inout SeededGenerator, _ turn: Turn) -> [UInt8] {
        let text = forgery(&generator)
        let place = Int.random(in: 0..<6, using: &generator)
        if place == 5 { return forgedManifest(text, turn) }
        return HostileFrame.message(.request, turn.correlation) { body in
            body.field(1, place == 0 ? text : Attack.namespace)
            body.field(2, place == 1 ? text : turn.name())
            body.field(.critical(5), UInt8(32))
            body.field(.critical(6), place == 2 ? text : Attack.parent(1))
            body.field(9) { labels in
                labels.field(1) { label in
                    label.field(1, place == 3 ? text : "key")
                    label.field(2, place == 4 ? text : "value")
                }
            }
        }
    }

    private static func forgedManifest(_ text: String, _ turn: Turn) -> [UInt8] {
        HostileFrame.message(.apply, turn.correlation) { body in
            body.field(1) { manifest in
                manifest.field(1) { key in
                    key.field(1, ResourceKind.prefixAllocation.rawValue)
                    key.field(2, Attack.namespace)
                    key.field(3, turn.name())
                }
                manifest.field(2, UInt8(1))
                manifest.field(4) { annotations in
                    annotations.field(1) { annotation in
                        annotation.field(1, "note")
                        annotation.field(2, text)
                    }
                }
                manifest.field(6, text)
                manifest.field(.critical(9), Attack.parent(1))
            }
        }
    }
}
