import Glibc
import IPAM
import Testing

@testable import ipamd

/// Who waits at a listening socket, as the thread sees them that accepts in a flood.
@Suite struct ArrivalTests {
    private let roles = Roles(
        administrators: nil, agents: nil, observers: nil, ownUID: geteuid())

    /// A socket as NIO leaves it: who looks at it does not wait.
    private func withSocket(_ body: (ListeningSocket, String) throws -> Void) throws {
        var template = Array("/tmp/ipamd-arrival.XXXXXX".utf8CString)
        let folder = try String(cString: #require(mkdtemp(&template)))
        let path = "\(folder)/socket"
        let socket = try ListeningSocket(path: path, mode: 0o600, group: nil)
        _ = fcntl(socket.descriptor, F_SETFL, O_NONBLOCK)
        defer {
            close(socket.descriptor)
            socket.removeFile()
            rmdir(folder)
        }
        try body(socket, path)
    }

    @Test func `all who wait are accepted together, up to a bound`() throws {
        try withSocket { socket, path in
            let more = 6
            let clients = try (0..<DaemonLimits.acceptsPerBatch + more).map { _ in
                try TestClient(path, greets: false)
            }
            let batches = (0..<3).map { _ in Arrival.Batch(on: socket.descriptor, roles) }
            #expect(batches.map(\.clients.count) == [DaemonLimits.acceptsPerBatch, more, 0])
            #expect(batches.allSatisfy { $0.left.isEmpty })
            let found = try batches[0].clients[0].caller.get()
            #expect(found.uid == geteuid())
            #expect(found.pid == getpid())
            #expect(found.role == .administrator)
            withExtendedLifetime(clients) {}
            for client in batches.flatMap(\.clients) { close(client.socket) }
        }
    }

    @Test func `who has left without a word is not kept, and still known`() throws {
        try withSocket { socket, path in
            _ = try TestClient(path, greets: false)
            let stays = try TestClient(path, greets: false)
            // It has gone, and what it said is there.
            try TestClient(path, greets: false).write([1])
            let batch = Arrival.Batch(on: socket.descriptor, roles)
            #expect(batch.clients.count == 2)
            #expect(try batch.left.map { try $0.get().uid } == [geteuid()])
            #expect(batch.clients.allSatisfy { !$0.hasLeft })
            withExtendedLifetime(stays) {}
            for client in batch.clients { close(client.socket) }
        }
    }
}
