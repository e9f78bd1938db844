import IPAM
import Testing

@testable import ipamc

@Suite struct `Requests of a file` {
    private func bulk(_ text: String, _ defaults: RequestTerms = RequestTerms()) throws -> BulkFile
    {
        var count = 0
        return try BulkFile(
            ManifestFile(name: "f", text: text), defaults: defaults, namespace: "default",
            nextName: {
                count += 1
                return "random-\(count)"
            })
    }

    private static let defaults = RequestTerms(
        length: 26, selector: "tier=public", labels: ["app=web", "team=a"])

    @Test func `are one a line, in words or in JSON`() throws {
        let lines = try bulk(
            """
            # a comment
            web-1

            --name web-2 --length 28 --parent root   # another
            request --addresses 9 --any-parent
            {"name": "web-3", "prefix": "10.0.0.0/26", "parent": "root", "labels": {"a": "b"}}
              {"namespace":"lab","length":64,"family":"ipv6","selector":"a=b","asPrefix":true}
            """, Self.defaults
        ).lines
        #expect(lines.map(\.number) == [2, 4, 5, 6, 7])
        #expect(lines.map(\.request.name) == ["web-1", "web-2", "random-1", "web-3", "random-2"])
        #expect(lines.map(\.request.prefixLength) == [26, 28, nil, nil, 64])
        #expect(lines[2].request.addresses == 9)
        #expect(lines[3].request.prefix == (try block("10.0.0.0/26")))
        #expect(lines[4].request.asPrefix)
        #expect(lines[4].request.family == .ipv6)
        #expect(
            lines.map(\.request.namespace) == ["default", "default", "default", "default", "lab"])
    }

    @Test func `take from the command what they leave out`() throws {
        let lines = try bulk("a\nb --parent root\nc --label app=db", Self.defaults).lines
        #expect(lines.map(\.request.selector?.description) == ["tier=public", nil, "tier=public"])
        #expect(lines.map(\.request.parent) == [nil, "root", nil])
        #expect(
            lines.map(\.request.labels.description)
                == ["app=web,team=a", "app=web,team=a", "app=db,team=a"])
    }

    @Test(arguments: [
        ("a", "where from?"), ("a --legnth 9", "\"--legnth\" is not known here"),
        ("a b --any-parent", "\"b\" is one word too many"),
        ("a --name b", "the name is given twice"),
        ("{\"nam\": \"a\"}", "nam: there is no such field"), ("{", "it is no JSON"),
        ("{\"length\": 300, \"anyParent\": true}", "length: \"300\" is invalid"),
        ("a --any-parent --wait 5s", "\"--wait\" is not known here"),
        ("'", "a quote is not closed"),
    ])
    func `that make no sense are told with their line`(line: String, fault: String) throws {
        let text = "ok --any-parent --length 9\n" + line
        let failure = try #require(throws: Failure.self) { try bulk(text) }
        #expect(failure.sentence.hasPrefix("f line 2: \(fault)"), "\(failure.sentence)")
        #expect(failure.line == 2)
    }
}
