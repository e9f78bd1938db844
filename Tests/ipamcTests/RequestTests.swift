import IPAM
import Testing

@testable import ipamc

/// What the words of a request ask for. They stand in a batch, which reads them as the command
/// line does.
private func request(_ words: String) throws -> Command.Request? {
    let file = ManifestFile(name: "f", text: "request \(words)")
    guard case .request(let request)? = try BatchFile(file, namespace: "default").parts.first else {
        return nil
    }
    return request
}

@Suite struct `The words of a request` {
    @Test func `say what is wanted and where from`() throws {
        let all = try request(
            "-n web --length 26 --selector tier=public --parent root --parent-strategy emptiest "
                + "--family ipv4 --name web-1 --label a=b --as-prefix")
        #expect(
            all
                == Command.Request(
                    namespace: "web", name: "web-1", family: .ipv4, prefixLength: 26,
                    parent: "root", selector: try Selector("tier=public"),
                    parentStrategy: .emptiest, labels: ["a": "b"], asPrefix: true))
    }

    @Test func `may name a number of addresses, or nothing for the default length`() throws {
        let many = "--addresses 340282366920938463463374607431768211455 --parent a"
        #expect(try request(many)?.addresses == .max)
        #expect(try request("--parent a --name b") == Command.Request(name: "b", parent: "a"))
    }

    @Test(arguments: [
        "--length 26 --prefix 10.0.0.0/26 --parent a", "--length 26 --addresses 4 --parent a",
        "--addresses 4 --prefix 10.0.0.0/26 --parent a", "--addresses -1 --parent a",
        "--addresses 1e3 --parent a", "--addresses '' --parent a",
        "--parent a --parent-strategy worst-fit", "--length 26", "--parent ''",
    ])
    func `make sense together or are refused`(words: String) {
        #expect(throws: (any Error).self) { try request(words) }
    }

    @Test func `that make a child are answered with it`() throws {
        let made = Answer.Allocated(resource: try child().resource, isCreated: true)
        let report = RequestReport(made, lsn: 3)
        #expect(report.prefix?.metadata.name == "child")
        #expect(report.prefixAllocation == nil)
    }
}

@Suite struct `Watching` {
    @Test(
        arguments: [
            ("41@0000000000000007", WatchPosition(lsn: 41, incarnation: 7)),
            ("0@00000000000000ff", WatchPosition(lsn: 0, incarnation: 255)),
        ] as [(String, WatchPosition)])
    func `begins at a position that was printed`(text: String, position: WatchPosition) {
        #expect(WatchPosition(argument: text) == position)
        #expect(position.description == text)
    }

    @Test(arguments: ["", "41", "@", "41@", "@7", "41@7@7", "x@7", "41@x", "-1@7"])
    func `does not begin at a number of unknown history`(text: String) {
        #expect(WatchPosition(argument: text) == nil)
    }

    @Test func `writes rows that keep to their columns`() throws {
        var writer = WatchWriter(
            .table, kind: .prefixAllocation, hasNamespaces: false, isColoured: false)
        #expect(try writer.text([], lsn: 1, now: now) == "")
        let first = try writer.text([.put(try allocation())], lsn: 1, now: now)
        #expect(
            first == """
                NAME    PREFIX   REQUEST   STATE       RESULT         AGE   REASON
                web-1   child    /26       Allocated   10.0.0.64/26   90s   <none>

                """)
        let key = ResourceKey(kind: .prefixAllocation, namespace: "default", name: "b")
        let second = try writer.text([.removed(key)], lsn: 2, now: now)
        #expect(
            second == """
                b       <none>   <none>    Removed     <none>         <none>   <none>

                """)
    }

    @Test func `writes a line of JSON for each change`() throws {
        var writer = WatchWriter(.json, kind: .prefix, hasNamespaces: false, isColoured: false)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "b")
        let text = try writer.text([.put(try root()), .removed(key)], lsn: 7, now: now)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix(#"{"lsn":7,"object":{"apiVersion":"ipam.ironcore.dev/"#))
        #expect(lines[0].hasSuffix(#","type":"put"}"#))
        #expect(
            lines[1]
                == #"{"key":{"kind":"Prefix","name":"b","namespace":"default"},"lsn":7,"#
                + #""type":"removed"}"#)
    }

    @Test func `writes names`() throws {
        var writer = WatchWriter(.name, kind: .prefix, hasNamespaces: false, isColoured: false)
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "b")
        #expect(
            try writer.text([.put(try root()), .removed(key)], lsn: 7, now: now)
                == "prefix/root\nprefix/b removed\n")
    }

    @Test func `in vain says who is not Allocated, and why`() throws {
        let wait = try #require(TimeSpan(argument: "90s"))
        let pending = Failure(notAllocated: [try waiting()], of: 3, wait)
        #expect(pending.status == .nothingChanged)
        #expect(
            pending.text(.table) == """
                ipamc: pending: 1 of 3 objects applied is not Allocated after 90s
                ipamc: pending: prefix/waiting is Pending: NoSuitableParent: no IPv6 Prefix is \
                labelled zone in (a,b)

                """)
        #expect(pending.text(.json).contains(#""prefix/waiting""#))
        let failed = Answer.Listed.Item(
            resource: try resource(
                .prefixAllocation, "b",
                spec: Spec(family: .ipv4, prefixLength: 8, parent: "root"),
                status: .failed(.tooLarge)),
            explanation: Explanation(.tooLarge, "a /8 is not smaller than root"))
        let hopeless = Failure(notAllocated: [try waiting(), failed], of: 2, wait)
        #expect(hopeless.status == .refused)
        #expect(hopeless.code == "request_too_large")
        #expect(
            hopeless.details.last?.hasSuffix("is Failed: TooLarge: a /8 is not smaller than root")
                == true)
    }

    @Test(arguments: ["90s", "5m", "1h", "250ms"])
    func `a time is said as it was asked`(text: String) {
        #expect(TimeSpan(argument: text)?.text == text)
    }
}
