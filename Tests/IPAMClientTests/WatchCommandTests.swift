import IPAM
import IPAMWire
import Testing

private typealias Item = Answer.Listed.Item

/// An allocation as a list and an event have it.
private func item(_ name: String, version: UInt64 = 41, isPending: Bool = false) -> Item {
    var resource = FakeConnection.allocation(name, isCreated: true).resource
    resource.version = version
    if isPending { resource.status = .pending }
    let explanation = isPending ? Explanation(.noRoom, "no /26 is free in root") : nil
    return Item(resource: resource, explanation: explanation)
}

private func key(_ name: String) -> ResourceKey {
    ResourceKey(kind: .prefixAllocation, namespace: "default", name: name)
}

extension FakeConnection {
    /// Answers a list.
    fileprivate mutating func list(_ items: Item..., lsn: UInt64 = 41) {
        guard case (.query(.list), let id)? = next() else { return }
        answer(.listed(.init(items: items)), id, lsn: lsn)
    }

    /// Takes a watch that begins at an LSN.
    fileprivate mutating func watch(after lsn: UInt64) -> CorrelationID? {
        guard case (.watch(let watch), let id)? = next() else { return nil }
        if watch.after == lsn, watch.incarnation == 7 { return id }
        refuse(.malformed, id)
        return nil
    }
}

private let get = ["get", "alloc", "--watch", "-o", "name"]

@Suite struct `ipamc get with a watch` {
    @Test func `shows what there is, then each change, and at last the position`() throws {
        let daemon = try FakeDaemon { connection in
            connection.list(item("a"), item("b", version: 44))
            guard let id = connection.watch(after: 41) else { return }
            // What a later page has shown comes again, and what never was there goes.
            connection.event([.put(item("b", version: 43)), .removed(key("x"))], id, lsn: 43)
            connection.event([.put(item("b", version: 44)), .put(item("c"))], id, lsn: 44)
            connection.event([.removed(key("a"))], id, lsn: 45)
            connection.waitForClose()
        }
        defer { daemon.stop() }
        let run = try ipamc(get, socket: daemon.path, enough: "removed")
        let names = ["a", "b", "c", "a removed"].map { "prefixallocation/\($0)\n" }
        #expect(run.output == names.joined())
        #expect(
            run.errors.contains(
                /^ipamc: the watch was at (4[45]@0{15}7); to go on from there: --since \1\n$/),
            "\(run.errors)")
        #expect(run.status == 2)
    }

    @Test func `is a table with all columns from the beginning`() throws {
        let daemon = try FakeDaemon { connection in
            connection.list(item("a"))
            guard let id = connection.watch(after: 41) else { return }
            connection.event([.put(item("b", isPending: true))], id, lsn: 42)
            connection.waitForClose()
        }
        defer { daemon.stop() }
        let run = try ipamc(["get", "alloc", "-w"], socket: daemon.path, enough: "NoRoom")
        let lines = run.output.split(separator: "\n").map { line in
            line.split(separator: " ").map(String.init)
        }
        #expect(
            lines.first == ["NAME", "PREFIX", "REQUEST", "STATE", "RESULT", "AGE", "REASON"])
        #expect(lines.last?.prefix(5) == ["b", "root", "/26", "Pending", "<none>"])
        #expect(lines.last?.last == "NoRoom")
    }

    @Test func `goes on from a position without a list`() throws {
        let daemon = try FakeDaemon { connection in
            guard let id = connection.watch(after: 40) else { return }
            connection.event([.removed(key("x"))], id, lsn: 41)
            connection.waitForClose()
        }
        defer { daemon.stop() }
        let run = try ipamc(
            get + ["--since", "40@7"], socket: daemon.path, enough: "removed")
        #expect(run.output == "prefixallocation/x removed\n")
    }

    @Test func `goes on where it was when the daemon comes back`() throws {
        let daemon = try FakeDaemon(
            { connection in
                connection.list(item("a"))
                guard let id = connection.watch(after: 41) else { return }
                connection.event([], id, lsn: 42)
                connection.refuse(.shuttingDown, id)
                connection.goodbye(.shuttingDown)
            },
            { _ in },
            { connection in
                guard let id = connection.watch(after: 42) else { return }
                connection.event([.put(item("b"))], id, lsn: 43)
                connection.waitForClose()
            })
        defer { daemon.stop() }
        let run = try ipamc(get, socket: daemon.path, enough: "/b")
        #expect(run.output == "prefixallocation/a\nprefixallocation/b\n")
    }

    @Test func `lists again when its position is no longer known, and tells what went`() throws {
        let daemon = try FakeDaemon { connection in
            connection.list(item("a"), item("b"))
            guard let first = connection.watch(after: 41) else { return }
            connection.refuse(.compacted, first)
            connection.list(item("b"), item("c"), lsn: 99)
            guard connection.watch(after: 99) != nil else { return }
            connection.waitForClose()
        }
        defer { daemon.stop() }
        let run = try ipamc(get, socket: daemon.path, enough: "removed")
        let names = ["a", "b", "c", "a removed"].map { "prefixallocation/\($0)\n" }
        #expect(run.output == names.joined())
        let begin = "ipamc: the changes after 41@0000000000000007 are no longer known"
        #expect(run.errors.hasPrefix(begin))
    }

    @Test func `ends when the daemon stays away, with the position`() throws {
        let daemon = try FakeDaemon { connection in
            connection.list(item("a"))
            _ = connection.watch(after: 41)
            connection.stopDaemon()
        }
        let run = try ipamc(get + ["--timeout", "300ms"], socket: daemon.path)
        #expect(run.status == 69)
        #expect(run.errors.hasPrefix("ipamc: the watch was at 41@0000000000000007; "))
    }

    @Test func `ends with its reader, though nothing changes`() throws {
        let daemon = try FakeDaemon { connection in
            connection.list(item("a"))
            guard connection.watch(after: 41) != nil else { return }
            connection.waitForClose()
        }
        defer { daemon.stop() }
        let run = try ipamc(get, socket: daemon.path, enough: "/a", isReaderLeaving: true)
        #expect(run.status == 13)
        #expect(run.errors == "")
    }

    @Test(arguments: [
        ["get", "alloc", "--since", "4@7"], ["get", "alloc", "-w", "--since", "4"],
        ["get", "alloc,prefix", "-w"], ["get", "alloc", "-w", "-o", "yaml"],
    ])
    func `that makes no sense asks nobody`(words: [String]) throws {
        #expect(try ipamc(words).status == 64)
    }
}

private let manifest = """
    apiVersion: ipam.ironcore.dev/v1alpha1
    kind: PrefixAllocation
    metadata: {name: a}
    spec: {ipFamily: IPv4, prefixLength: 26, prefixRef: root}
    """

/// Applies it and waits.
private func apply(_ daemon: FakeDaemon, wait: String) throws -> Run {
    try ipamc(
        ["apply", "-f", "-", "--wait", wait, "--timeout", "500ms"], socket: daemon.path,
        input: manifest)
}

extension FakeConnection {
    fileprivate mutating func applied() {
        if let (request, id) = next() { answerPlainly(request, id) }
    }
}

@Suite struct `ipamc apply with a wait` {
    @Test func `ends when all are Allocated`() throws {
        let daemon = try FakeDaemon(
            { connection in
                connection.applied()
                connection.list(item("a", isPending: true))
                guard let id = connection.watch(after: 41) else { return }
                connection.event([.put(item("other", version: 42))], id, lsn: 42)
            },
            { connection in
                guard let id = connection.watch(after: 42) else { return }
                connection.event([.put(item("a", version: 43))], id, lsn: 43)
                connection.endWatch(id, lsn: 43)
            })
        defer { daemon.stop() }
        let run = try apply(daemon, wait: "60s")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output == "prefixallocation/a created\n")
    }

    @Test func `is short when nothing is Pending`() throws {
        let daemon = try FakeDaemon { connection in
            connection.applied()
            connection.list(item("a"))
        }
        defer { daemon.stop() }
        #expect(try apply(daemon, wait: "60s").status == 0)
    }

    @Test func `exits with 75 and who is still Pending, and why`() throws {
        let daemon = try FakeDaemon(
            { connection in
                connection.applied()
                connection.list(item("a", isPending: true))
                guard let id = connection.watch(after: 41) else { return }
                connection.endWatch(id, lsn: 41)
            },
            { $0.list(item("a", isPending: true)) })
        defer { daemon.stop() }
        let run = try apply(daemon, wait: "200ms")
        #expect(run.status == 75)
        #expect(run.output == "prefixallocation/a created\n")
        #expect(
            run.errors == """
                ipamc: pending: 1 of 1 object applied is not Allocated after 200ms
                ipamc: pending: prefixallocation/a is Pending: NoRoom: no /26 is free in root

                """)
    }

    @Test func `does not wait for what Failed`() throws {
        var resource = item("a").resource
        resource.status = .failed(.tooLarge)
        let hopeless = Item(resource: resource, explanation: Explanation(.tooLarge, "no"))
        let daemon = try FakeDaemon(
            { connection in
                connection.applied()
                connection.list(hopeless)
            }, { $0.list(hopeless) })
        defer { daemon.stop() }
        let run = try apply(daemon, wait: "60s")
        #expect(run.status == 1)
        #expect(run.errors.hasPrefix("ipamc: request_too_large: 1 of 1 object applied is not"))
    }

    @Test func `goes not with a dry run`() throws {
        let words = ["apply", "-f", "-", "--wait", "1s", "--dry-run"]
        #expect(try ipamc(words, input: manifest).status == 64)
    }
}
