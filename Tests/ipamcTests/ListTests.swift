import IPAM
import Testing

@testable import ipamc

@Suite struct `A list` {
    private func table(_ items: [Answer.Listed.Item], hasHeader: Bool = true, width: Int? = nil)
        -> String
    {
        ResourceTable(kind: .prefix, now: now, hasHeader: hasHeader)
            .text(items, isColoured: false, width: width)
    }

    @Test func `is cut where the terminal ends, with a sign that it is`() throws {
        let items = [try root(), try child()]
        #expect(
            table(items, width: 30) == """
                NAME    PREFIX       PARENT  …
                root    10.0.0.0/8   <none>  …
                child   10.0.0.0/9   root    …

                """)
        #expect(table(items, width: 200) == table(items))
        #expect(table(items, width: 1) == "…\n…\n…\n")
    }

    @Test func `is cut behind whole colours`() throws {
        let text = ResourceTable(kind: .prefix, now: now)
            .text([try root()], isColoured: true, width: 34)
        #expect(
            text.split(separator: "\n")[1]
                == "root   10.0.0.0/8   <none>   \u{1b}[32mAllo\u{1b}[0m…")
    }

    @Test func `has no heading if nobody wants one, and is aligned as if it had`() throws {
        let items = [try root()]
        #expect(table(items, hasHeader: false) == "root   10.0.0.0/8   <none>   Allocated   90s\n")
    }

    @Test(arguments: [
        (SortColumn.name, ["child", "root", "waiting"]),
        (.prefix, ["root", "child", "waiting"]),
        (.parent, ["child", "root", "waiting"]),
        (.phase, ["waiting", "root", "child"]),
        (.age, ["root", "child", "waiting"]),
        (.request, ["child", "waiting", "root"]),
        (.owner, ["root", "child", "waiting"]),
    ])
    func `is sorted by a column`(column: SortColumn, names: [String]) throws {
        let items = [try root(), try child(), try waiting()]
        #expect(column.sorted(items).map(\.resource.key.name) == names)
        #expect(column.sorted(items.reversed()).count == 3)
    }

    @Test func `columns are named as the headings are`() {
        #expect(SortColumn(argument: "STATE") == .phase)
        #expect(SortColumn(argument: "Prefix") == .prefix)
        #expect(SortColumn(argument: "size") == nil)
    }
}

@Suite struct `A change of labels` {
    private func changed(_ words: [String], overwrites: Bool = false) throws -> String {
        let old = try resource(
            .prefix, "root", labels: ["a": "1", "b": "2"],
            spec: Spec(family: .ipv4, prefix: block("10.0.0.0/8")), status: .pending)
        return try LabelChange(words, overwrites: overwrites).labels(of: old).description
    }

    @Test(arguments: [
        (["c=3"], "a=1,b=2,c=3"), (["a-"], "b=2"), (["c=", "b-"], "a=1,c="), (["x-"], "a=1,b=2"),
        (["a=1"], "a=1,b=2"),
    ])
    func `sets and removes`(words: [String], labels: String) throws {
        #expect(try changed(words) == labels)
    }

    @Test func `leaves another value alone, unless it may not`() throws {
        let failure = try #require(throws: Failure.self) { try changed(["a=2"]) }
        #expect(failure.code == "label_exists")
        #expect(failure.sentence == "prefix/root has the label a=1 already; --overwrite changes it")
        #expect(try changed(["a=2"], overwrites: true) == "a=2,b=2")
    }

    @Test(arguments: [[], ["=x"], ["-"], ["a=1", "a-"], ["a=1", "a=2"]])
    func `makes sense`(words: [String]) {
        #expect(throws: Failure.self) { try LabelChange(words, overwrites: false) }
    }
}
