import Foundation
import IPAM
import Testing

@testable import ipamc

@Suite struct `A table in text` {
    @Test(arguments: [
        ("a,b\n1,2\n", [["1", "2"]]), ("a;b\n1;2", [["1", "2"]]), ("a,b\r\n1,2\r\n", [["1", "2"]]),
        ("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n", [["x, y", "say \"hi\""]]),
        ("a,b\n\"two\nlines\",2\n\n3,4\n", [["two\nlines", "2"], ["3", "4"]]),
        ("a,b\n1\n", [["1"]]), ("a,b\n\"\",\n", [["", ""]]), ("a\n", []),
    ])
    func `has rows and cells`(text: String, rows: [[String]]) throws {
        #expect(try CSVText(text).rows.map(\.cells) == rows)
    }

    @Test(arguments: [("", 1), ("a,b\n1,2,3\n", 2), ("a\n1\n\"x\n", 3)])
    func `has faults with a line`(text: String, line: Int) throws {
        let fault = try #require(throws: CSVText.Fault.self) { try CSVText(text) }
        #expect(fault.line == line)
    }

    @Test func `is read back as it was written`() throws {
        let cells = ["plain", "a,b", "q\"q", "two\nlines", "", "a;b"]
        let text = CSVText.line(["a", "b", "c", "d", "e", "f"]) + CSVText.line(cells)
        #expect(try CSVText(text).rows.map(\.cells) == [cells])
    }
}

@Suite struct `Prefixes of NetBox` {
    private func source(_ text: String, parent: String? = nil) throws -> ImportSource {
        try NetBoxTable(try CSVText(text), namespace: "lab", parent: parent).source
    }

    private static let export = """
        ID,Prefix,Status,VRF,Tenant,Site,VLAN,Role,Description
        1,10.0.0.0/8,Container,Global,,,,,"All of it, more or less"
        3,10.0.1.0/24,Active,Global,Blue Team,fra1,vlan 7,Servers,
        2,10.0.0.0/16,Active,,,,,,
        4,10.0.0.0/16,Reserved,VRF Red (65000:1),,,,,
        5,2001:db8::/32,Active,,,,,,

        """

    @Test func `become Prefixes, each below the smallest that contains it in its VRF`() throws {
        let records = try source(Self.export).records
        let parents = records.map { "\($0.manifest.key.name) < \($0.manifest.parent ?? "-")" }
        #expect(
            parents == [
                "net-10-0-0-0-8 < -", "net-10-0-0-0-16 < net-10-0-0-0-8",
                "net-10-0-1-0-24 < net-10-0-0-0-16", "net-2001-db8---32 < -",
                "vrf-red--65000-1-10-0-0-0-16 < -",
            ])
        #expect(records.allSatisfy { $0.manifest.key.namespace == "lab" })
        let server = try #require(records.first { $0.place == "line 3" })
        #expect(
            server.manifest.labels?.description
                == "role=Servers,site=fra1,status=active,tenant=Blue-Team,vlan=vlan-7")
        let noted = server.manifest.annotations?.pairs.map { "\($0.key)=\($0.value)" }
        #expect(noted == ["netbox/id=3", "netbox/tenant=Blue Team", "netbox/vlan=vlan 7"])
    }

    @Test func `are below a parent that is named`() throws {
        let records = try source(Self.export, parent: "root").records
        #expect(records.count { $0.manifest.parent == "root" } == 3)
    }

    @Test func `that are none are conflicts with their lines, and no column is an error`() throws {
        let source = try source("prefix;status\n10.0.0.1/24;active\nx;active\n10.0.0.0/24;active\n")
        #expect(source.conflicts.map(\.place) == ["line 2", "line 3"])
        #expect(source.records.map(\.place) == ["line 4"])
        #expect(throws: Failure.self) { try self.source("address\n10.0.0.1\n") }
    }
}

@Suite struct `Addresses of host-local` {
    private func folder(_ files: [String: String]) throws -> String {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("ipamc-\(UUID().uuidString.prefix(8))/Pod_Man").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files {
            try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
        }
        return path
    }

    @Test func `become allocations of what contains them`() throws {
        let path = try folder([
            "10.88.0.5": "abc\r\neth0", "10.88.0.6": "def", "2001:db8::5": "abc\neth1", "lock": "",
            "last_reserved_ip.0": "10.88.0.6", "192.0.2.1": "", "notes.txt": "",
        ])
        let source = try HostLocalFolder(path + "/").source(namespace: "default") { block in
            block.family == .ipv6 ? "six" : block.description.hasPrefix("10.") ? "four" : nil
        }
        let found = source.records.map { record in
            "\(record.place) \(record.manifest.key.name) \(record.manifest.parent ?? "")"
        }
        #expect(
            found == [
                "10.88.0.5 pod-man-10-88-0-5 four", "10.88.0.6 pod-man-10-88-0-6 four",
                "2001:db8::5 pod-man-2001-db8--5 six",
            ])
        let first = try #require(source.records.first).manifest
        #expect(first.prefix == "10.88.0.5/32")
        #expect(first.annotations?.description == "cni/container-id=abc,cni/interface=eth0")
        #expect(source.conflicts.map(\.place) == ["192.0.2.1", "notes.txt"])
    }

    @Test func `that cannot be read are an error`() {
        #expect(throws: Failure.self) {
            try HostLocalFolder("/nowhere/net").source(namespace: "default") { _ in "x" }
        }
    }
}

@Suite struct `A plan of an import` {
    private func prefix(_ name: String, _ block: String, in parent: String? = nil) -> Manifest {
        Manifest(
            key: ResourceKey(kind: .prefix, namespace: "default", name: name), prefix: block,
            parent: parent)
    }

    private func wanted(_ name: String, _ block: String, in parent: String) -> Manifest {
        Manifest(
            key: ResourceKey(kind: .prefixAllocation, namespace: "default", name: name),
            prefix: block, parent: parent)
    }

    private func plan(_ manifests: Manifest...) throws -> ImportPlan {
        var source = ImportSource()
        for (index, manifest) in manifests.enumerated() { source.add("line \(index)", manifest) }
        let existing = [try root(), try child(), try allocation(), try controlled()]
        return ImportPlan(source, among: existing.map(\.resource))
    }

    @Test func `makes Prefixes before what is in them, whatever the order of the file`() throws {
        let plan = try plan(
            wanted("a", "192.168.0.0/26", in: "inner"),
            prefix("inner", "192.168.0.0/24", in: "outer"), prefix("outer", "192.168.0.0/16"))
        #expect(plan.created.map(\.manifest.key.name) == ["outer", "inner", "a"])
        #expect(plan.conflicts.isEmpty)
    }

    @Test func `leaves what is there with the same prefix`() throws {
        let plan = try plan(
            prefix("root", "10.0.0.0/8"), prefix("child", "10.0.0.0/9", in: "root"),
            wanted("web-1", "10.0.0.64/26", in: "child"))
        #expect(plan.unchanged.count == 3)
        #expect(plan.created.isEmpty)
    }

    @Test func `names each conflict`() throws {
        let cases: [(manifest: Manifest, sentence: String)] = [
            (prefix("root", "10.0.0.0/9"), "it is there already, with 10.0.0.0/8"),
            (
                wanted("b", "10.0.0.64/27", in: "child"),
                "10.0.0.64/27 is taken, wholly or in part, by prefixallocation/web-1"
            ),
            (
                wanted("b", "10.0.0.0/24", in: "child"),
                "10.0.0.0/24 is taken, wholly or in part, by prefixallocation/web-1"
            ),
            (
                wanted("b", "10.1.0.0/24", in: "root"),
                "10.1.0.0/24 is taken, wholly or in part, by prefix/child"
            ),
            (
                wanted("b", "11.0.0.0/24", in: "root"),
                "11.0.0.0/24 is not inside its parent root (10.0.0.0/8)"
            ),
            (
                wanted("b", "10.0.0.0/9", in: "child"),
                "10.0.0.0/9 is not inside its parent child (10.0.0.0/9)"
            ),
            (wanted("b", "10.0.0.0/24", in: "nobody"), "there is no Prefix nobody"),
            (wanted("B", "10.0.0.0/24", in: "root"), "metadata.name: invalid"),
        ]
        for (manifest, sentence) in cases {
            let plan = try plan(manifest)
            #expect(plan.created.isEmpty)
            #expect(plan.conflicts.count == 1)
            #expect(plan.conflicts.first?.sentence.hasPrefix(sentence) == true, "\(plan.conflicts)")
        }
    }

    @Test func `knows what the file itself has twice`() throws {
        let plan = try plan(
            wanted("a", "10.200.0.0/24", in: "root"),
            wanted("a", "10.201.0.0/24", in: "root"),
            wanted("b", "10.200.0.128/25", in: "root"))
        #expect(plan.created.map(\.place) == ["line 0"])
        #expect(
            plan.conflicts.map(\.sentence) == [
                "line 0 is of the same name",
                "10.200.0.128/25 is taken, wholly or in part, by prefixallocation/a",
            ])
    }

    /// By brute force: no two blocks that the plan lets through overlap.
    @Test(arguments: UInt64(0)..<20)
    func `lets nothing through that overlaps`(seed: UInt64) throws {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func next(_ below: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % below
        }
        var source = ImportSource()
        source.add("root", prefix("big", "172.16.0.0/16"))
        for index in 0..<60 {
            let length = UInt8(20 + next(13))
            let number = UInt128(0xac10_0000 + next(1 << 12))
            let block = IPPrefix(
                containing: IPAddress(number: number, family: .ipv4), length: length)
            source.add("\(index)", wanted("a-\(index)", "\(block)", in: "big"))
        }
        let plan = ImportPlan(source, among: [])
        let blocks = plan.created.dropFirst().compactMap(\.block)
        #expect(blocks.count + plan.conflicts.count == 60)
        for (index, block) in blocks.enumerated() {
            #expect(!blocks[..<index].contains { $0.overlaps(block) })
        }
        for conflict in plan.conflicts {
            let name = try #require(conflict.key?.name)
            let record = try #require(source.records.first { $0.manifest.key.name == name })
            let block = try #require(record.block)
            #expect(blocks.contains { $0.overlaps(block) })
        }
    }
}

@Suite struct `Texts that know no rules` {
    @Test(arguments: [
        ("VRF Blue", "vrf-blue"), ("10.0.0.0/8", "10-0-0-0-8"), ("--a--", "a"), ("ü", ""),
        ("2001:db8::", "2001-db8"),
    ])
    func `become names`(text: String, name: String) { #expect(ImportText.name(text) == name) }

    @Test(arguments: [
        ("Blue Team", "Blue-Team"), (" (x) ", "x"), ("a_b.c", "a_b.c"), ("", ""),
        (String(repeating: "a", count: 62) + "--b", String(repeating: "a", count: 62)),
    ])
    func `become values of labels`(text: String, value: String) {
        #expect(ImportText.labelValue(text) == value)
    }
}
