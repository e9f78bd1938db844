import IPAMStore

/// One file: what is on the platter, and what programs see.
struct SimulatedFile: Sendable {
    static let sectorBytes = 512

    private var durable: [UInt8] = []
    private(set) var bytes: [UInt8] = []
    private var pendingSectors: Set<Int> = []
    /// A write or sync of it failed: nothing can be known of what is pending.
    var isPoisoned = false

    var isClean: Bool { pendingSectors.isEmpty && durable.count == bytes.count }

    mutating func write(_ new: [UInt8], at offset: Int) {
        guard !new.isEmpty else { return }
        let end = offset + new.count
        if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
        bytes.replaceSubrange(offset..<end, with: new)
        for sector in offset / Self.sectorBytes...(end - 1) / Self.sectorBytes {
            pendingSectors.insert(sector)
        }
    }

    mutating func sync() {
        durable = bytes
        pendingSectors = []
    }

    /// Changes the bytes themselves, durably.
    mutating func overwrite(_ change: (inout [UInt8]) -> Void) {
        change(&bytes)
        sync()
    }

    /// The file after a power cut: of all that is pending, the generator chooses what survives.
    func afterPowerCut(_ generator: inout SeededGenerator) -> SimulatedFile {
        var survivor = SimulatedFile()
        let keepsNewSize = durable.count == bytes.count || generator.next() % 2 == 0
        let size = keepsNewSize ? bytes.count : durable.count
        survivor.bytes = Array(durable.prefix(size))
        survivor.bytes += [UInt8](repeating: 0, count: size - survivor.bytes.count)
        // One choice for the whole file as well: all old and all new are the likeliest ends.
        let bias = generator.next() % 4
        for sector in pendingSectors.sorted() {
            let start = sector * Self.sectorBytes
            let end = min(start + Self.sectorBytes, size)
            guard start < end else { continue }
            switch bias == 0 ? 0 : bias == 1 ? 1 : generator.next() % 8 {
            case 0, 2, 4: continue
            case 7:
                for index in start..<end {
                    survivor.bytes[index] = UInt8(truncatingIfNeeded: generator.next())
                }
            default: survivor.bytes.replaceSubrange(start..<end, with: bytes[start..<end])
            }
        }
        survivor.durable = survivor.bytes
        return survivor
    }
}

extension SimulatedDisk {
    /// The directory and its files, and the spy that watches the order of calls.
    struct Contents: Sendable {
        static let absent: Int32 = 2
        private static let exists: Int32 = 17
        private static let inputOutputError: Int32 = 5

        private var plan: FaultPlan
        private(set) var callCount = 0
        private(set) var isDead = false
        private(set) var violations: [String] = []
        var files: [Int32: SimulatedFile] = [:]
        private(set) var names: [String: Int32] = [:]
        private var durableNames: [String: Int32] = [:]
        private var nameChanges: [NameChange] = []
        private var nextNumber: Int32 = 3

        init(_ plan: FaultPlan) { self.plan = plan }

        func afterKill(_ plan: FaultPlan) -> Contents {
            var survivor = self
            survivor.plan = plan
            survivor.callCount = 0
            survivor.isDead = false
            survivor.violations = []
            for number in files.keys { survivor.files[number]?.isPoisoned = false }
            return survivor
        }

        mutating func lose(_ name: String) {
            names[name] = nil
            durableNames[name] = nil
        }

        func afterPowerCut(seed: UInt64, _ plan: FaultPlan) -> Contents {
            var generator = SeededGenerator(seed: seed)
            var survivor = Contents(plan)
            survivor.nextNumber = nextNumber
            survivor.names = durableNames
            // One choice for all as well: that all or none survive are the likeliest ends.
            let bias = generator.next() % 4
            for change in nameChanges {
                let survives = bias == 0 ? false : bias == 1 ? true : generator.next() % 2 == 0
                if survives { survivor.apply(change) }
            }
            survivor.durableNames = survivor.names
            for number in Set(survivor.names.values).sorted() {
                survivor.files[number] = files[number]?.afterPowerCut(&generator)
            }
            return survivor
        }

        /// A file that was renamed from a name which did not survive stays without one.
        private mutating func apply(_ change: NameChange) {
            switch change {
            case .create(let name, let number): names[name] = number
            case .rename(let name, let newName):
                if let number = names.removeValue(forKey: name) { names[newName] = number }
            case .remove(let name): names[name] = nil
            }
        }

        func checkAlive(_ operation: DiskError.Operation, _ name: String) throws(DiskError) {
            if isDead { throw DiskError(operation, name, code: Self.inputOutputError) }
        }

        /// Counts a call that changes something; says whether the power goes off within it.
        private mutating func begin(
            _ operation: DiskError.Operation, _ name: String
        ) throws(DiskError) -> Bool {
            try checkAlive(operation, name)
            let index = callCount
            callCount += 1
            if index == plan.powerCutAt {
                isDead = true
                return true
            }
            if let failureAt = plan.failureAt,
                index == failureAt || (plan.isForEver && index > failureAt)
            {
                throw DiskError(operation, name, code: plan.errorCode)
            }
            return false
        }

        private func powerCut(
            _ operation: DiskError.Operation, _ name: String
        ) -> DiskError {
            DiskError(operation, name, code: Self.inputOutputError)
        }

        mutating func create(_ name: String) throws(DiskError) -> DiskFile {
            let isCut = try begin(.create, name)
            guard names[name] == nil else { throw DiskError(.create, name, code: Self.exists) }
            let number = nextNumber
            nextNumber += 1
            files[number] = SimulatedFile()
            names[name] = number
            nameChanges.append(.create(name, number))
            if isCut { throw powerCut(.create, name) }
            return DiskFile(number: number, name: name)
        }

        mutating func write(
            _ file: DiskFile, at offset: Int, _ bytes: [UInt8]
        ) throws(DiskError) {
            checkPoison(file, "written")
            let isCut: Bool
            do throws(DiskError) { isCut = try begin(.write, file.name) } catch {
                // A failed write may have written any part.
                files[file.number]?.write(Array(bytes.prefix(bytes.count / 2)), at: offset)
                files[file.number]?.isPoisoned = true
                throw error
            }
            files[file.number]?.write(bytes, at: offset)
            if isCut { throw powerCut(.write, file.name) }
        }

        mutating func sync(_ file: DiskFile) throws(DiskError) {
            checkPoison(file, "synced")
            do throws(DiskError) {
                // The power may go before the platter has it all: nothing is durable yet.
                if try begin(.sync, file.name) { throw powerCut(.sync, file.name) }
            } catch {
                files[file.number]?.isPoisoned = true
                throw error
            }
            files[file.number]?.sync()
        }

        private mutating func checkPoison(_ file: DiskFile, _ what: String) {
            if !isDead, files[file.number]?.isPoisoned ?? false {
                violations.append("\(file.name) is \(what) after a call on it had failed")
            }
        }

        mutating func rename(_ name: String, _ newName: String) throws(DiskError) {
            let isCut = try begin(.rename, name)
            guard let number = names.removeValue(forKey: name) else {
                throw DiskError(.rename, name, code: Self.absent)
            }
            if !(files[number]?.isClean ?? true) {
                violations.append("\(name) gets its name \(newName) before it is synced")
            }
            names[newName] = number
            nameChanges.append(.rename(name, newName))
            if isCut { throw powerCut(.rename, name) }
        }

        mutating func remove(_ name: String) throws(DiskError) {
            let isCut = try begin(.remove, name)
            guard names[name] != nil else { throw DiskError(.remove, name, code: Self.absent) }
            let waiting = names.filter { durableNames[$0.key] != $0.value }
            for other in waiting.keys.sorted() where Self.isState(other) && Self.isState(name) {
                violations.append("\(name) goes before the name of \(other) is durable")
            }
            names[name] = nil
            nameChanges.append(.remove(name))
            if isCut { throw powerCut(.remove, name) }
        }

        /// Files on which a later start relies, as against those that are still being made.
        private static func isState(_ name: String) -> Bool {
            (name.hasPrefix("checkpoint-") || name.hasPrefix("journal-"))
                && !name.hasSuffix(".tmp")
        }

        mutating func syncDirectory() throws(DiskError) {
            if try begin(.syncDirectory, ".") { throw powerCut(.syncDirectory, ".") }
            durableNames = names
            nameChanges = []
        }
    }
}

/// A change of names that may or may not survive, as one: the usual file systems of Linux make a
/// renaming durable in one transaction, so that a file never has both names or none.
enum NameChange: Sendable, Hashable {
    case create(String, Int32)
    case rename(String, String)
    case remove(String)
}
