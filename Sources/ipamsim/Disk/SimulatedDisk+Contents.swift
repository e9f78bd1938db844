import IPAMStore

extension SimulatedDisk {
    /// The directory and its files, and what the order spy remembers.
    struct Contents: Sendable {
        static let absent: Int32 = 2
        private static let exists: Int32 = 17
        private static let inputOutputError: Int32 = 5
        private static let noSpace: Int32 = 28

        var plan: FaultPlan
        /// The calls of this process so far that change something, and those that only look.
        private(set) var callCount = 0
        private(set) var lookCount = 0
        private(set) var isDead = false
        /// What was asked last.
        private(set) var last: (operation: DiskError.Operation, name: String) = (.list, ".")
        var violations: [String] = []
        /// How many processes there were before.
        var life = 0
        /// A sync of the directory failed.
        var isDirectoryPoisoned = false
        /// The room for all files together, if it is bounded.
        var capacityBytes: Int?

        var files: [Int32: SimulatedFile] = [:]
        var names: [String: Int32] = [:]
        var durableNames: [String: Int32] = [:]
        var nameChanges: [NameChange] = []
        /// Names of state that were durable at some time: no file may have one of them again.
        var usedNames: Set<String> = []
        private var nextNumber: Int32 = 3

        init(_ plan: FaultPlan) { self.plan = plan }

        /// The same for the next process.
        func nextLife(_ plan: FaultPlan) -> Contents {
            var next = self
            next.plan = plan
            next.callCount = 0
            next.lookCount = 0
            next.isDead = false
            next.violations = []
            next.life += 1
            next.isDirectoryPoisoned = false
            return next
        }

        mutating func lose(_ name: String) {
            names[name] = nil
            durableNames[name] = nil
            // Who takes a file away takes away what said that its name was used.
            usedNames.remove(name)
        }

        // MARK: Looking

        mutating func look(_ operation: DiskError.Operation, _ name: String) throws(DiskError) {
            try requirePower(operation, name)
            let index = lookCount
            lookCount += 1
            if plan.failsLook(index) { throw DiskError(operation, name, code: plan.errorCode) }
        }

        mutating func open(_ name: String) throws(DiskError) -> DiskFile {
            try look(.open, name)
            guard let number = names[name] else {
                throw DiskError(.open, name, code: Self.absent)
            }
            watchOpening(name, files[number])
            return DiskFile(number: number, name: name)
        }

        private func requirePower(
            _ operation: DiskError.Operation, _ name: String
        ) throws(DiskError) {
            if isDead { throw DiskError(operation, name, code: Self.inputOutputError) }
        }

        // MARK: Changing

        /// Counts a call that changes something; says whether the power goes off within it.
        private mutating func begin(
            _ operation: DiskError.Operation, _ name: String
        ) throws(DiskError) -> Bool {
            try requirePower(operation, name)
            let index = callCount
            callCount += 1
            last = (operation, name)
            if index == plan.powerCutAt {
                isDead = true
                return true
            }
            if plan.failsChange(index) { throw DiskError(operation, name, code: plan.errorCode) }
            return false
        }

        private func powerCut(_ operation: DiskError.Operation, _ name: String) -> DiskError {
            DiskError(operation, name, code: Self.inputOutputError)
        }

        mutating func create(_ name: String) throws(DiskError) -> DiskFile {
            let isCut = try begin(.create, name)
            guard names[name] == nil else { throw DiskError(.create, name, code: Self.exists) }
            let number = nextNumber
            nextNumber += 1
            files[number] = SimulatedFile(life: life)
            names[name] = number
            nameChanges.append(.create(name, number))
            if isCut { throw powerCut(.create, name) }
            return DiskFile(number: number, name: name)
        }

        mutating func write(
            _ file: DiskFile, at offset: Int, _ bytes: [UInt8]
        ) throws(DiskError) {
            watchWriting(file, at: offset, bytes)
            let isCut: Bool
            do throws(DiskError) {
                isCut = try begin(.write, file.name)
                try requireRoom(file, end: offset + bytes.count)
            } catch {
                if !isDead {
                    let count = count(of: plan.part, in: bytes.count)
                    let room = capacityBytes == nil ? bytes.count : room(for: file, at: offset)
                    files[file.number]?.write(Array(bytes.prefix(min(count, room))), at: offset)
                    files[file.number]?.isPoisoned = true
                }
                throw error
            }
            files[file.number]?.write(bytes, at: offset)
            if isCut { throw powerCut(.write, file.name) }
        }

        private func count(of part: FaultPlan.Part, in count: Int) -> Int {
            switch part {
            case .nothing: 0
            case .half: count / 2
            case .odd: count * 2 / 3 + 7
            case .everything: count
            }
        }

        private func requireRoom(_ file: DiskFile, end: Int) throws(DiskError) {
            guard capacityBytes != nil, let size = files[file.number]?.bytes.count, end > size,
                end - size > room(for: file, at: size)
            else { return }
            throw DiskError(.write, file.name, code: Self.noSpace)
        }

        /// How far a write may go from an offset: over what is there, and into what is left.
        private func room(for file: DiskFile, at offset: Int) -> Int {
            let numbers = Set(names.values).union(durableNames.values)
            let used = numbers.reduce(0) { $0 + (files[$1]?.bytes.count ?? 0) }
            let size = files[file.number]?.bytes.count ?? 0
            return max(0, (capacityBytes ?? .max) - used) + max(0, size - offset)
        }

        /// The first half of a sync: it fails here, or the power goes before all is on the platter.
        mutating func beginSync(_ file: DiskFile) throws(DiskError) {
            watchSyncing(file)
            do throws(DiskError) {
                if try begin(.sync, file.name) { throw powerCut(.sync, file.name) }
            } catch {
                if !isDead {
                    var choices = Choices(seed: UInt64(callCount))
                    files[file.number]?.failSync(&choices)
                    files[file.number]?.isPoisoned = true
                }
                throw error
            }
        }

        mutating func endSync(_ file: DiskFile) { files[file.number]?.sync() }

        mutating func rename(_ name: String, _ newName: String) throws(DiskError) {
            let isCut = try begin(.rename, name)
            guard let number = names[name] else {
                throw DiskError(.rename, name, code: Self.absent)
            }
            watchRenaming(name, newName)
            names[name] = nil
            names[newName] = number
            nameChanges.append(.rename(name, newName, number))
            if isCut { throw powerCut(.rename, name) }
        }

        mutating func remove(_ name: String) throws(DiskError) {
            let isCut = try begin(.remove, name)
            guard names[name] != nil else { throw DiskError(.remove, name, code: Self.absent) }
            watchRemoving(name)
            names[name] = nil
            nameChanges.append(.remove(name))
            if isCut { throw powerCut(.remove, name) }
        }

        mutating func beginDirectorySync() throws(DiskError) {
            watchSyncingDirectory()
            do throws(DiskError) {
                if try begin(.syncDirectory, ".") { throw powerCut(.syncDirectory, ".") }
            } catch {
                if !isDead { failDirectorySync() }
                throw error
            }
        }

        mutating func endDirectorySync() {
            for change in nameChanges { change.apply(to: &durableNames) }
            nameChanges = []
            usedNames.formUnion(durableNames.keys.filter(Self.isState))
        }

        /// As with a file: what did not become durable now is shown, and never will be.
        private mutating func failDirectorySync() {
            var choices = Choices(seed: UInt64(callCount))
            for change in nameChanges where choices.choose(2) == 1 {
                change.apply(to: &durableNames)
            }
            nameChanges = []
            isDirectoryPoisoned = true
        }
    }
}

// MARK: - After a power cut

extension SimulatedDisk.Contents {
    /// What the next start finds. Each pending sector, size and name is chosen for itself.
    func afterPowerCut(_ choices: inout Choices, _ plan: FaultPlan) -> Self {
        var survivor = nextLife(plan)
        survivor.names = durableNames
        let group = choices.group()
        for change in nameChanges {
            let survives =
                switch group {
                case .allOld: false
                case .allNew: true
                case .each: choices.choose(2) == 0
                }
            if survives { change.apply(to: &survivor.names) }
        }
        survivor.durableNames = survivor.names
        survivor.nameChanges = []
        survivor.usedNames.formUnion(survivor.names.keys.filter(Self.isState))
        survivor.files = [:]
        for (name, number) in survivor.names.sorted(by: { $0.key < $1.key }) {
            survivor.files[number] = files[number]?.afterPowerCut(
                &choices, isRead: Self.isState(name))
        }
        return survivor
    }
}

/// A change of names that may or may not survive, as one: the usual file systems of Linux make a
/// renaming durable in one step, so that a file never has both names or none.
enum NameChange: Sendable, Hashable {
    case create(String, Int32)
    case rename(String, String, Int32)
    case remove(String)

    /// A renaming brings the file with it, whether or not its former name ever survived.
    func apply(to names: inout [String: Int32]) {
        switch self {
        case .create(let name, let number): names[name] = number
        case .rename(let name, let newName, let number):
            names[name] = nil
            names[newName] = number
        case .remove(let name): names[name] = nil
        }
    }
}
