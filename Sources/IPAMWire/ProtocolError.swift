package import IPAM

/// Why a connection has to end: after this, nobody knows where the next frame begins, or the
/// other side does not keep to the protocol, or it is time to go.
package struct ProtocolError: Error, Sendable, Hashable {
    /// The codes of a goodbye. Numbers and names are for ever: programs rely on them.
    package enum Code: UInt16, Sendable, Hashable, CaseIterable {
        // The peer does not keep to the protocol.
        case badFrame = 1
        case unknownFlag = 2
        case frameTooLarge = 3
        case messageTooLarge = 4
        case fragmentsMixed = 5
        case helloExpected = 6
        case secondHello = 7
        case badBody = 8
        case unsupportedVersion = 9
        case tooManyInFlight = 10
        case correlationInUse = 11
        case unexpectedOpcode = 12
        case unexpectedAnswer = 13

        // The server ends the connection for reasons of its own.
        case idle = 32
        case halfFrameTimeout = 33
        case slowReader = 34
        case tooManyConnections = 35
        case shuttingDown = 36
        case storageFailed = 37
    }

    package let code: Code
    /// What was wrong and what would have been right, without the final full stop.
    package let sentence: String

    package init(_ code: Code, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }
}

/// `CODE: sentence`.
extension ProtocolError: CustomStringConvertible {
    package var description: String { "\(code): \(sentence)" }
}

/// As the registry spells it.
extension ProtocolError.Code: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badFrame: "bad_frame"
        case .unknownFlag: "unknown_flag"
        case .frameTooLarge: "frame_too_large"
        case .messageTooLarge: "message_too_large"
        case .fragmentsMixed: "fragments_mixed"
        case .helloExpected: "hello_expected"
        case .secondHello: "second_hello"
        case .badBody: "bad_body"
        case .unsupportedVersion: "unsupported_version"
        case .tooManyInFlight: "too_many_in_flight"
        case .correlationInUse: "correlation_in_use"
        case .unexpectedOpcode: "unexpected_opcode"
        case .unexpectedAnswer: "unexpected_answer"
        case .idle: "idle"
        case .halfFrameTimeout: "half_frame_timeout"
        case .slowReader: "slow_reader"
        case .tooManyConnections: "too_many_connections"
        case .shuttingDown: "shutting_down"
        case .storageFailed: "storage_failed"
        }
    }
}

extension Refusal {
    /// What a client is told whose request cannot be decoded; its connection goes on.
    package init(_ fault: DecodingFault) {
        let code: RefusalCode =
            switch fault.kind {
            case .truncated, .badLength, .outOfOrder, .repeated, .missing, .badValue: .malformed
            case .unknownCritical: .unknownField
            case .unknownKind: .unknownKind
            case .badPrefix: .invalidPrefix
            case .tooMany: .tooLarge
            }
        self.init(code, fault.description)
    }
}
