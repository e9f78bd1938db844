import CLinux
import Glibc
import Testing

@Suite struct `Peer credentials` {
    /// Both ends of a connection within this process.
    private func withPair(_ body: (Int32) -> Void) {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        body(ends[0])
        for end in ends { close(end) }
    }

    @Test func `are those of the process at the other end`() {
        withPair { end in
            var peer = clinux_peer()
            #expect(clinux_peer_credentials(end, &peer) == 0)
            #expect(peer.uid == getuid())
            #expect(peer.gid == getgid())
            #expect(peer.pid == getpid())
        }
    }

    @Test func `include the supplementary groups`() {
        let wanted = max(0, getgroups(0, nil))
        var own = [gid_t](repeating: 0, count: Int(wanted))
        #expect(getgroups(wanted, &own) == wanted)
        withPair { end in
            var groups = [UInt32](repeating: 0, count: 65_536)
            var count = groups.count
            #expect(clinux_peer_groups(end, &groups, &count) == 0)
            #expect(Array(groups[..<count]) == own)
        }
    }

    @Test func `cannot be read without a peer, and then are nobody's`() {
        let alone = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(alone) }
        var peer = clinux_peer()
        #expect(clinux_peer_credentials(alone, &peer) == ENOTCONN)
        #expect(clinux_peer_credentials(-1, &peer) == EBADF)
    }
}
