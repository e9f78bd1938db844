import IPAM
import IPAMEngine
import Testing

@testable import IPAMStore
@testable import ipamsim

/// Short words for what the tests do to a store on a simulated disk.
extension Life {
    static func start(
        on disk: SimulatedDisk, seed: UInt64 = 1, machineID: UInt128 = 0
    ) throws(StoreError) -> (life: Life, recovery: Recovery) {
        try start(on: disk, machineID: machineID, salts: SaltSource(seed: seed))
    }

    /// A daemon with a root Prefix of 256 addresses and a spare segment, all durable and sealed.
    static func withRoot(on disk: SimulatedDisk) throws -> Life {
        var life = try start(on: disk).life
        try life.prepareSpare()
        try life.run(Workload.root("root", "10.0.0.0/24"))
        try life.seal()
        return life
    }

    /// Runs a command and makes it durable.
    mutating func run(_ command: Command) throws {
        _ = try ledger.execute(command, by: Workload.administrator, at: now())
        _ = try commit()
    }

    var resources: [Resource] { ledger.state.resources }
}

extension State {
    var resources: [Resource] {
        var resources: [Resource] = []
        visitResources { resources.append($0) }
        return resources
    }
}

extension SimulatedDisk {
    func newest(_ prefix: String) -> String {
        fileNames.filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".tmp") }.max() ?? ""
    }
}

/// The error with which a start on this disk ends.
func startError(_ disk: SimulatedDisk, machineID: UInt128 = 0) -> StoreError? {
    do throws(StoreError) {
        _ = try Life.start(on: disk, machineID: machineID)
        return nil
    } catch {
        return error
    }
}
