import IPAM
import IPAMClient
import IPAMClientNIO
import Testing

// The README shows these two; here they compile, and do what they say.

/// One allocation, waited for: what a one-shot tool does.
private func allocateAndRelease(socket: String) throws(ClientError) -> String {
    var client = try Client.connect(to: socket)
    let wanted = Command.Request(
        name: "web-1", prefixLength: 26, selector: Selector(matchLabels: ["tier": "public"]))
    do throws(ClientError) {
        let reply = try client.request(wanted)
        guard let block = reply.value.resource.placement?.block else { return "no block" }
        _ = try client.release(Command.Release(names: ["web-1"]))
        return "\(block)"
    } catch .refused(let refusal) where refusal.code == .noRoom {
        return "full: \(refusal.sentence)"
    } catch .outcomeUnknown {
        // The same name makes it safe to ask again: the answer is the one that was missed.
        client = try Client.connect(to: socket)
        return "\(try client.request(wanted).value.resource.status)"
    }
}

/// A hundred allocations over one connection: what a service does.
private func allocateMany(socket: String) async throws -> [IPPrefix] {
    let client = try await AsyncClient.connect(to: socket)
    return try await withThrowingTaskGroup(of: IPPrefix?.self) { group in
        for index in 0..<100 {
            group.addTask {
                let wanted = Command.Request(
                    name: "pod-\(index)", prefixLength: 32, parent: "pods")
                let reply = try await client.request(wanted, timeout: .seconds(2))
                return reply.value.resource.placement?.block
            }
        }
        return try await group.reduce(into: []) { blocks, block in
            if let block { blocks.append(block) }
        }
    }
}

@Suite struct `The examples of the README` {
    @Test func `the blocking one prints a prefix`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        #expect(try allocateAndRelease(socket: daemon.path) == "10.0.0.0/26")
    }

    @Test func `the async one gets a hundred`() async throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        #expect(try await allocateMany(socket: daemon.path).count == 100)
    }
}
