import IPAM
import IPAMClient
import IPAMClientNIO
import IPAMWire
import Synchronization
import Testing

private func request(_ name: String) -> Command.Request {
    Command.Request(name: name, prefixLength: 26, parent: "root")
}

/// The case of the error that a call ends with.
private func word(_ call: () async throws(ClientError) -> Void) async -> String {
    do throws(ClientError) {
        try await call()
        return "done"
    } catch {
        return error.word
    }
}

/// Takes one request and ends the connection without an answer.
private let loseOne: FakeDaemon.Script = { _ = $0.next() }

@Suite struct `The async client` {
    @Test func `every verb has its answer, and the LSN of it`() async throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "root")
        let applied = try await client.apply(.init(manifests: [Manifest(key: key)]))
        #expect(applied.value.items == [.init(key: key, outcome: .created)])
        #expect(applied.lsn == 41)
        #expect(try await client.request(request("a")).value.isCreated)
        #expect(try await client.release(.init(names: ["a"])).value.items.map(\.name) == ["a"])
        #expect(try await client.delete(.init(keys: [key])).value.keys == [key])
        #expect(try await client.list(.init(kind: .prefix)).value.items == [])
        let used = Query.Used(namespace: "default", name: "root")
        #expect(try await client.used(used).value.items == [])
        #expect(try await client.check().value.resourceCount == 3)
        #expect(try await client.status().value == FakeConnection.status)
        #expect(daemon.connectionCount == 1)
    }

    @Test func `many requests are in flight, and answers come in any order`() async throws {
        let count = 64
        let daemon = try FakeDaemon { connection in
            var requests: [(request: IPAMWire.Request, id: CorrelationID)] = []
            while let next = connection.next() {
                requests.append(next)
                guard requests.count == count else { continue }
                for (request, id) in requests.reversed() {
                    connection.answerPlainly(request, id)
                }
                requests = []
            }
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let names = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<(count * 10) {
                group.addTask {
                    let name = "name-\(index)"
                    let reply = try await client.request(request(name))
                    return reply.value.resource.key.name == name ? name : nil
                }
            }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(names.count == count * 10)
        #expect(!names.contains(nil))
        #expect(daemon.connectionCount == 1)
    }

    @Test func `more requests than the daemon takes at a time wait their turn`() async throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let done = try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<(3 * Limits.requestsInFlightMax) {
                group.addTask { _ = try await client.request(request("name-\(index)")) }
            }
            return try await group.reduce(into: 0) { count, _ in count += 1 }
        }
        #expect(done == 3 * Limits.requestsInFlightMax)
    }

    @Test func `a refusal is typed`() async throws {
        let daemon = try FakeDaemon { connection in
            while let (_, id) = connection.next() { connection.refuse(.notFound, id) }
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        await #expect(throws: ClientError.refused(Refusal(.notFound, "no"))) {
            _ = try await client.release(.init(names: ["a"]))
        }
    }

    @Test func `a cancelled task stops waiting, and its late answer disturbs nobody`() async throws
    {
        let daemon = try FakeDaemon { connection in
            guard let (first, id) = connection.next() else { return }
            guard let (second, secondID) = connection.next() else { return }
            connection.answerPlainly(first, id)
            connection.answerPlainly(second, secondID)
            connection.serve()
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let task = Task {
            await word { () throws(ClientError) in
                _ = try await client.request(request("a"))
            }
        }
        #expect(try await daemon.hasReceived(1))
        task.cancel()
        #expect(await task.value == "outcome unknown")
        #expect(try await client.request(request("b")).value.resource.key.name == "b")
        #expect(daemon.connectionCount == 1)
    }

    @Test func `what was cancelled before it began is not sent`() async throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await word { () throws(ClientError) in
                _ = try await client.request(request("a"))
            }
        }
        #expect(await task.value == "nothing changed")
    }

    @Test func `silence ends with the deadline`() async throws {
        let daemon = try FakeDaemon { $0.waitForClose() }
        defer { daemon.stop() }
        #expect(
            await word { () throws(ClientError) in
                _ = try await AsyncClient.connect(to: daemon.path, timeout: .milliseconds(300))
            } == "nothing changed")
        let silent = try FakeDaemon { while $0.next() != nil {} }
        defer { silent.stop() }
        let client = try await AsyncClient.connect(to: silent.path)
        #expect(
            await word { () throws(ClientError) in
                _ = try await client.request(request("a"), timeout: .milliseconds(300))
            } == "outcome unknown")
        #expect(
            await word { () throws(ClientError) in
                _ = try await client.status(timeout: .milliseconds(300))
            } == "nothing changed")
    }

    @Test func `closing ends what has no answer, and everything after`() async throws {
        let silent = try FakeDaemon { while $0.next() != nil {} }
        defer { silent.stop() }
        let client = try await AsyncClient.connect(to: silent.path)
        async let waiting = word { () throws(ClientError) in
            _ = try await client.request(request("a"))
        }
        #expect(try await silent.hasReceived(1))
        await client.close()
        #expect(await waiting == "outcome unknown")
        #expect(
            await word { () throws(ClientError) in _ = try await client.status() }
                == "nothing changed")
    }

    @Test func `a peer that speaks something else is told apart`() async throws {
        let other = try FakeDaemon { $0.write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) }
        defer { other.stop() }
        #expect(
            await word { () throws(ClientError) in
                _ = try await AsyncClient.connect(to: other.path)
            } == "protocol fault")
    }

    @Test func `without a daemon the client says so`() async {
        #expect(
            await word { () throws(ClientError) in
                _ = try await AsyncClient.connect(to: "/nowhere", timeout: .milliseconds(50))
            } == "unreachable")
    }
}

@Suite struct `After a lost connection` {
    @Test func `a request is asked again with the same name`() async throws {
        let daemon = try FakeDaemon(
            loseOne,
            { connection in
                while case (.command(.request(let command)), let id)? = connection.next() {
                    let allocation = FakeConnection.allocation(command.name, isCreated: false)
                    connection.answer(.allocated(allocation), id)
                }
            })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let reply = try await client.request(request("a"))
        #expect(reply.value.resource.key.name == "a")
        #expect(!reply.value.isCreated)
        #expect(daemon.connectionCount == 2)
    }

    @Test(arguments: [RefusalCode.notFound, .unknownNamespace, .controlled])
    func `not found is what was wanted of a repeated release, nothing else`(
        code: RefusalCode
    ) async throws {
        let daemon = try FakeDaemon(
            loseOne,
            { connection in
                while let (_, id) = connection.next() { connection.refuse(code, id) }
            })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let result = await word { () throws(ClientError) in
            let reply = try await client.release(.init(names: ["a"]))
            #expect(reply.value.items == [.init(name: "a", block: nil)])
        }
        #expect(result == (code == .controlled ? "refused controlled" : "done"))
    }

    @Test func `not found is what was wanted of a repeated delete`() async throws {
        let daemon = try FakeDaemon(
            loseOne,
            { connection in
                while let (_, id) = connection.next() { connection.refuse(.notFound, id) }
            })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "root")
        #expect(try await client.delete(.init(keys: [key])).value.keys == [key])
    }

    @Test func `a release by block is not repeated, for it may be another's by now`() async throws {
        let daemon = try FakeDaemon(loseOne, { $0.serve() })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let block = try IPPrefix("10.0.0.0/26")
        #expect(
            await word { () throws(ClientError) in
                _ = try await client.release(.init(blocks: [block]))
            } == "outcome unknown")
        #expect(daemon.connectionCount == 1)
    }

    @Test func `what the daemon vouches not to have done is repeated`() async throws {
        let daemon = try FakeDaemon({ $0.greetAndSayGoodbye() }, { $0.serve() })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let block = try IPPrefix("10.0.0.0/26")
        #expect(try await client.release(.init(blocks: [block])).value.items == [])
    }

    @Test func `an apply that meets its own change does not claim a conflict`() async throws {
        let daemon = try FakeDaemon(
            loseOne,
            { connection in
                while let (_, id) = connection.next() { connection.refuse(.versionConflict, id) }
            })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "root")
        #expect(
            await word { () throws(ClientError) in
                let manifest = Manifest(key: key, resourceVersion: 3)
                _ = try await client.apply(.init(manifests: [manifest]))
            } == "outcome unknown")
    }

    @Test func `a daemon that stays away leaves the outcome unknown at the deadline`() async throws
    {
        let daemon = try FakeDaemon(loseOne)
        let client = try await AsyncClient.connect(to: daemon.path)
        daemon.stop()
        #expect(
            await word { () throws(ClientError) in
                _ = try await client.request(request("a"), timeout: .seconds(1))
            } == "outcome unknown")
        #expect(
            await word { () throws(ClientError) in
                _ = try await client.request(request("a"), timeout: .seconds(1))
            } == "unreachable")
    }

    @Test func `a daemon that accepts and says nothing is left for the next`() async throws {
        let daemon = try FakeDaemon(loseOne, { $0.waitForClose() }, { $0.serve() })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path, timeout: .milliseconds(300))
        let reply = try await client.request(request("a"), timeout: .seconds(20))
        #expect(reply.value.resource.key.name == "a")
        #expect(daemon.connectionCount == 3)
    }

    @Test func `all that were in flight are asked again`() async throws {
        let daemon = try FakeDaemon(
            { connection in for _ in 0..<50 { _ = connection.next() } }, { $0.serve() })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let count = try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask { _ = try await client.request(request("name-\(index)")) }
            }
            return try await group.reduce(into: 0) { count, _ in count += 1 }
        }
        #expect(count == 200)
        #expect(daemon.connectionCount == 2)
    }
}
