/// What a message is. An answer has the number of its request, plus 0x80.
///
/// | byte | |
/// |---|---|
/// | 0x00 | never used |
/// | 0x01...0x14 | requests, below |
/// | 0x15...0x7f | requests to come: refused as unknown |
/// | 0x80 | never used |
/// | 0x81...0x94 | answers |
/// | 0x95...0xef | answers to come |
/// | 0xf0, 0xf1 | what the server starts |
/// | 0xf2...0xfe | to come |
/// | 0xff | refusal |
package enum Opcode: UInt8, Sendable, Hashable, CaseIterable {
    case hello = 0x01
    case apply = 0x02
    case request = 0x03
    case release = 0x04
    case delete = 0x05
    case list = 0x06
    case used = 0x07
    case status = 0x08
    case check = 0x09
    case explain = 0x0a
    case usage = 0x0b
    case who = 0x0c
    case batch = 0x0d
    case watch = 0x0e
    case cancel = 0x0f
    case backup = 0x10
    case reconcile = 0x11
    case access = 0x12
    case namespaces = 0x13
    case metrics = 0x14

    case helloAnswer = 0x81
    case applyAnswer = 0x82
    case requestAnswer = 0x83
    case releaseAnswer = 0x84
    case deleteAnswer = 0x85
    case listAnswer = 0x86
    case usedAnswer = 0x87
    case statusAnswer = 0x88
    case checkAnswer = 0x89
    case explainAnswer = 0x8a
    case usageAnswer = 0x8b
    case whoAnswer = 0x8c
    case batchAnswer = 0x8d
    case watchAnswer = 0x8e
    case cancelAnswer = 0x8f
    case backupAnswer = 0x90
    case reconcileAnswer = 0x91
    case accessAnswer = 0x92
    case namespacesAnswer = 0x93
    case metricsAnswer = 0x94

    /// The server ends the connection.
    case goodbye = 0xf0
    /// What a watch reports, any number of times before its answer.
    case event = 0xf1
    /// The answer no, to any request but a hello.
    case refusal = 0xff

    /// Whether a byte is in the range from which requests, known or to come, take their opcodes.
    package static func isRequest(_ byte: UInt8) -> Bool { (0x01...0x7f).contains(byte) }

    /// The opcode of the answer to a request; nothing for what is no request.
    package var answer: Opcode? {
        Opcode.isRequest(rawValue) ? Opcode(rawValue: rawValue | 0x80) : nil
    }
}

/// As the registry spells it.
extension Opcode: CustomStringConvertible {
    package var description: String {
        switch self {
        case .hello: "hello"
        case .apply: "apply"
        case .request: "request"
        case .release: "release"
        case .delete: "delete"
        case .list: "list"
        case .used: "used"
        case .status: "status"
        case .check: "check"
        case .explain: "explain"
        case .usage: "usage"
        case .who: "who"
        case .batch: "batch"
        case .watch: "watch"
        case .cancel: "cancel"
        case .backup: "backup"
        case .reconcile: "reconcile"
        case .access: "access"
        case .namespaces: "namespaces"
        case .metrics: "metrics"
        case .helloAnswer: "hello answer"
        case .applyAnswer: "apply answer"
        case .requestAnswer: "request answer"
        case .releaseAnswer: "release answer"
        case .deleteAnswer: "delete answer"
        case .listAnswer: "list answer"
        case .usedAnswer: "used answer"
        case .statusAnswer: "status answer"
        case .checkAnswer: "check answer"
        case .explainAnswer: "explain answer"
        case .usageAnswer: "usage answer"
        case .whoAnswer: "who answer"
        case .batchAnswer: "batch answer"
        case .watchAnswer: "watch answer"
        case .cancelAnswer: "cancel answer"
        case .backupAnswer: "backup answer"
        case .reconcileAnswer: "reconcile answer"
        case .accessAnswer: "access answer"
        case .namespacesAnswer: "namespaces answer"
        case .metricsAnswer: "metrics answer"
        case .goodbye: "goodbye"
        case .event: "event"
        case .refusal: "refusal"
        }
    }
}
