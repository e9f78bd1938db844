import Glibc
import Testing

@testable import Systemd

@Suite struct `Socket activation` {
    @Test func `a process that was not activated has no sockets`() throws {
        #expect(try Activation.takeSockets().isEmpty)
    }

    @Test func `a passed socket comes with its name, and is announced to nobody else`() async {
        await #expect(processExitsWith: .success) {
            let name = "@ipamd-activation-test-\(getpid())"
            let socket = try #require(TestSocket(boundTo: name, type: SOCK_STREAM))
            listen(socket.descriptor, 1)
            socket.passAsFirst(names: "ipamd.sock")
            let sockets = try Activation.takeSockets()
            try #require(sockets == [.init(name: "ipamd.sock", descriptor: 3)])
            try #require(getenv("LISTEN_FDS") == nil)
            try #require(try Activation.takeSockets().isEmpty)
        }
    }

    @Test func `a socket that does not listen is refused by name`() async {
        await #expect(processExitsWith: .success) {
            let name = "@ipamd-activation-test-\(getpid())"
            let socket = try #require(TestSocket(boundTo: name, type: SOCK_STREAM))
            socket.passAsFirst(names: "ipamd.sock")
            let wrong = Activation.Socket(name: "ipamd.sock", descriptor: 3)
            let error = #expect(throws: ActivationError.self) {
                try Activation.takeSockets()
            }
            try #require(error == .notAListeningUnixSocket(wrong))
            try #require(error?.description.contains("\"ipamd.sock\"") == true)
        }
    }

    @Test func `a datagram socket is refused`() async {
        await #expect(processExitsWith: .success) {
            let name = "@ipamd-activation-test-\(getpid())"
            let socket = try #require(TestSocket(boundTo: name, type: SOCK_DGRAM))
            socket.passAsFirst(names: "x")
            #expect(throws: ActivationError.self) { try Activation.takeSockets() }
        }
    }

    @Test func `names that systemd cannot have written are unreadable`() async {
        await #expect(processExitsWith: .success) {
            let name = "@ipamd-activation-test-\(getpid())"
            let socket = try #require(TestSocket(boundTo: name, type: SOCK_STREAM))
            listen(socket.descriptor, 1)
            socket.passAsFirst(names: "one:two")
            let error = #expect(throws: ActivationError.self) {
                try Activation.takeSockets()
            }
            try #require(error == .unreadable(errno: EINVAL))
        }
    }
}
