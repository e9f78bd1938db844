import IPAM
import IPAMWire
import Synchronization
import Testing

private let request = ["request", "--length", "26", "--parent", "root", "-o", "name"]

/// Serves one request that waits, and then more of the script.
private func waiting(
    _ connection: inout FakeConnection,
    _ then: (inout FakeConnection, Command.Request, CorrelationID) -> Void
) {
    guard case (.command(.request(let command)), let id)? = connection.next() else { return }
    then(&connection, command, id)
}

@Suite struct `ipamc request with a wait` {
    @Test func `asks the next daemon for the rest of the time, with the same name`() throws {
        let names = Mutex<[String]>([])
        let waits = Mutex<[UInt32]>([])
        @Sendable func note(_ command: Command.Request) {
            names.withLock { $0.append(command.name) }
            waits.withLock { $0.append(command.waitMilliseconds ?? 0) }
        }
        let daemon = try FakeDaemon(
            { connection in
                waiting(&connection) { connection, command, id in
                    note(command)
                    connection.pause(.milliseconds(100))
                    connection.refuse(.shuttingDown, id)
                    connection.goodbye(.shuttingDown)
                }
            },
            { connection in waiting(&connection) { _, command, _ in note(command) } },
            { connection in
                waiting(&connection) { connection, command, id in
                    note(command)
                    connection.answerPlainly(.command(.request(command)), id)
                }
            })
        defer { daemon.stop() }
        let run = try ipamc(request + ["--wait", "60s"], socket: daemon.path)
        #expect(run.status == 0, "\(run.errors)")
        #expect(Set(names.withLock { $0 }).count == 1)
        let times = waits.withLock { $0 }
        #expect(times.count == 3)
        #expect(times[0] == 60_000)
        #expect(times[1] < 59_901 && times[2] < times[1] && times[2] > 0)
    }

    @Test func `is refused when the time is up`() throws {
        let daemon = try FakeDaemon {
            while let (_, id) = $0.next() { $0.refuse(.noRoom, id) }
        }
        defer { daemon.stop() }
        #expect(try ipamc(request + ["--wait", "60s"], socket: daemon.path).status == 1)
    }

    @Test func `does not forget that it may have been done`() throws {
        let lost = try FakeDaemon { _ = $0.next() }
        defer { lost.stop() }
        let words = request + ["--wait", "300ms", "--timeout", "300ms"]
        let unknown = try ipamc(words, socket: lost.path)
        #expect(unknown.status == 74)
        #expect(unknown.errors.contains("--wait 300ms --timeout 300ms --name alloc-"))
        let leaving = try FakeDaemon {
            while let (_, id) = $0.next() { $0.refuse(.shuttingDown, id) }
        }
        defer { leaving.stop() }
        #expect(try ipamc(words, socket: leaving.path).status == 75)
        #expect(try ipamc(words).status == 69)
    }

    @Test func `asks for what the words say`() throws {
        let daemon = try FakeDaemon { connection in
            waiting(&connection) { connection, command, id in
                let isMeant =
                    command
                    == Command.Request(
                        name: "a", addresses: 50, parent: "root", parentStrategy: .emptiest,
                        asPrefix: true, waitMilliseconds: 2000, isDryRun: true)
                if isMeant {
                    connection.answerPlainly(.command(.request(command)), id)
                } else {
                    connection.refuse(.malformed, id)
                }
            }
        }
        defer { daemon.stop() }
        let words = [
            "request", "--addresses", "50", "--parent", "root", "--parent-strategy", "emptiest",
            "--as-prefix", "--name", "a", "--wait", "2s", "--dry-run",
        ]
        let run = try ipamc(words, socket: daemon.path)
        #expect(run.output == "10.0.0.0/26\n", "\(run.errors)")
    }
}

@Suite struct `ipamc without a change` {
    @Test func `says what release and delete would do`() throws {
        let daemon = try FakeDaemon { connection in
            while let (request, id) = connection.next() {
                guard case .command(let command) = request, command.isDryRun else {
                    connection.refuse(.malformed, id)
                    continue
                }
                connection.answerPlainly(request, id)
            }
        }
        defer { daemon.stop() }
        let release = try ipamc(["release", "a", "--dry-run"], socket: daemon.path)
        #expect(release.output == "prefixallocation/a released (dry run)\n")
        let delete = try ipamc(["delete", "prefix", "a", "--dry-run"], socket: daemon.path)
        #expect(delete.output == "prefix/a deleted (dry run)\n")
        let batch = try ipamc(
            ["batch", "-f", "-", "--dry-run"], socket: daemon.path, input: "release a")
        #expect(batch.output == "prefixallocation/a released (dry run)\n")
    }

    @Test func `explains with 0 what would not be served`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let words = ["explain", "--length", "26", "--any-parent", "--wait", "3s", "--dry-run"]
        let run = try ipamc(words, socket: daemon.path)
        #expect(run.status == 0)
        #expect(run.output == "The request would get nothing: NoSuitableParent: no\n")
        let json = try ipamc(words + ["-o", "json"], socket: daemon.path)
        #expect(json.output.contains(#""reason" : "NoSuitableParent""#))
    }

    @Test func `shows what is used, page after page`() throws {
        let whole = try IPPrefix("10.0.0.0/24")
        let daemon = try FakeDaemon { connection in
            while case (.query(.usage(let query)), let id)? = connection.next() {
                let name = query.after == nil ? "a" : "b"
                let key = ResourceKey(kind: .prefix, namespace: "default", name: name)
                let usage = PrefixUsage(
                    key: key, block: whole, free: [.init(length: 24, count: 1)],
                    largestFree: whole)
                let next = Query.Position(namespace: "default", name: "a")
                connection.answer(
                    .usage(.init(items: [usage], next: name == "a" ? next : nil)), id)
            }
        }
        defer { daemon.stop() }
        let run = try ipamc(["usage"], socket: daemon.path)
        let table = """
            NAME   PREFIX        USE          USED     FREE         RESERVED   LARGEST       FRAG
            a      10.0.0.0/24   ░░░░░░░░░░   0 (0%)   256 (100%)   0          10.0.0.0/24   0%
            b      10.0.0.0/24   ░░░░░░░░░░   0 (0%)   256 (100%)   0          10.0.0.0/24   0%

            """
        #expect(run.output == table)
    }

    @Test func `shows who has an address, and exits with 1 if nobody has it`() throws {
        let daemon = try FakeDaemon { connection in
            while case (.query(.who(let query)), let id)? = connection.next() {
                let isHeld = query.prefix.description == "10.0.0.7/32"
                let holder = FakeConnection.allocation("web-1", isCreated: true).resource
                connection.answer(.found(.init(resources: isHeld ? [holder] : [])), id)
            }
        }
        defer { daemon.stop() }
        let run = try ipamc(["who", "10.0.0.7"], socket: daemon.path)
        #expect(run.status == 0)
        let line = "  prefixallocation/web-1  10.0.0.0/26  owner uid 0  since 1970-01-01T"
        #expect(run.output.hasPrefix("namespace default\n\(line)"), "\(run.output)")
        let name = try ipamc(["who", "10.0.0.7", "-o", "name"], socket: daemon.path)
        #expect(name.output == "prefixallocation/web-1\n")
        let nobody = try ipamc(["who", "10.0.0.8"], socket: daemon.path)
        #expect(nobody.status == 1)
        #expect(nobody.errors == "ipamc: not_found: nobody has 10.0.0.8\n")
    }
}

@Suite struct `ipamc batch` {
    private let lines = "# both\nrequest --length 26 --parent root\n\nrelease b\n"

    @Test func `says what came of each line`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let run = try ipamc(["batch", "-f", "-"], socket: daemon.path, input: lines)
        #expect(run.status == 0)
        let output = run.output.split(separator: "\n")
        #expect(output.count == 2)
        #expect(output[0].hasPrefix("prefixallocation/alloc-"))
        #expect(output[0].hasSuffix(" created 10.0.0.0/26"))
        #expect(output[1] == "prefixallocation/b released")
    }

    @Test func `names the line that is refused`() throws {
        let daemon = try FakeDaemon { connection in
            guard let (_, id) = connection.next() else { return }
            let refusal = Refusal(.notFound, "part 2: there is no prefixallocation/b", part: 1)
            connection.write(connection.session.refuse(refusal, lsn: 1, to: id))
        }
        defer { daemon.stop() }
        let run = try ipamc(["batch", "-f", "-"], socket: daemon.path, input: lines)
        #expect(run.status == 1)
        #expect(
            run.errors
                == "ipamc: not_found: standard input line 4: there is no prefixallocation/b\n")
    }

    @Test func `prints the batch that asks again`() throws {
        let daemon = try FakeDaemon { _ = $0.next() }
        defer { daemon.stop() }
        let run = try ipamc(["batch", "-f", "-"], socket: daemon.path, input: lines)
        #expect(run.status == 74)
        let again = run.errors.split(separator: "\n").drop { !$0.contains("to ask again") }
        #expect(again.first == "ipamc: to ask again: ipamc batch -f - -n default <<'END'")
        #expect(again.dropFirst().first?.hasPrefix("request --name alloc-") == true)
        #expect(again.dropFirst(2) == ["release --ignore-not-found b", "END"])
    }

    @Test(arguments: ["", "# nothing", "apply x", "request 'a"])
    func `that makes no sense asks nobody`(input: String) throws {
        let run = try ipamc(["batch", "-f", "-"], input: input)
        #expect(run.status == 64, "\(run.errors)")
    }
}
