import IPAM
import IPAMEngine
import Testing

@testable import IPAMStore
@testable import ipamsim

/// Who may use a namespace survives whatever objects survive.
@Suite struct AccessRecoveryTests {
    private let agent = Caller(uid: 1000, gid: 1000, pid: 1, role: .agent)

    private func access(_ name: String, _ users: [UInt32]) -> Command {
        .access(
            .init(namespace: name, access: users.isEmpty ? nil : NamespaceAccess(users: users)))
    }

    private func rules(_ state: State) -> [String: NamespaceAccess] {
        var rules: [String: NamespaceAccess] = [:]
        state.visitAccess { rules[$0] = $1 }
        return rules
    }

    /// Rules that came, were replaced and went, before and after a checkpoint.
    private func lived(on disk: SimulatedDisk) throws -> Life {
        var life = try Life.withRoot(on: disk)
        for name in ["a", "b", "c"] { try life.run(access(name, [1])) }
        try life.checkpoint()
        try life.run(access("a", [1, 2]))
        try life.run(access("b", []))
        try life.run(access("default", [7]))
        return life
    }

    private let expected = [
        "a": NamespaceAccess(users: [1, 2]), "c": NamespaceAccess(users: [1]),
        "default": NamespaceAccess(users: [7]),
    ]

    @Test func `from the journal behind a checkpoint`() throws {
        let disk = SimulatedDisk()
        let life = try lived(on: disk)
        let (next, _) = try Life.start(on: disk.afterPowerCut(seed: 1))
        #expect(rules(life.ledger.state) == expected)
        #expect(rules(next.ledger.state) == expected)
        #expect(next.ledger.lsn == life.ledger.lsn)
        #expect(next.ledger.state.isClosed("default", to: agent))
    }

    @Test func `from a checkpoint that was merged from the one before and the journal`() throws {
        let disk = SimulatedDisk()
        var life = try lived(on: disk)
        try life.checkpoint()
        try life.stop()
        let (next, recovery) = try Life.start(on: disk.afterPowerCut(seed: 1))
        #expect(recovery.recordsReplayed == 0)
        #expect(rules(next.ledger.state) == expected)
        #expect(Store.check(disk).filter { $0.severity == .damage }.isEmpty)
    }

    @Test func `in a restored backup`() throws {
        let disk = SimulatedDisk()
        var life = try lived(on: disk)
        try life.stop()
        let target = SimulatedDisk()
        let settings = StoreSettings(
            segmentBytes: 64 << 10, machineID: 0, newIncarnation: 99, salt: { 5 })
        _ = try Store.restore(
            (disk, disk.newest("checkpoint-")), to: target, settings, at: Instant(milliseconds: 1))
        #expect(rules(try Life.start(on: target).life.ledger.state) == expected)
    }

    /// More rules than one frame takes.
    @Test func `however many there are`() throws {
        let disk = SimulatedDisk()
        var life = try Life.withRoot(on: disk)
        let users = (1...UInt32(Limits.accessEntriesMax)).map { $0 }
        for index in 0..<200 {
            if life.journal.needsSpare { try life.prepareSpare() }
            try life.run(access("n\(index)", users))
        }
        try life.stop()
        let (next, recovery) = try Life.start(on: disk)
        #expect(recovery.recordsReplayed == 0)
        #expect(rules(next.ledger.state) == rules(life.ledger.state))
        #expect(rules(next.ledger.state).count == 200)
    }
}
