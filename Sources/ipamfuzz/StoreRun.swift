internal import IPAM
internal import IPAMEngine
internal import IPAMStore
import Seeded
internal import Synchronization

/// A start on a state directory of any contents. The store and the slow reader must come to the
/// same: refused, or the same objects, the same number and the same torn end. What was recovered
/// must be there at the next start, and take a change that is there after that.
struct StoreRun {
    private let files: [String: [UInt8]]
    /// Whether `ipamd check` is asked too: every other time, for it reads everything twice.
    private let isChecked: Bool

    init(_ input: [UInt8]) {
        isChecked = input.reduce(0, ^) & 1 == 0
        let chunks = Chunk.all(in: input[...])
        Tally.shared.pieces += chunks.count
        files = DirectoryRecipe(chunks).files
    }

    func run() throws(FuzzFinding) {
        let verdict = ReferenceReader(files).verdict
        let disk = MemoryDisk(files)
        let opened: Opened
        do throws(StoreError) {
            opened = try Store.open(disk, Self.settings(seed: 1), at: Workplace.now)
        } catch {
            guard case .refused = verdict else {
                throw FuzzFinding("the store refuses what FORMAT.md does not: \(error)")
            }
            // Check reads directories of any machine.
            if !isChecked || isOfOtherMachine { return }
            return try require(!damages.isEmpty, "a start is refused and check finds nothing")
        }
        guard case .ready(let ready) = opened else {
            throw FuzzFinding("a sound disk can be written\(opened.refusal)")
        }
        switch verdict {
        case .refused(let sentence):
            throw FuzzFinding("the store takes what FORMAT.md refuses: \(sentence)")
        case .firstStart:
            try require(ready.recovery.isFirstStart, "an empty directory is a first start")
        case .recovered(let expected):
            Tally.shared.accepted += 1
            try compare(ready, expected, disk)
            if isChecked, !expected.isRepaired, !hasUnusedFiles, let damage = damages.first {
                throw FuzzFinding("check finds damage where a start finds none: \(damage)")
            }
        }
        try goOn(ready, disk)
        if !isChecked { try work(in: ready.ledger.state) }
    }

    private var isOfOtherMachine: Bool {
        let own = littleEndian(StateFiles.machine)
        return files.values.contains { file in
            let machine = file.prefix(32).dropFirst(16)
            return !machine.isAllZeros && Array(machine.prefix(8)) != own
        }
    }

    private var damages: [Finding] {
        Store.check(MemoryDisk(files)).filter { $0.severity == .damage }
    }

    /// Whether check looks at files that a start does not need: those before the checkpoint.
    private var hasUnusedFiles: Bool {
        let newest = files.keys.filter { $0.hasPrefix("checkpoint-") }.max() ?? ""
        let generation = newest.dropFirst("checkpoint-".count)
        return files.keys.contains { name in
            name.split(separator: "-").last.map { $0 < generation } ?? false
        }
    }

    private func compare(
        _ ready: Opened.Ready, _ expected: ReferenceReader.Recovered, _ disk: MemoryDisk
    ) throws(FuzzFinding) {
        let recovery = ready.recovery
        try require(
            recovery.lsn == expected.lsn,
            "the store ends with change \(recovery.lsn), FORMAT.md with \(expected.lsn)")
        try require(
            ready.ledger.state.resources == expected.state.resources, "the objects differ")
        try require(ready.ledger.state.rules == expected.state.rules, "the rules differ")
        try require(
            recovery.isAfterCleanStop == expected.isAfterStop, "whether it stopped differs")
        try require(
            recovery.tornBytes == UInt64(expected.torn.count), "the torn ends differ in size")
        let copy = recovery.tornFile.flatMap { disk.files[$0] } ?? []
        try require(copy == expected.torn, "the copy of the torn end is another")
        if let violation = ready.ledger.state.violations().first {
            throw FuzzFinding(violation)
        }
    }

    /// The next start finds the same, a change that was committed then, and the start after that
    /// finds the change.
    private func goOn(_ ready: Opened.Ready, _ disk: MemoryDisk) throws(FuzzFinding) {
        let state = ready.ledger.state
        var next = try reopened(disk, seed: 2)
        try require(
            next.recovery.lsn == ready.recovery.lsn
                && next.ledger.state.resources == state.resources
                && next.ledger.state.rules == state.rules, "a second start finds something else")
        guard try change(&next) else { return }
        let last = try reopened(disk, seed: 3)
        try require(
            last.recovery.lsn == next.ledger.durableLSN
                && last.ledger.state.resources == next.ledger.state.resources
                && last.ledger.state.rules == next.ledger.state.rules,
            "a committed change is not there after a restart")
    }

    /// Whatever was recovered, commands and queries are decided as in any other state.
    private func work(in recovered: State) throws(FuzzFinding) {
        var state = recovered
        for (command, caller) in Workplace.commands + Workplace.laterCommands {
            _ = try state.proveBacklog()
            _ = try state.proveExecution(of: command, by: caller)
        }
        for query in Workplace.queries {
            do throws(Refusal) {
                _ = try state.answer(query, by: Workplace.administrator)
            } catch {
                // Not everything exists in every state.
                continue
            }
        }
    }

    private func reopened(
        _ disk: MemoryDisk, seed: UInt64
    ) throws(FuzzFinding) -> Opened.Ready {
        let opened: Opened
        do throws(StoreError) {
            opened = try Store.open(disk, Self.settings(seed: seed), at: Workplace.now)
        } catch {
            throw FuzzFinding("the store refuses what it wrote: \(error)")
        }
        guard case .ready(let ready) = opened else {
            throw FuzzFinding("a sound disk can be written\(opened.refusal)")
        }
        return ready
    }

    /// Makes one change durable, if it is not refused.
    private func change(_ ready: inout Opened.Ready) throws(FuzzFinding) -> Bool {
        let root = Manifest(
            key: ResourceKey(kind: .prefix, namespace: "fuzz", name: "new"),
            prefix: "198.51.100.0/24")
        do throws(Refusal) {
            _ = try ready.ledger.execute(
                .apply(.init(manifests: [root])), by: Workplace.administrator, at: Workplace.now)
        } catch {
            return false
        }
        do throws(StoreError) {
            guard let batch = try ready.ledger.sealBatch() else { return false }
            ready.ledger.committed(try ready.journal.commit(batch))
            return true
        } catch {
            throw FuzzFinding("a change that was decided cannot be written: \(error)")
        }
    }

    static func settings(seed: UInt64) -> StoreSettings {
        let salts = Salts(seed)
        return StoreSettings(
            segmentBytes: 32 << 10, machineID: UInt128(StateFiles.machine),
            newIncarnation: StateFiles.incarnation, salt: { salts.next() })
    }
}

/// Salts that differ and are the same in every run.
private final class Salts: Sendable {
    private let random: Mutex<SeededGenerator>

    init(_ seed: UInt64) { random = Mutex(SeededGenerator(seed: seed)) }

    func next() -> UInt64 { random.withLock { $0.next() } }
}

extension Opened {
    /// Why nothing can be written, behind a colon.
    fileprivate var refusal: String {
        switch self {
        case .ready: ""
        case .readOnly(_, _, let error): ": \(error)"
        }
    }
}
