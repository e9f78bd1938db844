import Foundation
import IPAM
import IPAMClient
import IPAMClientNIO
import Testing

// The code of the article "From the first connection to a service", compiled and run.

private func allocate(_ wanted: Command.Request, socket: String) throws(ClientError) -> IPPrefix? {
    do throws(ClientError) {
        var client = try Client.connect(to: socket)
        return try client.request(wanted).value.resource.placement?.block
    } catch .refused(let refusal) where refusal.code == .noRoom {
        return nil  // Certainly nothing changed. The sentence names the largest free block.
    } catch .outcomeUnknown, .nothingChanged {
        // The answer is missing, or there was none to be had: the same name makes it safe to
        // ask once more.
        var client = try Client.connect(to: socket)
        return try client.request(wanted).value.resource.placement?.block
    }
}

private func allocateMany(_ names: [String], socket: String) async throws -> [String: IPPrefix] {
    let client = try await AsyncClient.connect(to: socket)
    return try await withThrowingTaskGroup(of: (String, IPPrefix?).self) { group in
        for name in names {
            group.addTask {
                let wanted = Command.Request(name: name, prefixLength: 32, parent: "site")
                let reply = try await client.request(wanted, timeout: .seconds(10))
                return (name, reply.value.resource.placement?.block)
            }
        }
        return try await group.reduce(into: [:]) { blocks, pair in blocks[pair.0] = pair.1 }
    }
}

private func follow(_ client: AsyncClient, until name: String) async throws -> [String] {
    let incarnation = try await client.status().value.incarnation
    let list = try await client.list(Query.List(kind: .prefixAllocation, namespace: "default"))
    var names = Set(list.value.items.map(\.resource.key.name))
    if names.contains(name) { return names.sorted() }
    let watch = Watch(
        kind: .prefixAllocation, namespace: "default", after: list.lsn, incarnation: incarnation)
    for try await event in client.watch(watch) {
        for change in event.changes {
            switch change {
            case .put(let item): names.insert(item.resource.key.name)
            case .removed(let key): names.remove(key.name)
            }
        }
        if names.contains(name) { break }
    }
    return names.sorted()
}

@Suite struct `The tutorial of the client libraries` {
    private static let article = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/IPAMClient/IPAMClient.docc/Tutorial.md")

    /// Connects, and does one after the other what the first half of the article does.
    private func first(_ socket: String) throws {
        var client = try Client.connect(to: socket, software: "tutorial 1.0", timeout: .seconds(2))
        print("I am \(client.greeting.role), the last change was \(client.greeting.durableLSN)")

        let root = Manifest(
            key: ResourceKey(kind: .prefix, namespace: "default", name: "site"),
            labels: Labels(["tier": "public"]), prefix: "10.0.0.0/16")
        _ = try client.apply(Command.Apply(manifests: [root]))

        let wanted = Command.Request(
            name: "web-1", prefixLength: 26, selector: Selector(matchLabels: ["tier": "public"]))
        let first = try client.request(wanted)
        if let block = first.value.resource.placement?.block {
            print("\(block) is ours since change \(first.lsn)")
        }

        let second = try client.request(wanted)
        precondition(second.value.resource == first.value.resource && !second.value.isCreated)
        #expect(first.value.resource.placement?.block.description == "10.0.0.0/26")
        #expect(try allocate(wanted, socket: socket)?.description == "10.0.0.0/26")

        _ = try client.release(Command.Release(names: ["web-1"], ignoresMissing: true))

        var patient = Command.Request(name: "web-2", prefixLength: 17, parent: "site")
        patient.waitMilliseconds = 30_000
        let placed = try client.request(patient)
        #expect(placed.value.resource.placement?.block.length == 17)
        patient = Command.Request(name: "all", prefixLength: 17, parent: "site")
        _ = try client.request(patient)
        let more = Command.Request(name: "more", prefixLength: 17, parent: "site")
        #expect(try allocate(more, socket: socket) == nil)
        _ = try client.release(Command.Release(names: ["all"]))
    }

    @Test func `does what it says`() async throws {
        let daemon = try DaemonProcess()
        try first(daemon.socketPath)
        let client = try await AsyncClient.connect(to: daemon.socketPath)
        async let seen = follow(client, until: "pod-9")
        let blocks = try await allocateMany(
            (0..<10).map { "pod-\($0)" }, socket: daemon.socketPath)
        #expect(Set(blocks.values).count == 10)
        #expect(try await seen.contains("pod-9"))
        await client.close()
    }

    @Test func `shows no code that is not run here`() throws {
        let article = try String(contentsOf: Self.article, encoding: .utf8)
        let code = try Self.lines(String(contentsOfFile: #filePath, encoding: .utf8))
        let blocks = article.split(separator: "```swift\n").dropFirst()
            .compactMap { $0.split(separator: "```").first }
        #expect(blocks.count == 10)
        for block in blocks {
            #expect(code.contains(Self.lines(String(block))), "\(block)")
        }
    }

    /// The lines without their indentation, and without what makes a function one of this file.
    private static func lines(_ text: String) -> String {
        text.split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces).replacing(/^private func/, with: "func")
        }.joined(separator: "\n")
    }
}
