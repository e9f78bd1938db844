internal import IPAM
internal import IPAMWire

/// A session and the socket that carries it.
struct Conversation: ~Copyable {
    /// Why a conversation ends.
    enum Fault: Error {
        case timedOut
        /// The other side is gone, or the system failed: why, in words.
        case broken(String)
        case violated(ProtocolError)
    }

    var session: ClientSession
    private let socket: StreamSocket
    private var buffer: [UInt8]

    init(_ socket: consuming StreamSocket, software: String) {
        self.socket = socket
        session = ClientSession(named: software)
        // Most answers are small; a page of a list is read in pieces of this size.
        buffer = [UInt8](repeating: 0, count: 16 << 10)
    }

    mutating func send(_ bytes: [UInt8], by deadline: Deadline) throws(Fault) {
        do throws(StreamSocket.Fault) {
            try socket.send(bytes, by: deadline)
        } catch {
            throw Fault(error)
        }
    }

    /// What the daemon says next.
    mutating func nextEvent(by deadline: Deadline) throws(Fault) -> ClientSession.Event {
        while true {
            do throws(ProtocolError) {
                if let event = try session.next() { return event }
            } catch {
                throw .violated(error)
            }
            let count: Int
            do throws(StreamSocket.Fault) {
                count = try socket.receive(into: &buffer, by: deadline)
            } catch {
                throw Fault(error)
            }
            guard count > 0 else { throw .broken("the daemon closed the connection") }
            session.append(buffer[..<count])
        }
    }

    /// Says hello, and returns what the daemon says to it. A daemon that does not want us may
    /// have said so, and closed, before our hello was out.
    mutating func firstEvent(by deadline: Deadline) throws(Fault) -> ClientSession.Event {
        let hello = session.hello()
        do throws(Fault) {
            try send(hello, by: deadline)
        } catch .broken {
            return try nextEvent(by: Deadline(after: .zero))
        }
        return try nextEvent(by: deadline)
    }

    /// What the daemon said before it stopped listening, if it said something.
    mutating func lastWords() -> String? {
        let now = Deadline(after: .zero)
        do throws(Fault) {
            while true {
                if case .goodbye(let goodbye) = try nextEvent(by: now) { return goodbye.sentence }
            }
        } catch {
            return nil
        }
    }
}

extension Conversation.Fault {
    fileprivate init(_ fault: StreamSocket.Fault) {
        switch fault {
        case .timedOut: self = .timedOut
        case .broken(let why): self = .broken(why)
        }
    }
}
