import Glibc
import IPAM
import IPAMWire
import Testing

/// The real daemon, from hello to SIGTERM.
@Suite struct `A daemon` {
    @Test(arguments: [DaemonProcess.Start.socket, .activated])
    func `answers hello, requests and releases`(_ start: DaemonProcess.Start) throws {
        let daemon = try DaemonProcess(start)
        let client = try daemon.connect()
        #expect(client.agreement?.role == .administrator)
        #expect(client.agreement?.server == "ipamd 0.1")
        try client.makeRoot("10.0.0.0/24")
        #expect(try client.request("one").description == "10.0.0.0/26")
        #expect(try client.request("two").description == "10.0.0.64/26")
        try client.release("one")
        #expect(try client.request("three").description == "10.0.0.0/26")
        daemon.signal(SIGTERM)
        #expect(try daemon.waitForExit() == 0)
    }

    @Test func `keeps every acknowledged allocation through kill -9`() throws {
        let daemon = try DaemonProcess()
        try daemon.connect().makeRoot("10.0.0.0/16")
        var acknowledged: [String: IPPrefix] = [:]
        var lsn: UInt64 = 0
        for round in 0..<4 {
            let client = try daemon.connect()
            #expect(try client.allocations() == acknowledged)
            #expect(try #require(client.agreement).durableLSN >= lsn)
            for number in 0..<10 {
                let name = "a\(round)-\(number)"
                acknowledged[name] = try client.request(name, length: 28)
            }
            try client.release("a\(round)-3")
            acknowledged["a\(round)-3"] = nil
            lsn = try client.status().durableLSN
            try daemon.crashAndRestart()
        }
        #expect(try daemon.connect().allocations() == acknowledged)
    }

    @Test func `answers what was decided before SIGTERM, and says that the rest was not done`()
        throws
    {
        let daemon = try DaemonProcess()
        let client = try daemon.connect()
        try client.makeRoot("10.0.0.0/8")
        for number in 0..<200 {
            try client.post(
                .request(.init(name: "n\(number)", prefixLength: 28, anyParent: true)))
        }
        daemon.signal(SIGTERM)
        var answered = 0
        var goodbye: Goodbye?
        while goodbye == nil {
            switch try client.nextEvent() {
            case .reply: answered += 1
            case .goodbye(let said): goodbye = said
            case .hello, .refused, .event, .watchEnded, .cancelAnswered:
                Issue.record("neither an answer nor a goodbye came")
            }
        }
        #expect(goodbye?.knownCode == .shuttingDown)
        #expect(goodbye?.restNotExecuted == true)
        #expect(try daemon.waitForExit() == 0)
        try daemon.crashAndRestart()
        #expect(try daemon.connect().allocations().count == answered)
    }

    @Test func `serves 100 requests in flight on one connection`() throws {
        let daemon = try DaemonProcess()
        let client = try daemon.connect()
        try client.makeRoot("10.0.0.0/16")
        var waiting: Set<CorrelationID> = []
        for number in 0..<100 {
            waiting.insert(
                try client.post(
                    .request(.init(name: "n\(number)", prefixLength: 26, anyParent: true))))
        }
        var blocks: Set<IPPrefix> = []
        while !waiting.isEmpty {
            guard case .reply(let correlation, let reply) = try client.nextEvent(),
                case .allocated(let allocated) = reply.answer
            else { throw TestClient.Closed() }
            #expect(waiting.remove(correlation) != nil)
            blocks.insert(try #require(allocated.resource.placement?.block))
        }
        #expect(blocks.count == 100)
    }

    @Test func `takes a command of many frames as one change, and answers in many`() throws {
        let daemon = try DaemonProcess(segmentMebibytes: 32)
        let client = try daemon.connect()
        let manifests = (0..<5000).map { number in
            Manifest(
                key: ResourceKey(kind: .prefix, namespace: "default", name: "root-\(number)"),
                labels: ["number": "\(number)"], prefix: "10.\(number / 256).\(number % 256).0/24")
        }
        guard case .applied(let applied) = try client.ask(.apply(.init(manifests: manifests)))
        else { throw TestClient.Closed() }
        #expect(applied.items.count == 5000)
        #expect(try client.status().durableLSN == 1)
        try daemon.crashAndRestart()
        #expect(try daemon.connect().status().prefixCount == 5000)
    }

    @Test func `still answers a client that has ended its side`() throws {
        let daemon = try DaemonProcess()
        let client = try daemon.connect()
        try client.makeRoot("10.0.0.0/24")
        try client.post(.request(.init(name: "last", prefixLength: 26, anyParent: true)))
        client.endInput()
        guard case .reply = try client.nextEvent() else { throw TestClient.Closed() }
        #expect(try client.read().isEmpty)
    }

    @Test func `answers the same request alike, also after a crash and on another connection`()
        throws
    {
        let daemon = try DaemonProcess()
        func ask(_ command: Command) throws -> Answer { try daemon.connect().ask(command) }
        let request = Command.Request(name: "a", prefixLength: 26, anyParent: true)
        let divided = Command.Request(
            name: "b", addresses: 30, anyParent: true, labels: ["app": "b"], asPrefix: true)
        try daemon.connect().makeRoot("10.0.0.0/24")
        let batch = Command.batch(.init(parts: [.request(request), .request(divided)]))
        guard case .batch(let first) = try ask(batch), case .allocated(let one) = first.parts[0],
            case .allocated(let other) = first.parts[1]
        else { throw TestClient.Closed() }
        #expect(one.isCreated && other.isCreated)
        try daemon.crashAndRestart()
        for (again, before) in [(request, one), (divided, other)] {
            guard case .allocated(let after) = try ask(.request(again)) else {
                throw TestClient.Closed()
            }
            #expect(after.resource == before.resource)
            #expect(!after.isCreated)
        }
        var changed = request
        changed.prefixLength = 27
        #expect(throws: Refusal.self) { try ask(.request(changed)) }
    }

    @Test func `reports how it is`() throws {
        let daemon = try DaemonProcess()
        let client = try daemon.connect()
        try client.makeRoot("10.0.0.0/24")
        _ = try client.request("one")
        let status = try client.status()
        #expect(status.mode == .ok)
        #expect(status.stateDirectory == daemon.statePath)
        #expect(status.prefixCount == 1)
        #expect(status.allocationCount == 1)
        #expect(status.connectionCount == 1)
        #expect(status.incarnation == client.agreement?.incarnation)
        #expect(status.durableLSN == 2)
    }

    @Test func `writes checkpoints in the background, and starts from them`() throws {
        let daemon = try DaemonProcess(arguments: ["--checkpoint-interval", "50ms"])
        let client = try daemon.connect()
        try client.makeRoot("10.0.0.0/16")
        var number = 0
        let first = try client.status().checkpointLSN
        while try client.status().checkpointLSN <= first, number < 1000 {
            _ = try client.request("n\(number)", length: 28)
            usleep(5000)
            number += 1
        }
        #expect(try client.status().checkpointLSN > first)
        let before = try client.allocations()
        try daemon.crashAndRestart()
        #expect(try daemon.connect().allocations() == before)
    }
}
