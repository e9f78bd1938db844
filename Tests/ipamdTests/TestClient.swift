import Glibc
import IPAM
import IPAMWire
import Testing

/// One connection of a test: the client's session around a blocking socket. Nothing waits for
/// longer than the deadline.
final class TestClient {
    private let descriptor: Int32
    private var session = ClientSession(software: "ipamdTests")
    private(set) var agreement: Agreement?
    /// What came and was not waited for yet.
    private var events: [ClientSession.Event] = []

    struct Closed: Error {}

    /// Connects and, if it `greets`, says hello and waits for the answer.
    init(_ path: String, greets: Bool = true) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Closed() }
        var limit = timeval(tv_sec: Int(DaemonProcess.deadline), tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard greets else { return }
        try write(session.hello())
        guard case .hello(let agreement) = try nextEvent() else { throw Closed() }
        self.agreement = agreement
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Closed() }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent, and goes on reading.
    func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Raw bytes; none at the end of the connection.
    func read() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Closed() }
        return Array(buffer[..<count])
    }

    func nextEvent() throws -> ClientSession.Event {
        while true {
            if !events.isEmpty { return events.removeFirst() }
            if let event = try session.next() { return event }
            let bytes = try read()
            guard !bytes.isEmpty else { throw Closed() }
            session.append(bytes)
        }
    }

    /// Sends without waiting.
    @discardableResult
    func post(_ command: Command) throws -> CorrelationID {
        let sent = try session.send(command)
        try write(sent.bytes)
        return sent.correlation
    }

    @discardableResult
    func post(_ query: Query) throws -> CorrelationID {
        let sent = try session.send(query)
        try write(sent.bytes)
        return sent.correlation
    }

    @discardableResult
    func post(_ request: Request) throws -> CorrelationID {
        let sent = try session.send(request)
        try write(sent.bytes)
        return sent.correlation
    }

    /// Sends one query again and again, as long as the kernel has room or the daemon makes some,
    /// and at most so often; says how often that was.
    func postWhileTaken(_ query: Query, most: Int) throws -> Int {
        var bytes = Int32(64 << 10)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        for count in 0..<most {
            // Two seconds without room: the daemon reads nothing more.
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&wait, 1, 2000) == 1 else { return count }
            let message = try session.send(query).bytes
            let sent = send(descriptor, message, message.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            guard sent == message.count else { return count }
        }
        return most
    }

    func ask(_ command: Command) throws -> Answer { try answer(to: post(command)) }

    func ask(_ query: Query) throws -> Answer { try answer(to: post(query)) }

    private func answer(to correlation: CorrelationID) throws -> Answer {
        switch try nextEvent() {
        case .reply(correlation, let reply): return reply.answer
        case .refused(correlation, let refusal, _): throw refusal
        case .goodbye(let goodbye): throw goodbye
        case .hello, .reply, .refused, .event, .watchEnded, .cancelAnswered:
            Issue.record("an answer to another request came")
            throw Closed()
        }
    }

    /// Reads to the end of the connection, which has to begin with a goodbye.
    func expectGoodbye() throws -> ProtocolError.Code? {
        guard case .goodbye(let goodbye) = try nextEvent() else { return nil }
        #expect(try read().isEmpty, "Nothing follows a goodbye.")
        return goodbye.knownCode
    }
}

extension Goodbye: Error {}

// MARK: - What tests ask for

extension TestClient {
    /// Makes a root that requests without a parent find.
    func makeRoot(_ prefix: String, name: String = "root") throws {
        let key = ResourceKey(kind: .prefix, namespace: "default", name: name)
        let manifest = Manifest(key: key, labels: ["tier": "public"], prefix: prefix)
        guard case .applied = try ask(.apply(.init(manifests: [manifest]))) else {
            throw Closed()
        }
    }

    func request(_ name: String, length: UInt8 = 26) throws -> IPPrefix {
        let command = Command.request(
            .init(name: name, prefixLength: length, anyParent: true))
        guard case .allocated(let allocated) = try ask(command) else { throw Closed() }
        return try #require(allocated.resource.placement?.block)
    }

    func release(_ name: String) throws {
        guard case .released = try ask(.release(.init(names: [name]))) else { throw Closed() }
    }

    /// All allocations and their blocks, by name.
    func allocations() throws -> [String: IPPrefix] {
        var found: [String: IPPrefix] = [:]
        var after: Query.Position?
        repeat {
            let query = Query.list(.init(kind: .prefixAllocation, after: after))
            guard case .listed(let page) = try ask(query) else { throw Closed() }
            for item in page.items {
                found[item.resource.key.name] = item.resource.placement?.block
            }
            after = page.next
        } while after != nil
        return found
    }

    func status() throws -> DaemonStatus {
        guard case .status(let status) = try ask(.status) else { throw Closed() }
        return status
    }
}
