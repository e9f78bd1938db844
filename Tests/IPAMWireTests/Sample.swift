import IPAM
import IPAMWire

/// A message of either side as a value, so that all of them can be tested alike.
enum Sample: Hashable {
    case hello(Hello)
    case agreement(Agreement)
    case request(Request)
    case reply(Reply)
    case refusal(RefusalBody)
    case goodbye(Goodbye)
    case event(Watch.Event)
    case watchAnswer(WatchAnswer)
    case cancelAnswer(CancelAnswer)

    /// Reads the body of a message that has this name in the registry.
    init(_ name: String, body: [UInt8]) throws {
        var fields = FieldReader(body, structure: name)
        switch name {
        case "hello": self = .hello(try Hello(from: &fields))
        case "hello answer": self = .agreement(try Agreement(from: &fields))
        case "refusal": self = .refusal(try RefusalBody(from: &fields))
        case "goodbye": self = .goodbye(try Goodbye(from: &fields))
        case "event": self = .event(try Watch.Event(from: &fields))
        case "watch answer": self = .watchAnswer(try WatchAnswer(from: &fields))
        case "cancel answer": self = .cancelAnswer(try CancelAnswer(from: &fields))
        default:
            let opcode = Opcode.allCases.first { $0.description == name }
            if let opcode, let request = try Request(opcode: opcode, body: body) {
                self = .request(request)
            } else if let opcode, let reply = try Reply(opcode: opcode, body: body) {
                self = .reply(reply)
            } else {
                throw NoSuchMessage(name: name)
            }
        }
    }

    struct NoSuchMessage: Error {
        let name: String
    }

    var body: [UInt8] {
        switch self {
        case .hello(let hello): hello.encoded
        case .agreement(let agreement): agreement.encoded
        case .request(let request): request.encoded
        case .reply(let reply): reply.encoded
        case .refusal(let refusal): refusal.encoded
        case .goodbye(let goodbye): goodbye.encoded
        case .event(let event): event.encoded
        case .watchAnswer(let answer): answer.encoded
        case .cancelAnswer(let answer): answer.encoded
        }
    }

    var opcode: Opcode {
        switch self {
        case .hello: .hello
        case .agreement: .helloAnswer
        case .request(let request): request.opcode
        case .reply(let reply): reply.opcode
        case .refusal: .refusal
        case .goodbye: .goodbye
        case .event: .event
        case .watchAnswer: .watchAnswer
        case .cancelAnswer: .cancelAnswer
        }
    }
}
