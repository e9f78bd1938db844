import IPAM
import IPAMClient
import IPAMWire
import Testing

private let request = Command.Request(name: "a", prefixLength: 26, parent: "root")

/// What asking for an allocation comes to.
private func outcome(
    of daemon: FakeDaemon, timeout: Duration = .seconds(5), isDryRun: Bool = false
) -> String {
    do throws(ClientError) {
        var client = try Client.connect(to: daemon.path, timeout: timeout)
        var command = request
        command.isDryRun = isDryRun
        return "\(try client.request(command).value.resource.key)"
    } catch {
        return error.word
    }
}

/// What a query comes to.
private func queryOutcome(of daemon: FakeDaemon, timeout: Duration = .seconds(5)) -> String {
    do throws(ClientError) {
        var client = try Client.connect(to: daemon.path, timeout: timeout)
        return "\(try client.status().value.mode)"
    } catch {
        return error.word
    }
}

extension ClientError {
    /// The case alone, and the code of a refusal.
    var word: String {
        switch self {
        case .unreachable: "unreachable"
        case .refused(let refusal): "refused \(refusal.code)"
        case .nothingChanged: "nothing changed"
        case .outcomeUnknown: "outcome unknown"
        case .stateWentBack: "state went back"
        case .protocolFault: "protocol fault"
        }
    }
}

@Suite struct `The blocking client` {
    @Test func `every verb has its answer, and the LSN of it`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        #expect(client.greeting.incarnation == 7)
        #expect(client.greeting.durableLSN == FakeConnection.durableLSN)
        #expect(client.greeting.role == .administrator)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "root")
        let applied = try client.apply(.init(manifests: [Manifest(key: key)]))
        #expect(applied.value.items == [.init(key: key, outcome: .created)])
        #expect(applied.lsn == 41)
        #expect(try client.request(request).value.isCreated)
        #expect(try client.release(.init(names: ["a"])).value.items.map(\.name) == ["a"])
        #expect(try client.delete(.init(keys: [key])).value.keys == [key])
        #expect(try client.list(.init(kind: .prefix)).value.items == [])
        #expect(try client.used(.init(namespace: "default", name: "root")).value.items == [])
        #expect(try client.check().value.resourceCount == 3)
        #expect(try client.status().value == FakeConnection.status)
    }

    @Test func `a refusal is typed, and the conversation goes on`() throws {
        let daemon = try FakeDaemon { connection in
            if let (_, id) = connection.next() { connection.refuse(.noRoom, id) }
            connection.serve()
        }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        #expect(throws: ClientError.refused(Refusal(.noRoom, "no"))) {
            try client.request(request)
        }
        #expect(try client.request(request).value.isCreated)
    }

    @Test func `answers may come byte by byte`() throws {
        let daemon = try FakeDaemon { connection in
            connection.pieceBytes = 1
            connection.serve()
        }
        defer { daemon.stop() }
        #expect(outcome(of: daemon) == "prefixallocation/a")
    }

    @Test func `an answer may have many frames`() throws {
        let items = (0..<2000).map { index in
            Answer.Listed.Item(
                resource: FakeConnection.allocation("name-\(index)", isCreated: true).resource)
        }
        let daemon = try FakeDaemon { connection in
            if let (_, id) = connection.next() {
                connection.answer(.listed(.init(items: items)), id)
            }
        }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        #expect(try client.list(.init(kind: .prefixAllocation)).value.items == items)
    }

    @Test func `a request may have many frames`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        let keys = (0..<5000).map {
            ResourceKey(kind: .prefix, namespace: "default", name: "prefix-\($0)")
        }
        #expect(try client.delete(.init(keys: keys)).value.keys == keys)
    }

    @Test func `a request that no daemon takes is refused here`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        let name = String(repeating: "n", count: 250)
        let keys = (0..<20_000).map {
            ResourceKey(kind: .prefix, namespace: "default", name: "\(name)\($0)")
        }
        #expect {
            try client.delete(.init(keys: keys))
        } throws: { error in
            (error as? ClientError)?.word == "refused too_large"
        }
        #expect(try client.status().value.mode == .ok)
    }
}

@Suite struct `When there is no answer` {
    @Test func `without a daemon nothing changed`() throws {
        let path = "/nowhere/at/all"
        #expect(throws: ClientError.unreachable(path: path, why: "No such file or directory")) {
            _ = try Client.connect(to: path).greeting
        }
        let long = "/" + String(repeating: "x", count: 200)
        #expect {
            _ = try Client.connect(to: long).greeting
        } throws: {
            ($0 as? ClientError)?.word == "unreachable"
        }
    }

    @Test func `a connection that ends with the request in it leaves the outcome unknown`() throws {
        let daemon = try FakeDaemon { _ = $0.next() }
        defer { daemon.stop() }
        #expect(outcome(of: daemon) == "outcome unknown")
        #expect(outcome(of: daemon, isDryRun: true) == "nothing changed")
        #expect(queryOutcome(of: daemon) == "nothing changed")
    }

    @Test func `a goodbye that vouches for it says that nothing changed`() throws {
        let silent = try FakeDaemon { connection in
            let waiting = connection.next()
            connection.goodbye(.shuttingDown)
            _ = waiting
        }
        defer { silent.stop() }
        #expect(outcome(of: silent) == "outcome unknown")
        let vouching = try FakeDaemon { connection in
            // Says goodbye before it has read the request.
            connection.session = ServerSession(
                role: .administrator, incarnation: 7, software: "fake")
            connection.greetAndSayGoodbye()
        }
        defer { vouching.stop() }
        #expect(outcome(of: vouching) == "nothing changed")
    }

    @Test func `silence ends with the deadline, and with it the conversation`() throws {
        let daemon = try FakeDaemon { connection in
            _ = connection.next()
            _ = connection.next()
        }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path, timeout: .milliseconds(300))
        #expect {
            try client.request(request)
        } throws: {
            ($0 as? ClientError)?.word == "outcome unknown"
        }
        #expect {
            try client.request(request)
        } throws: {
            ($0 as? ClientError)?.word == "nothing changed"
        }
        #expect(queryOutcome(of: daemon, timeout: .milliseconds(300)) == "nothing changed")
    }

    @Test func `no hello in time means that nothing changed`() throws {
        let daemon = try FakeDaemon { connection in connection.waitForClose() }
        defer { daemon.stop() }
        #expect(outcome(of: daemon, timeout: .milliseconds(300)) == "nothing changed")
    }

    @Test func `a peer that speaks something else is told apart`() throws {
        let other = try FakeDaemon { $0.write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) }
        defer { other.stop() }
        #expect(outcome(of: other) == "protocol fault")
        let newer = try FakeDaemon { $0.goodbye(.unsupportedVersion) }
        defer { newer.stop() }
        #expect(outcome(of: newer) == "protocol fault")
    }

    @Test func `nonsense after a request leaves the outcome unknown`() throws {
        let daemon = try FakeDaemon { connection in
            _ = connection.next()
            connection.write([UInt8](repeating: 0xff, count: 64))
        }
        defer { daemon.stop() }
        #expect(outcome(of: daemon) == "outcome unknown")
        #expect(queryOutcome(of: daemon) == "protocol fault")
    }
}

/// A state that went back behind what was acknowledged is noticed by who remembers.
@Suite struct WitnessTests {
    @Test func `a daemon that knows less than it did is refused`() throws {
        var witness = Witness(incarnation: 7, lsn: 5)
        try witness.see(incarnation: 7, durableLSN: 5)
        witness.see(9)
        #expect(throws: ClientError.stateWentBack(seenLSN: 9, durableLSN: 8)) {
            try witness.see(incarnation: 7, durableLSN: 8)
        }
        #expect(witness.lsn == 9)
    }

    @Test func `another incarnation is another history`() throws {
        var witness = Witness(incarnation: 7, lsn: 5)
        try witness.see(incarnation: 8, durableLSN: 1)
        #expect(witness == Witness(incarnation: 8, lsn: 1))
    }

    @Test func `a connection with a witness of more is none`() async throws {
        let daemon = try FakeDaemon { $0.serve() }
        let newer = Witness(incarnation: 7, lsn: FakeConnection.durableLSN + 1)
        #expect(throws: ClientError.self) {
            _ = try Client.connect(to: daemon.path, knowing: newer)
        }
        let client = try Client.connect(
            to: daemon.path, knowing: Witness(incarnation: 7, lsn: FakeConnection.durableLSN))
        #expect(client.witness.lsn == FakeConnection.durableLSN)
    }
}
