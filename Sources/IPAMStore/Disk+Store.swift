/// The calls of a disk as the store makes them.
extension Disk {
    /// Makes a file afresh. One that an earlier attempt left behind is removed first: nothing
    /// was ever built on it.
    func replace(_ file: StoreFile) throws(StoreError) -> DiskFile {
        do throws(DiskError) {
            if try names().contains(file.name) { try remove(file.name) }
            return try create(file.name)
        } catch {
            throw .disk(error)
        }
    }

    func storeWrite(_ file: DiskFile, at offset: UInt64, _ bytes: [UInt8]) throws(StoreError) {
        do throws(DiskError) {
            try write(file, at: offset, bytes)
        } catch {
            throw .disk(error)
        }
    }

    func storeSync(_ file: DiskFile) throws(StoreError) {
        do throws(DiskError) {
            try sync(file)
        } catch {
            throw .disk(error)
        }
    }

    /// Gives a file its final name for good.
    func publish(_ file: StoreFile, as newFile: StoreFile) throws(StoreError) {
        do throws(DiskError) {
            try rename(file.name, to: newFile.name)
            try syncDirectory()
        } catch {
            throw .disk(error)
        }
    }

    /// Opens a file of the state directory; what cannot be opened is damage.
    func reader(_ file: StoreFile) throws(StoreError) -> (FrameReader, DiskFile) {
        try reader(file.name)
    }

    func reader(_ name: String) throws(StoreError) -> (FrameReader, DiskFile) {
        let handle: DiskFile
        do throws(DiskError) {
            handle = try open(name)
        } catch {
            throw .damaged(file: name, offset: 0, sentence: error.description)
        }
        do throws(StoreError) {
            return (try FrameReader(self, handle), handle)
        } catch {
            close(handle)
            throw error
        }
    }

    /// Makes a file of zeros in whole, synced, with a durable name. Overwriting blocks that
    /// already exist is faster to sync than letting the file grow, and cannot run out of room.
    func prepare(
        _ file: StoreFile, bytes count: Int, beginning: [UInt8] = []
    ) throws(StoreError) -> DiskFile {
        let handle = try replace(file)
        do throws(StoreError) {
            if !beginning.isEmpty { try storeWrite(handle, at: 0, beginning) }
            let zeros = [UInt8](repeating: 0, count: min(count, 1 << 20))
            var offset = beginning.count
            while offset < count {
                let part = count - offset
                let bytes = part < zeros.count ? Array(zeros[..<part]) : zeros
                try storeWrite(handle, at: UInt64(offset), bytes)
                offset += bytes.count
                if UInt64(offset) % StoreLimits.unsyncedBytesMax < UInt64(bytes.count) {
                    try storeSync(handle)
                }
            }
            try storeSync(handle)
            do throws(DiskError) { try syncDirectory() } catch { throw StoreError.disk(error) }
            return handle
        } catch {
            close(handle)
            throw error
        }
    }

    /// Removes what no recovery needs any more: whole generations before `generation`, and what
    /// was never finished. Checkpoints go first, so that none stands without its journal.
    ///
    /// - Precondition: everything from `generation` on is durable, names included.
    /// - Returns: the names that were removed.
    func removeBefore(_ generation: UInt64) throws(StoreError) -> [String] {
        do throws(DiskError) {
            let inventory = try Inventory(self)
            var old = inventory.checkpoints.filter { $0 < generation }.map(StoreFile.checkpoint)
            old += inventory.journals.filter { $0 < generation }.map(StoreFile.journal)
            old += inventory.unfinished.filter { ($0.generation ?? generation) < generation }
            old += inventory.torn.sorted().dropLast(StoreLimits.tornFilesMax)
                .map(StoreFile.torn)
            for file in old { try remove(file.name) }
            if !old.isEmpty { try syncDirectory() }
            return old.map(\.name)
        } catch {
            throw .disk(error)
        }
    }
}

extension DiskFile {
    /// The same open file by the name that it has now.
    func named(_ file: StoreFile) -> DiskFile { DiskFile(number: number, name: file.name) }
}

/// Bounds of the store.
enum StoreLimits {
    /// So much of a checkpoint or of a new segment is written between two syncs: the journal,
    /// which has a sync for each batch, never finds more than this before it in the queue of the
    /// disk.
    static let unsyncedBytesMax: UInt64 = 2 << 20
    /// Copies of torn ends that are kept for whoever wants to look.
    static let tornFilesMax = 8
    /// The largest log sequence number and the largest generation that are read. Those that come
    /// after it still have room: a number is part of a uid, where it has 48 bits.
    static let numberMax: UInt64 = (1 << 47) - 1
}
