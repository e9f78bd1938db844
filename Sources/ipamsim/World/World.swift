import IPAM
import IPAMEngine

/// Everything but the daemon and its disk: the clients with what they were told, and the oracle.
/// It is a value, so that a simulation can go on in two ways from one moment.
struct World: Sendable {
    var oracle = Oracle()
    var clients: [SimulatedClient]
    /// Decides what is left to chance outside the disk: how bytes arrive, and when they are read.
    var chance: Choices
    /// Whether clients read at once whatever comes; else they read when they get to it.
    let isAttentive: Bool

    /// The first client is the administrator, the others are agents.
    init(clientCount: Int, isAttentive: Bool, seed: UInt64) {
        clients = (0..<clientCount).map { number in
            let uid = number == 0 ? 0 : 1000 + UInt32(number)
            return SimulatedClient(
                Caller(uid: uid, gid: uid, pid: 1, role: number == 0 ? .administrator : .agent))
        }
        self.isAttentive = isAttentive
        chance = Choices(seed: seed)
    }

    /// Clients get to what they were sent.
    mutating func read() {
        for index in clients.indices {
            if isAttentive { clients[index].readAll() } else { clients[index].read(&chance) }
        }
    }

    /// The daemon is gone, and with it every connection.
    mutating func daemonEnded() {
        for index in clients.indices { clients[index].lostConnection(&chance) }
    }

    /// What is wrong with a recovered state, a sentence each.
    func faults(of state: State) -> [String] {
        oracle.faults(of: state) + clients.flatMap { $0.faults(of: state) }
    }

    /// What clients were told and cannot be true, once.
    mutating func takeFaults() -> [String] {
        clients.indices.flatMap { index in
            defer { clients[index].faults = [] }
            return clients[index].faults
        }
    }
}
