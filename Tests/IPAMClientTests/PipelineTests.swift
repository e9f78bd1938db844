import IPAM
import IPAMClient
import IPAMWire
import Testing

@Suite struct `Many requests at a time` {
    private static let requests = (0..<300).map {
        Command.Request(name: "a-\($0)", anyParent: true)
    }

    @Test func `are told apart, whatever the order of the answers`() throws {
        // Answers to pairs of requests come the later one first.
        let daemon = try FakeDaemon { connection in
            while let first = connection.next() {
                if let second = connection.next() {
                    connection.answerPlainly(second.request, second.id)
                }
                connection.answerPlainly(first.request, first.id)
            }
        }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        var names = [String](repeating: "", count: 300)
        var order: [Int] = []
        try client.requests(Self.requests) { index, outcome in
            order.append(index)
            guard case .success(let answer) = outcome else { return }
            names[index] = answer.value.resource.key.name
        }
        #expect(names == Self.requests.map(\.name))
        #expect(order != order.sorted())
    }

    @Test func `are each refused for themselves`() throws {
        let daemon = try FakeDaemon { connection in
            while let (request, id) = connection.next() {
                guard case .command(.request(let wanted)) = request, wanted.name != "a-7" else {
                    connection.refuse(.noRoom, id)
                    continue
                }
                connection.answerPlainly(request, id)
            }
        }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        var refused: [Int] = []
        try client.requests(Self.requests) { index, outcome in
            if case .failure = outcome { refused.append(index) }
        }
        #expect(refused == [7])
    }

    @Test func `have an unknown outcome where the conversation ends among them`() throws {
        let daemon = try FakeDaemon { connection in
            for _ in 0..<10 {
                guard let (request, id) = connection.next() else { return }
                connection.answerPlainly(request, id)
            }
            connection.waitForClose()
        }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path, timeout: .milliseconds(300))
        var told = 0
        let error = #expect(throws: ClientError.self) {
            try client.requests(Self.requests) { _, _ in told += 1 }
        }
        guard case .outcomeUnknown? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(told == 10)
    }

    @Test func `none is none`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        var client = try Client.connect(to: daemon.path)
        try client.requests([]) { _, _ in Issue.record("Nobody asked.") }
        #expect(try client.status().lsn == 41)
    }

    @Test func `of a file go on with the next daemon, and their answers keep the order`() throws {
        let breaking: FakeDaemon.Script = { connection in
            for _ in 0..<10 {
                guard let (request, id) = connection.next() else { return }
                connection.answerPlainly(request, id)
            }
        }
        let daemon = try FakeDaemon(breaking, { $0.greetAndSayGoodbye() }, breaking, { $0.serve() })
        defer { daemon.stop() }
        let names = (0..<200).map { "n-\($0)" }
        let run = try ipamc(
            ["request", "-f", "-", "--length", "26", "--any-parent", "-o", "name"],
            socket: daemon.path, input: names.map { $0 + "\n" }.joined())
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output == names.map { "prefixallocation/\($0)\n" }.joined())
        #expect(daemon.connectionCount == 4)
    }

    @Test func `of a file end with 74 and the first line without an answer`() throws {
        let daemon = try FakeDaemon(
            { connection in
                for _ in 0..<3 {
                    guard let (request, id) = connection.next() else { return }
                    connection.answerPlainly(request, id)
                }
                for _ in 0..<2 { _ = connection.next() }
            }, { $0.waitForClose() })
        defer { daemon.stop() }
        let run = try ipamc(
            ["request", "-f", "-", "--length", "26", "--any-parent", "--timeout", "300ms"],
            socket: daemon.path, input: "a\nb\nc\nd\ne\n")
        #expect(run.status == 74)
        #expect(run.output == "10.0.0.0/26\n10.0.0.0/26\n10.0.0.0/26\n")
        #expect(run.errors.contains("3 of 5 requests have an answer"), "\(run.errors)")
        #expect(run.errors.contains("line 4, d"))
    }
}
