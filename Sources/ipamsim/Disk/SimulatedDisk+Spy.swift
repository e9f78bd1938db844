import IPAMStore

/// The order spy: it watches every call on every simulated disk, and notes what no correct store
/// does, whether or not harm came of it this time.
extension SimulatedDisk.Contents {
    /// Files on which a start relies, as against those that are still being made, and those
    /// that are there for people.
    static func isState(_ name: String) -> Bool {
        (name.hasPrefix("checkpoint-") || name.hasPrefix("journal-")) && !name.hasSuffix(".tmp")
    }

    private static let blockBytes = 4096

    /// Whether everything rests on the platter that this process says it has stored: a checkpoint
    /// of its own, and all of its journals. Files of earlier lives do not count: they may live in
    /// the system's cache alone.
    var isEverythingStored: Bool {
        let own = names.filter { Self.isState($0.key) && files[$0.value]?.life == life }
        let hasCheckpoint = own.contains { $0.key.hasPrefix("checkpoint-") && isDurable($0.key) }
        return hasCheckpoint
            && own.keys.filter { $0.hasPrefix("journal-") }.allSatisfy(isDurable)
    }

    private func isDurable(_ name: String) -> Bool {
        guard let number = names[name], durableNames[name] == number else { return false }
        return files[number]?.isClean ?? false
    }

    private mutating func note(_ sentence: String) {
        if !isDead { violations.append(sentence) }
    }

    mutating func watchOpening(_ name: String, _ file: SimulatedFile?) {
        if !Self.isState(name), file?.life != life {
            note("\(name) is read, which an earlier process never finished")
        }
    }

    mutating func watchWriting(_ file: DiskFile, at offset: Int, _ bytes: [UInt8]) {
        watchUse(file, "written")
        guard Self.isState(file.name), let old = files[file.number]?.bytes else { return }
        if !offset.isMultiple(of: Self.blockBytes) {
            note("\(file.name) is written at \(offset), in the middle of a block")
        }
        let end = min(old.count, offset + bytes.count)
        if offset < end, old[offset..<end].contains(where: { $0 != 0 }) {
            note("\(file.name) is written at \(offset), where it has bytes already")
        }
    }

    mutating func watchSyncing(_ file: DiskFile) { watchUse(file, "synced") }

    private mutating func watchUse(_ file: DiskFile, _ what: String) {
        guard let known = files[file.number] else { return }
        if known.isPoisoned, known.life == life {
            note("\(file.name) is \(what) after a call on it had failed")
        }
        if known.life != life { note("\(file.name) is \(what), a file of an earlier process") }
    }

    mutating func watchRenaming(_ name: String, _ newName: String) {
        guard Self.isState(newName) else { return }
        if let number = names[name], let file = files[number] {
            if !file.isClean { note("\(name) gets its name \(newName) before it is synced") }
            if file.life != life { note("\(name) of an earlier process becomes \(newName)") }
        }
        if usedNames.contains(newName) || names[newName] != nil {
            note("\(newName) is the name of a second file")
        }
    }

    /// A file of state goes only once its successors are certain: their bytes synced, their names
    /// too, and a checkpoint of this process among them.
    mutating func watchRemoving(_ name: String) {
        guard Self.isState(name) else { return }
        for other in names.keys.sorted() where other != name && Self.isState(other) {
            guard let number = names[other], let file = files[number], file.life == life else {
                continue
            }
            if durableNames[other] != number {
                note("\(name) goes before the name of \(other) is durable")
            } else if !file.isClean, !file.isPoisoned {
                // A journal that has failed holds what was acknowledged, and the process ends; a
                // checkpoint that is made meanwhile does not count on the rest of it.
                note("\(name) goes before \(other) is synced")
            }
        }
        let hasSuccessor = names.contains {
            $0.key.hasPrefix("checkpoint-") && $0.key != name && files[$0.value]?.life == life
                && isDurable($0.key)
        }
        if !hasSuccessor { note("\(name) goes, and no checkpoint of this process is durable") }
    }

    mutating func watchSyncingDirectory() {
        if isDirectoryPoisoned { note("the directory is synced after that had failed") }
    }
}
