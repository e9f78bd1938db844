import Foundation
import IPAM
import IPAMEngine
import Testing

@testable import ipamc

/// Pictures of a real daemon.
@Suite struct `Pictures` {
    private static let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/ipamc/Pictures/Examples").standardizedFileURL

    @Test func `of the documentation are those that the commands draw`() throws {
        var template = Array("/tmp/ipamd-pictures.XXXXXX".utf8CString)
        let folder = try String(cString: #require(mkdtemp(&template)))
        defer { removeFolder(folder) }
        let programs = URL(fileURLWithPath: try DaemonProcess.path(of: "ipamc"))
            .deletingLastPathComponent().path
        let script = Self.examples.appendingPathComponent("draw").path
        let run = try DaemonProcess.run("/bin/bash", [script, programs, folder])
        #expect(run.status == 0, "\(run.error)")
        let drawn = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(drawn.filter { $0.hasSuffix(".svg") }.count == 3)
        for name in drawn {
            let new = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            let old = try String(
                contentsOf: Self.examples.appendingPathComponent(name), encoding: .utf8)
            #expect(new == old, "\(name): draw it anew with Examples/draw")
        }
    }

    @Test func `are data for programs, and of other commands there are none`() throws {
        let daemon = try DaemonProcess()
        let samples = Self.examples.appendingPathComponent("prefixes.yaml").path
        #expect(try daemon.ipamc("apply -f \(samples)").status == 0)
        let json = try daemon.ipamc("map 10.8.4.0/22 -o json").output
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
        let map = try #require(object as? [String: Any])
        #expect(map["parent"] as? String == "site")
        #expect(map["free"] as? String == "256")
        let lines = try #require(map["lines"] as? [[String: Any]])
        #expect(lines.first?["first"] as? String == "10.8.4.0")
        for words in [
            "tree -o svg", "map site -o name", "map site --by tier", "map site --rows 0",
        ] {
            #expect(try daemon.ipamc(words).status == 64, "\(words)")
        }
        let missing = try daemon.ipamc("map nobody")
        #expect(missing.status == 1)
        #expect(
            missing.error
                == "ipamc: not_found: there is no Prefix \"nobody\" in the namespace \"default\"\n")
    }

    /// The daemon's own answers to an agent, by which its picture is drawn.
    @Test(arguments: ["10.0.0.0/16", "2001:db8::/48"])
    func `show an agent the space of others, as far as the daemon tells it`(root: String) throws {
        let whole = try IPPrefix(root)
        let admin = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)
        let agent = Caller(uid: 1000, gid: 1000, pid: 2, role: .agent)
        let other = Caller(uid: 1001, gid: 1001, pid: 3, role: .agent)
        let at = Instant(milliseconds: 1_790_000_000_000)
        var state = State(incarnation: 1)
        let manifest = Manifest(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "pool"), prefix: root)
        _ = try state.execute(.apply(Command.Apply(manifests: [manifest])), by: admin, at: at)
        for index in 0..<60 {
            let length = Int(whole.length) + 7 + index % 5
            let request = Command.Request(
                name: "n-\(index)", family: whole.family, prefixLength: UInt8(length),
                parent: "pool")
            _ = try state.execute(.request(request), by: index % 3 == 0 ? agent : other, at: at)
        }
        let gone = Command.Release(names: (0..<60).filter { $0 % 4 == 1 }.map { "n-\($0)" })
        _ = try state.execute(.release(gone), by: admin, at: at)

        func used(by caller: Caller) throws -> [IPPrefix] {
            let query = Query.Used(namespace: "default", name: "pool")
            let answer = try state.answer(.used(query), by: caller).answer
            guard case .used(let blocks) = answer else { return [] }
            return blocks.items.map(\.block)
        }
        let all = try used(by: admin)
        let own = try used(by: agent)
        #expect(!own.isEmpty && own.count < all.count)
        let answer = try state.answer(.usage(.init(namespace: "default")), by: agent).answer
        guard case .usage(let page) = answer else { return }
        let region = AddressMap.Region(
            name: "pool", block: whole, parent: nil, policy: nil, owner: 0, labels: [:],
            created: at)
        var others = OthersSpace()
        try others.look(in: region, try #require(page.items.first), own: own) {
            block throws(Refusal) -> Bool? in
            var query = Query.Explain(request: .init(name: "map", parent: "pool"))
            query.request.prefix = block
            let answer = try state.answer(.explain(query), by: agent).answer
            guard case .explained(let explained) = answer else { return nil }
            return OthersSpace.verdict(explained.candidates.first)
        }
        #expect(IPPrefixSet(others.found) == IPPrefixSet(all.filter { !own.contains($0) }))
        #expect(!others.isRough)
    }
}

private func removeFolder(_ folder: String) {
    do {
        try FileManager.default.removeItem(atPath: folder)
    } catch {
        Issue.record("\(folder) is left: \(error)")
    }
}
