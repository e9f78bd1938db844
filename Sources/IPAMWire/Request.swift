package import IPAM

/// What a client asks once the hello is answered.
package enum Request: Sendable, Hashable {
    case command(Command)
    case query(Query)

    package var opcode: Opcode {
        switch self {
        case .command(.apply): .apply
        case .command(.request): .request
        case .command(.release): .release
        case .command(.delete): .delete
        case .query(.list): .list
        case .query(.used): .used
        case .query(.status): .status
        case .query(.check): .check
        }
    }
}

extension Request: FieldEncodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .command(.apply(let apply)): apply.encode(to: &writer)
        case .command(.request(let request)): request.encode(to: &writer)
        case .command(.release(let release)): release.encode(to: &writer)
        case .command(.delete(let delete)): delete.encode(to: &writer)
        case .query(.list(let list)): list.encode(to: &writer)
        case .query(.used(let used)): used.encode(to: &writer)
        case .query(.status), .query(.check): break
        }
    }
}

extension Request {
    /// Reads the body of a request; nothing if the opcode is none of a request that follows a
    /// hello.
    package init?(opcode: Opcode, body: [UInt8]) throws(DecodingFault) {
        var fields = FieldReader(body, structure: opcode.description)
        switch opcode {
        case .apply: self = .command(.apply(try Command.Apply(from: &fields)))
        case .request: self = .command(.request(try Command.Request(from: &fields)))
        case .release: self = .command(.release(try Command.Release(from: &fields)))
        case .delete: self = .command(.delete(try Command.Delete(from: &fields)))
        case .list: self = .query(.list(try Query.List(from: &fields)))
        case .used: self = .query(.used(try Query.Used(from: &fields)))
        case .status:
            try fields.skipAll()
            self = .query(.status)
        case .check:
            try fields.skipAll()
            self = .query(.check)
        case .hello, .helloAnswer, .applyAnswer, .requestAnswer, .releaseAnswer, .deleteAnswer,
            .listAnswer, .usedAnswer, .statusAnswer, .checkAnswer, .goodbye, .event, .refusal:
            return nil
        }
    }
}

extension FieldReader {
    /// Reads a structure that has no fields yet: what a later version adds is optional.
    fileprivate mutating func skipAll() throws(DecodingFault) {
        while let field = try next() { try field.skip() }
    }
}
