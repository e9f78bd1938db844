import Seeded

/// One file: what is on the platter, and what programs see.
struct SimulatedFile: Sendable {
    static let sectorBytes = 512

    private var durable: [UInt8] = []
    private(set) var bytes: [UInt8] = []
    /// Sectors that were written since the last sync; they may overlap.
    private var pendingSectors: [Range<Int>] = []
    /// Sizes that the file had since the last sync, in their order.
    private var pendingSizes: [Int] = []
    /// Bytes that programs see and that no sync will write any more.
    private(set) var hasPhantoms = false
    /// A write or sync of it failed: nothing can be known of what is pending.
    var isPoisoned = false
    /// The process that made it, counted from 0.
    let life: Int

    init(life: Int) { self.life = life }

    var isClean: Bool { pendingSectors.isEmpty && pendingSizes.isEmpty && !hasPhantoms }

    mutating func write(_ new: [UInt8], at offset: Int) {
        guard !new.isEmpty else { return }
        let end = offset + new.count
        if bytes.count < end {
            bytes.extend(to: end)
            pendingSizes.append(end)
        }
        bytes.replaceSubrange(offset..<end, with: new)
        pendingSectors.append(Self.sectors(offset..<end))
    }

    mutating func sync() {
        // A sector that an earlier sync failed to write counts as written: nothing marks it.
        if hasPhantoms {
            for sector in sectors { keep(sector) }
        } else {
            durable = bytes
        }
        pendingSectors = []
        pendingSizes = []
    }

    /// A sync that failed. The system has given up on what it could not write, says so once, and
    /// shows it to everybody as long as it runs; a later sync succeeds and does not write it.
    mutating func failSync(_ choices: inout Choices) {
        let group = choices.group()
        for sector in sectors {
            switch group {
            case .allNew: keep(sector)
            case .allOld: continue
            case .each: if choices.choose(2) == 1 { keep(sector) }
            }
        }
        pendingSectors = []
        pendingSizes = []
        hasPhantoms = durable != bytes
    }

    /// Changes the bytes themselves, durably.
    mutating func overwrite(_ change: (inout [UInt8]) -> Void) {
        change(&bytes)
        durable = bytes
        pendingSectors = []
        pendingSizes = []
        hasPhantoms = false
    }

    private static func sectors(_ range: Range<Int>) -> Range<Int> {
        range.lowerBound / sectorBytes..<(range.upperBound + sectorBytes - 1) / sectorBytes
    }

    /// Those that are pending, each once.
    private var sectors: [Int] {
        var sectors: [Int] = []
        for range in pendingSectors.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let start = max(range.lowerBound, (sectors.last ?? -1) + 1)
            if start < range.upperBound { sectors.append(contentsOf: start..<range.upperBound) }
        }
        return sectors
    }

    private func range(of sector: Int, size: Int) -> Range<Int> {
        let start = min(sector * Self.sectorBytes, size)
        return start..<min(start + Self.sectorBytes, size)
    }

    /// Makes one sector durable, and the size that it needs.
    private mutating func keep(_ sector: Int) {
        let range = range(of: sector, size: bytes.count)
        durable.extend(to: range.upperBound)
        durable.replaceSubrange(range, with: bytes[range])
    }
}

// MARK: - After a power cut

extension SimulatedFile {
    /// What becomes of a sector that was being written.
    private enum Survival {
        case old
        case new
        case torn
    }

    /// The file after a power cut. Each sector that is pending is old, new or torn, the size is
    /// one of those that it had. If no start reads it, which is what `isRead` says and the order
    /// spy watches, three ends in all are enough.
    func afterPowerCut(_ choices: inout Choices, isRead: Bool) -> SimulatedFile {
        var survivor = SimulatedFile(life: life)
        if isClean {
            survivor.bytes = durable
            survivor.durable = durable
            return survivor
        }
        let group = isRead || choices.isDrawn ? choices.group() : nil
        let size: Int
        let all: Survival?
        switch group {
        case .allOld: (size, all) = (durable.count, .old)
        case .allNew: (size, all) = (lastSize, .new)
        case .each: (size, all) = (([durable.count] + pendingSizes)[sizeChoice(&choices)], nil)
        case nil:
            let one = Self.survival(&choices)
            (size, all) = (one == .old ? durable.count : lastSize, one)
        }
        survivor.bytes = Array(durable.prefix(size))
        survivor.bytes.extend(to: size)
        survivor.take(from: self, all: all, &choices)
        survivor.durable = survivor.bytes
        return survivor
    }

    private var lastSize: Int { pendingSizes.last ?? durable.count }

    private func sizeChoice(_ choices: inout Choices) -> Int {
        pendingSizes.isEmpty ? 0 : choices.choose(pendingSizes.count + 1)
    }

    private mutating func take(
        from file: SimulatedFile, all: Survival?, _ choices: inout Choices
    ) {
        var alike: [Range<Int>] = []
        for sector in file.sectors {
            let range = range(of: sector, size: bytes.count)
            guard !range.isEmpty else { continue }
            guard bytes[range] != file.bytes[range] || choices.isDrawn || all != nil else {
                alike.append(range)
                continue
            }
            take(range, from: file, all ?? Self.survival(&choices), &choices)
        }
        // Where old and new are the same there is nothing to choose but whether it tears, and one
        // choice for all of them: they are filling, or room for what comes.
        if !alike.isEmpty, choices.choose(2) == 1 {
            for range in alike { take(range, from: file, .torn, &choices) }
        }
    }

    private mutating func take(
        _ range: Range<Int>, from file: SimulatedFile, _ survival: Survival,
        _ choices: inout Choices
    ) {
        switch survival {
        case .old: break
        case .new: bytes.replaceSubrange(range, with: file.bytes[range])
        case .torn: tear(range, file, &choices)
        }
    }

    /// Listed, a torn sector is noise; drawn, it may be zeros or half of each as well.
    private mutating func tear(
        _ range: Range<Int>, _ file: SimulatedFile, _ choices: inout Choices
    ) {
        switch choices.isDrawn ? choices.choose(4) : 0 {
        case 1: for index in range { bytes[index] = 0 }
        case 2:
            let half = range.prefix(1 + choices.choose(range.count))
            bytes.replaceSubrange(half, with: file.bytes[half])
        default:
            var noise = choices.noise()
            for index in range { bytes[index] = UInt8(truncatingIfNeeded: noise.next() >> 32) }
        }
    }

    private static func survival(_ choices: inout Choices) -> Survival {
        switch choices.isDrawn ? choices.choose(8) : choices.choose(3) {
        case 0, 3, 5: .old
        case 1, 4, 6: .new
        default: .torn
        }
    }
}

extension [UInt8] {
    /// Fills up with zeros. As an array, which is copied fast without optimisation too.
    fileprivate mutating func extend(to size: Int) {
        if count < size { append(contentsOf: [UInt8](repeating: 0, count: size - count)) }
    }
}
