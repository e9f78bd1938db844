import IPAM
import IPAMClient
import IPAMClientNIO
import IPAMWire
import Testing

/// A request that may wait for that long.
private func request(_ name: String, waiting wait: Duration) -> Command.Request {
    Command.Request(
        name: name, prefixLength: 26, parent: "root",
        waitMilliseconds: UInt32(wait / .milliseconds(1)))
}

/// What waiting with the blocking client comes to.
private func outcome(of daemon: FakeDaemon, wait: Duration, timeout: Duration) -> String {
    do throws(ClientError) {
        var client = try Client.connect(to: daemon.path, timeout: timeout)
        let reply = try client.request(request("a", waiting: wait))
        return "\(reply.value.resource.key)"
    } catch {
        return error.word
    }
}

@Suite struct `A blocking request that waits for room` {
    @Test func `has its wait, and the timeout on top`() throws {
        let daemon = try FakeDaemon { connection in
            guard let (request, id) = connection.next() else { return }
            connection.pause(.milliseconds(600))
            connection.answerPlainly(request, id)
            connection.serve()
        }
        defer { daemon.stop() }
        let timeout = Duration.milliseconds(300)
        #expect(outcome(of: daemon, wait: .seconds(20), timeout: timeout) == "prefixallocation/a")
        let silent = try FakeDaemon { while $0.next() != nil {} }
        defer { silent.stop() }
        #expect(outcome(of: silent, wait: .milliseconds(10), timeout: timeout) == "outcome unknown")
    }

    @Test func `has changed nothing when the daemon ends the wait`() throws {
        let daemon = try FakeDaemon { connection in
            guard let (_, id) = connection.next() else { return }
            connection.refuse(.shuttingDown, id)
            connection.goodbye(.shuttingDown)
        }
        defer { daemon.stop() }
        #expect(outcome(of: daemon, wait: .seconds(9), timeout: .seconds(9)) == "nothing changed")
    }

    @Test func `has an unknown outcome when the connection ends without a word`() throws {
        let lost = try FakeDaemon { _ = $0.next() }
        defer { lost.stop() }
        #expect(outcome(of: lost, wait: .seconds(9), timeout: .seconds(9)) == "outcome unknown")
        let leaving = try FakeDaemon { connection in
            _ = connection.next()
            connection.goodbye(.shuttingDown)
        }
        defer { leaving.stop() }
        #expect(outcome(of: leaving, wait: .seconds(9), timeout: .seconds(9)) == "outcome unknown")
        let vouching = try FakeDaemon { $0.greetAndSayGoodbye() }
        defer { vouching.stop() }
        #expect(outcome(of: vouching, wait: .seconds(9), timeout: .seconds(9)) == "nothing changed")
    }

    @Test func `is refused with the reason when its time is up`() throws {
        let daemon = try FakeDaemon { connection in
            while let (_, id) = connection.next() { connection.refuse(.noRoom, id) }
        }
        defer { daemon.stop() }
        #expect(outcome(of: daemon, wait: .seconds(9), timeout: .seconds(9)) == "refused no_room")
    }
}

/// What waiting with the async client comes to.
private func outcome(
    of client: AsyncClient, _ command: Command.Request, timeout: Duration? = nil
) async -> String {
    do throws(ClientError) {
        return "\(try await client.request(command, timeout: timeout).value.resource.key)"
    } catch {
        return error.word
    }
}

@Suite struct `An async request that waits for room` {
    @Test func `has its wait, and the timeout on top`() async throws {
        let daemon = try FakeDaemon { connection in
            guard let (request, id) = connection.next() else { return }
            connection.pause(.milliseconds(600))
            connection.answerPlainly(request, id)
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let command = request("a", waiting: .seconds(20))
        #expect(
            await outcome(of: client, command, timeout: .milliseconds(300))
                == "prefixallocation/a")
    }

    @Test func `is withdrawn with the daemon when its task is cancelled`() async throws {
        let daemon = try FakeDaemon { connection in
            guard let (_, id) = connection.next() else { return }
            guard case (.cancel(id), let cancel)? = connection.next() else { return }
            connection.refuse(.cancelled, id)
            connection.write(connection.session.cancelled(found: true, lsn: 41, to: cancel))
            connection.serve()
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let task = Task { await outcome(of: client, request("a", waiting: .seconds(60))) }
        #expect(try await daemon.hasReceived(1))
        task.cancel()
        #expect(await task.value == "nothing changed")
        #expect(try await client.status().value.mode == .ok)
        #expect(daemon.connectionCount == 1)
    }

    @Test func `is told of a place that it got while it was cancelled`() async throws {
        let daemon = try FakeDaemon { connection in
            guard let (request, id) = connection.next() else { return }
            guard case (.cancel(id), let cancel)? = connection.next() else { return }
            connection.answerPlainly(request, id)
            connection.write(connection.session.cancelled(found: false, lsn: 41, to: cancel))
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let task = Task { await outcome(of: client, request("a", waiting: .seconds(60))) }
        #expect(try await daemon.hasReceived(1))
        task.cancel()
        #expect(await task.value == "prefixallocation/a")
    }

    @Test func `does not wait for ever for a daemon that ignores a cancel`() async throws {
        let daemon = try FakeDaemon { while $0.next() != nil {} }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path, timeout: .milliseconds(300))
        let task = Task { await outcome(of: client, request("a", waiting: .seconds(60))) }
        #expect(try await daemon.hasReceived(1))
        task.cancel()
        #expect(await task.value == "outcome unknown")
    }

    @Test func `can be withdrawn though as many wait as the daemon takes`() async throws {
        let daemon = try FakeDaemon { connection in
            while let (request, id) = connection.next() {
                guard case .cancel(let meant) = request else { continue }
                connection.refuse(.cancelled, meant)
                connection.write(connection.session.cancelled(found: true, lsn: 41, to: id))
            }
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let task = Task {
            await withTaskGroup(of: String.self) { group in
                for index in 0..<(Limits.requestsInFlightMax + 100) {
                    let command = request("name-\(index)", waiting: .seconds(60))
                    group.addTask { await outcome(of: client, command) }
                }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
        }
        #expect(try await daemon.hasReceived(Limits.requestsInFlightMax - 8))
        task.cancel()
        #expect(await task.value == ["nothing changed"])
        #expect(daemon.connectionCount == 1)
    }

    @Test func `is asked again with the rest of its time`() async throws {
        let daemon = try FakeDaemon(
            { connection in
                guard let (_, id) = connection.next() else { return }
                connection.pause(.milliseconds(200))
                connection.refuse(.shuttingDown, id)
                connection.goodbye(.shuttingDown)
            },
            { connection in
                guard case (.command(.request(let command)), let id)? = connection.next() else {
                    return
                }
                let left = command.waitMilliseconds ?? 0
                let allocation = FakeConnection.allocation(
                    left > 0 && left <= 59_800 ? command.name : "wrong", isCreated: true)
                connection.answer(.allocated(allocation), id)
            })
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let command = request("a", waiting: .seconds(60))
        #expect(await outcome(of: client, command) == "prefixallocation/a")
        #expect(daemon.connectionCount == 2)
    }

    @Test func `has changed nothing if the daemon stays away after it ended the wait`() async throws
    {
        let daemon = try FakeDaemon { connection in
            while let (_, id) = connection.next() { connection.refuse(.shuttingDown, id) }
        }
        defer { daemon.stop() }
        let client = try await AsyncClient.connect(to: daemon.path)
        let command = request("a", waiting: .milliseconds(200))
        #expect(
            await outcome(of: client, command, timeout: .milliseconds(200))
                .contains(/nothing changed|refused shutting_down/))
    }
}
