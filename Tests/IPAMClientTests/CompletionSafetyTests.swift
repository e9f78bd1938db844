import IPAM
import IPAMWire
import Testing

@Suite struct `A completion` {
    @Test func `offers no word that a shell or a terminal would take for more than text`() throws {
        let names = [
            "lab", "$(touch broken)", "a b", "\u{1b}[2Jb", "c\u{7}", "`d`", "e;f", "g'h", "",
            "i\nj", "ö", "\\k", "{l,m}", "*", "~n", String(repeating: "o", count: 600), "prod",
        ]
        let daemon = try FakeDaemon({ connection in
            guard case (.query(.namespaces), let id)? = connection.next() else { return }
            let items = names.map {
                Answer.Namespaces.Item(name: $0, prefixCount: 1, allocationCount: 1)
            }
            connection.answer(
                .namespaces(.init(items: items)), id, lsn: FakeConnection.durableLSN)
        })
        defer { daemon.stop() }
        let run = try ipamc(
            ["---completion", "get", "--", "--namespace", "3", "0", "ipamc", "get", "-n", ""],
            socket: daemon.path)
        #expect(run.status == 0 && run.errors == "")
        #expect(run.output == "lab\nprod\n")
    }

    @Test func `asks for one short page, and once`() throws {
        let daemon = try FakeDaemon({ connection in
            while let (request, id) = connection.next() {
                guard case .query(.list(let list)) = request else { return }
                #expect(list.limit == 200 && list.namespace == "default" && list.after == nil)
                connection.answer(
                    .listed(.init(items: [], next: .init(namespace: "default", name: "z"))), id,
                    lsn: FakeConnection.durableLSN)
            }
        })
        defer { daemon.stop() }
        let run = try ipamc(
            [
                "---completion", "get", "--", "positional@0", "3", "0", "ipamc", "get",
                "prefixes", "",
            ], socket: daemon.path)
        #expect(run.status == 0 && run.output.allSatisfy(\.isNewline) && run.errors == "")
        #expect(daemon.connectionCount == 1)
    }
}
