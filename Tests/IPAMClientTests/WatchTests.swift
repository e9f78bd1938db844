import IPAM
import IPAMClient
import IPAMClientNIO
import IPAMWire
import Testing

private let watch = Watch(kind: .prefixAllocation, after: 40, incarnation: 7)

/// What is reported of an allocation that is new.
private func put(_ name: String) -> Watch.Change {
    .put(.init(resource: FakeConnection.allocation(name, isCreated: true).resource))
}

/// Follows a watch with the blocking client until so many events have come.
private func follow(
    _ daemon: FakeDaemon, until count: Int, for duration: Duration? = nil
) -> (lsns: [UInt64], end: String) {
    var lsns: [UInt64] = []
    do throws(ClientError) {
        var client = try Client.connect(to: daemon.path, timeout: .seconds(5))
        let position = try client.watch(watch, for: duration) { event in
            lsns.append(event.lsn)
            return lsns.count < count
        }
        // The conversation goes on.
        let mode = try client.status().value.mode
        return (lsns, "\(position) \(mode)")
    } catch {
        return (lsns, error.word)
    }
}

@Suite struct `A blocking watch` {
    @Test func `hands over events until nobody wants more, and the conversation goes on`() throws {
        let daemon = try FakeDaemon { connection in
            guard case (.watch(watch), let id)? = connection.next() else { return }
            connection.event([put("a")], id, lsn: 41)
            connection.pause(.milliseconds(50))
            connection.event([], id, lsn: 42)
            connection.endWatch(id, lsn: 45)
            connection.serve()
        }
        defer { daemon.stop() }
        let (lsns, end) = follow(daemon, until: 2)
        #expect(lsns == [41, 42])
        #expect(end == "45 ok")
    }

    @Test func `has the position of the last event that was wanted`() throws {
        let daemon = try FakeDaemon { connection in
            guard case (.watch, let id)? = connection.next() else { return }
            for lsn in 41...44 { connection.event([put("a")], id, lsn: UInt64(lsn)) }
            connection.endWatch(id, lsn: 44)
            connection.serve()
        }
        defer { daemon.stop() }
        #expect(follow(daemon, until: 2).end == "42 ok")
    }

    @Test func `ends when its time is up`() throws {
        let daemon = try FakeDaemon { connection in
            guard case (.watch, let id)? = connection.next() else { return }
            connection.endWatch(id, lsn: 40)
            connection.serve()
        }
        defer { daemon.stop() }
        #expect(follow(daemon, until: 1, for: .milliseconds(100)).end == "40 ok")
    }

    @Test func `says why there is no more`() throws {
        let compacted = try FakeDaemon { connection in
            guard let (_, id) = connection.next() else { return }
            connection.refuse(.compacted, id)
            connection.serve()
        }
        defer { compacted.stop() }
        #expect(follow(compacted, until: 1).end == "refused compacted")
        let leaving = try FakeDaemon { connection in
            guard let (_, id) = connection.next() else { return }
            connection.event([put("a")], id, lsn: 41)
            connection.refuse(.shuttingDown, id)
        }
        defer { leaving.stop() }
        #expect(follow(leaving, until: 2) == ([41], "nothing changed"))
        let lost = try FakeDaemon { _ = $0.next() }
        defer { lost.stop() }
        #expect(follow(lost, until: 1).end == "nothing changed")
        let other = try FakeDaemon { connection in
            _ = connection.next()
            connection.write([UInt8](repeating: 0xff, count: 64))
        }
        defer { other.stop() }
        #expect(follow(other, until: 1).end == "protocol fault")
    }

    @Test func `that was wanted no more loses nothing with the connection`() throws {
        let daemon = try FakeDaemon { connection in
            guard case (.watch, let id)? = connection.next() else { return }
            connection.event([put("a")], id, lsn: 41)
            _ = connection.next()
        }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        #expect(try client.watch(watch) { _ in false } == 41)
        #expect(throws: ClientError.self) { _ = try client.status() }
    }
}

/// The LSNs of a stream, and how it ended.
private func read(
    _ stream: AsyncThrowingStream<Watch.Event, any Error>, until count: Int = .max
) async -> (lsns: [UInt64], end: String) {
    var lsns: [UInt64] = []
    do {
        for try await event in stream {
            lsns.append(event.lsn)
            if lsns.count == count { return (lsns, "left") }
        }
        return (lsns, "ended")
    } catch {
        return (lsns, (error as? ClientError)?.word ?? "\(error)")
    }
}

@Suite struct `An async watch` {
    @Test func `is a stream beside other requests, cancelled when it is given up`() async throws {
        let daemon = try FakeDaemon { connection in
            guard case (.watch(watch), let id)? = connection.next() else { return }
            connection.event([put("a")], id, lsn: 41)
            guard let (request, requestID) = connection.next() else { return }
            connection.answerPlainly(request, requestID)
            connection.event([put("b")], id, lsn: 42)
            connection.endWatch(id, lsn: 42)
            connection.serve()
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        func twoEvents() async throws -> [UInt64] {
            var lsns: [UInt64] = []
            for try await event in client.watch(watch) {
                lsns.append(event.lsn)
                if lsns.count == 2 { return lsns }
                _ = try await client.status()
            }
            return lsns
        }
        #expect(try await twoEvents() == [41, 42])
        // The watch, the status, the cancel.
        #expect(try await daemon.hasReceived(3))
        #expect(try await client.status().value.mode == .ok)
        #expect(daemon.connectionCount == 1)
    }

    @Test func `ends with its task`() async throws {
        let daemon = try FakeDaemon { connection in
            guard case (.watch, let id)? = connection.next() else { return }
            connection.endWatch(id, lsn: 40)
            connection.serve()
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let task = Task { await read(client.watch(watch)) }
        #expect(try await daemon.hasReceived(1))
        task.cancel()
        #expect(await task.value == ([], "ended"))
        #expect(try await daemon.hasReceived(2))
    }

    @Test func `goes on after a lost connection where it was`() async throws {
        let daemon = try FakeDaemon(
            { connection in
                guard case (.watch, let id)? = connection.next() else { return }
                connection.event([put("a")], id, lsn: 41)
                connection.event([], id, lsn: 43)
            },
            { connection in
                guard case (.watch(let again), let id)? = connection.next() else { return }
                guard again.after == 43, again.incarnation == 7 else { return }
                connection.event([put("b")], id, lsn: 44)
                connection.refuse(.compacted, id)
                connection.serve()
            })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        #expect(await read(client.watch(watch)) == ([41, 43, 44], "refused compacted"))
        #expect(daemon.connectionCount == 2)
    }

    @Test func `ends when the daemon stays away`() async throws {
        let daemon = try FakeDaemon { connection in
            guard case (.watch, let id)? = connection.next() else { return }
            connection.refuse(.shuttingDown, id)
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path, timeout: .milliseconds(300))
        #expect(await read(client.watch(watch)) == ([], "nothing changed"))
    }

    @Test func `ends with the client`() async throws {
        let daemon = try FakeDaemon { while $0.next() != nil {} }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        async let end = read(client.watch(watch))
        #expect(try await daemon.hasReceived(1))
        await client.close()
        #expect(await end == ([], "nothing changed"))
    }

    @Test func `tells a reader that is too slow, and takes no more memory`() async throws {
        let count = 2000
        let daemon = try FakeDaemon { connection in
            guard case (.watch, let id)? = connection.next() else { return }
            for index in 0..<count { connection.event([put("a")], id, lsn: 41 + UInt64(index)) }
            connection.endWatch(id, lsn: 41 + UInt64(count))
            connection.serve()
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let stream = client.watch(watch)
        // The cancel shows that the stream has ended.
        #expect(try await daemon.hasReceived(2))
        let (lsns, end) = await read(stream)
        #expect(lsns == Array(41..<(41 + UInt64(lsns.count))))
        #expect(!lsns.isEmpty && lsns.count < count)
        #expect(end == "nothing changed")
        #expect(try await client.status().value.mode == .ok)
    }
}

@Suite struct `Questions about space` {
    private let ask = Command.Request(name: "a", prefixLength: 26, parent: "root")
    private var batch: Command.Batch {
        Command.Batch(parts: [.request(ask), .release(.init(names: ["b"]))])
    }

    @Test func `have answers for the blocking client`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        #expect(try client.explain(.init(request: ask)).value.candidates == [])
        #expect(try client.usage(.init()).value.items == [])
        let prefix = try IPPrefix("10.0.0.1/32")
        #expect(try client.who(.init(prefix: prefix)).value.resources == [])
        #expect(try client.batch(batch).value.parts.count == 2)
    }

    @Test func `have answers for the async client`() async throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        #expect(try await client.explain(.init(request: ask)).value.candidates == [])
        #expect(try await client.usage(.init()).value.items == [])
        let prefix = try IPPrefix("10.0.0.1/32")
        #expect(try await client.who(.init(prefix: prefix)).value.resources == [])
        #expect(try await client.batch(batch).value.parts.count == 2)
    }

    @Test(arguments: [
        (RefusalCode.notFound, "outcome unknown"), (.noRoom, "refused no_room"),
    ])
    func `a batch that met its own release does not claim a refusal`(
        code: RefusalCode, end: String
    ) async throws {
        let daemon = try FakeDaemon(
            { _ = $0.next() },
            { connection in
                while let (_, id) = connection.next() { connection.refuse(code, id) }
            })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        do throws(ClientError) {
            _ = try await client.batch(batch)
            Issue.record("there was an answer")
        } catch {
            #expect(error.word == end)
        }
        #expect(daemon.connectionCount == 2)
    }
}
