import Glibc
import IPAM
import IPAMWire
import Testing

/// Requests that wait in their connections, of the real daemon.
@Suite struct WaitingTests {
    private let daemon: DaemonProcess
    private let operatorClient: TestClient

    init() throws {
        daemon = try DaemonProcess()
        operatorClient = try daemon.connect()
        try operatorClient.makeRoot("10.0.0.0/30")
        #expect(try operatorClient.request("a", length: 31) == IPPrefix("10.0.0.0/31"))
        #expect(try operatorClient.request("b", length: 31) == IPPrefix("10.0.0.2/31"))
    }

    private func waiting(_ name: String, _ milliseconds: UInt32 = 60_000) -> Command {
        .request(
            .init(
                name: name, prefixLength: 31, anyParent: true, waitMilliseconds: milliseconds))
    }

    @Test func `are answered when somebody else makes room, and it lasts`() throws {
        let client = try daemon.connect()
        let id = try client.post(waiting("c"))
        #expect(try operatorClient.status().waitingCount == 1)
        try operatorClient.release("b")
        guard case .reply(id, let reply) = try client.nextEvent(),
            case .allocated(let allocated) = reply.answer
        else { throw TestClient.Closed() }
        #expect(allocated.resource.placement?.block == (try IPPrefix("10.0.0.2/31")))
        #expect(allocated.isCreated)
        try daemon.crashAndRestart()
        #expect(try daemon.connect().allocations().keys.sorted() == ["a", "c"])
    }

    @Test func `are refused with the reason when their time is up`() throws {
        let client = try daemon.connect()
        let clock = ContinuousClock()
        let start = clock.now
        #expect(throws: Refusal.self) { try client.ask(waiting("c", 200)) }
        #expect(clock.now - start >= .milliseconds(200))
        #expect(try operatorClient.status().waitingCount == 0)
        #expect(try operatorClient.allocations().keys.sorted() == ["a", "b"])
    }

    @Test func `end with their connection`() throws {
        for ending in 0..<2 {
            var client: TestClient? = try daemon.connect()
            try client?.post(waiting("c"))
            while try operatorClient.status().waitingCount == 0 {}
            if ending == 0 { client?.endInput() } else { client = nil }
            while try operatorClient.status().waitingCount > 0 {}
        }
        try operatorClient.release("a")
        #expect(try operatorClient.allocations().keys.sorted() == ["b"])
    }

    @Test func `can be cancelled, and what is not there cannot`() throws {
        let client = try daemon.connect()
        let id = try client.post(waiting("c"))
        let cancel = try client.post(.cancel(id))
        guard case .refused(id, let refusal, _) = try client.nextEvent() else {
            throw TestClient.Closed()
        }
        #expect(refusal.code == .cancelled)
        guard case .cancelAnswered(cancel, let isFound, _) = try client.nextEvent() else {
            throw TestClient.Closed()
        }
        #expect(isFound)
        let again = try client.post(.cancel(id))
        guard case .cancelAnswered(again, let isFoundAgain, _) = try client.nextEvent() else {
            throw TestClient.Closed()
        }
        #expect(!isFoundAgain)
    }

    @Test func `are told that nothing was changed when the daemon stops`() throws {
        let client = try daemon.connect()
        let id = try client.post(waiting("c"))
        #expect(try operatorClient.status().waitingCount == 1)
        daemon.signal(SIGTERM)
        guard case .refused(id, let refusal, _) = try client.nextEvent(),
            case .goodbye(let goodbye) = try client.nextEvent()
        else { throw TestClient.Closed() }
        #expect(refusal.code == .shuttingDown)
        #expect(goodbye.restNotExecuted)
        #expect(try daemon.waitForExit() == 0)
    }
}

/// Watches, of the real daemon.
@Suite struct WatchTests {
    private let daemon: DaemonProcess
    private let client: TestClient
    private let incarnation: UInt64

    init() throws {
        daemon = try DaemonProcess(segmentMebibytes: 32)
        client = try daemon.connect()
        incarnation = client.agreement?.incarnation ?? 0
    }

    private func watch(_ kind: ResourceKind, after lsn: UInt64) -> Request {
        .watch(Watch(kind: kind, after: lsn, incarnation: incarnation))
    }

    /// The next events until something has changed, as words, and the position behind them.
    private func changes(_ watcher: TestClient, _ count: Int) throws -> ([String], UInt64) {
        var words: [String] = []
        var lsn: UInt64 = 0
        while words.count < count {
            guard case .event(_, let event) = try watcher.nextEvent() else {
                throw TestClient.Closed()
            }
            lsn = event.lsn
            words += event.changes.map { change in
                switch change {
                case .put(let item): "+\(item.resource.key.name)"
                case .removed(let key): "-\(key.name)"
                }
            }
        }
        return (words, lsn)
    }

    @Test func `tell each change in its order, and go on from a position`() throws {
        try client.makeRoot("10.0.0.0/24")
        let watcher = try daemon.connect()
        try watcher.post(watch(.prefixAllocation, after: 1))
        _ = try client.request("a")
        _ = try client.request("b")
        try client.release("a")
        let (words, lsn) = try changes(watcher, 3)
        #expect(words == ["+a", "+b", "-a"])
        #expect(lsn == 4)
        let second = try daemon.connect()
        try second.post(watch(.prefixAllocation, after: 2))
        #expect(try changes(second, 2).0 == ["+b", "-a"])
    }

    @Test func `end as the client wants, with the position`() throws {
        let id = try client.post(watch(.prefix, after: 0))
        try client.post(.cancel(id))
        guard case .event(id, _) = try client.nextEvent(),
            case .watchEnded(id, lsn: 0) = try client.nextEvent(),
            case .cancelAnswered(_, found: true, _) = try client.nextEvent()
        else { throw TestClient.Closed() }
    }

    @Test func `go on after a restart for who has seen everything, others list again`() throws {
        try client.makeRoot("10.0.0.0/24")
        _ = try client.request("a")
        try daemon.crashAndRestart()
        let after = try daemon.connect()
        try after.post(watch(.prefixAllocation, after: 2))
        _ = try daemon.connect().request("b")
        #expect(try changes(after, 1).0 == ["+b"])
        let id = try after.post(watch(.prefixAllocation, after: 1))
        guard case .refused(id, let refusal, _) = try after.nextEvent() else {
            throw TestClient.Closed()
        }
        #expect(refusal.code == .compacted)
    }

    /// How a watch ends with the next message, if it does. On a slow machine the time for reading
    /// is up before the ring has gone round; then even the goodbye may find no room.
    private func end(of watcher: TestClient, _ id: CorrelationID) throws -> String? {
        do {
            switch try watcher.nextEvent() {
            case .event: return nil
            case .refused(id, let refusal, _): return "\(refusal.code)"
            case .goodbye(let goodbye): return goodbye.knownCode.map { "\($0)" } ?? "unknown"
            case .hello, .reply, .refused, .watchEnded, .cancelAnswered: return "another answer"
            }
        } catch is TestClient.Closed {
            return "slow_reader"
        }
    }

    @Test func `that are not read end in time, and keep nobody waiting`() throws {
        let keys = (0..<8000).map { index in
            ResourceKey(kind: .prefix, namespace: "default", name: "p\(index)")
        }
        func relabel(_ round: Int) throws {
            let manifests = keys.map {
                Manifest(key: $0, labels: ["round": "\(round)"], prefix: "10.0.0.0/8")
            }
            _ = try client.ask(.apply(.init(manifests: manifests)))
        }
        let watcher = try daemon.connect()
        let id = try watcher.post(watch(.prefix, after: 0))
        // More changes than the daemon keeps, while the watcher reads none of them.
        for round in 0..<10 { try relabel(round) }
        var end: String?
        while end == nil { end = try self.end(of: watcher, id) }
        #expect(["compacted", "slow_reader"].contains(end))
        #expect(try client.status().mode == .ok)
    }
}
