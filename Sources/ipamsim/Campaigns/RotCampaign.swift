import IPAM
import IPAMEngine
import IPAMStore
import Seeded

/// Bit rot: bits of state directories that a daemon left are flipped one at a time, and the
/// daemon starts. The bit was harmless, or an older copy made up for it, or the start is refused
/// with file and offset; never is anything served that was not so.
struct RotCampaign: Sendable {
    /// A state directory, and what is right.
    struct Image: Sendable {
        let name: String
        let contents: SimulatedDisk.Contents
        let resources: [Resource]
        let lsn: UInt64
        /// The files, and how many bytes come before each.
        let files: [(name: String, start: Int, count: Int)]
        /// The block of the newest journal that holds the last batch, if no seal follows it: no
        /// rule tells damage to it from a torn end. See FORMAT.md, "What is promised".
        let unsealed: (file: String, bytes: Range<Int>)?

        /// Whatever happens to this one, the older one makes up for it.
        var newestCheckpoint: String? {
            files.map(\.name).filter { $0.hasPrefix("checkpoint-") }.max()
        }

        var bitCount: Int { 8 * (files.last.map { $0.start + $0.count } ?? 0) }
    }

    /// What came of a damage.
    enum Outcome: CaseIterable, Sendable {
        case harmless
        case repaired
        case refused
        /// The last batch is gone: the one thing that is not promised.
        case tornAway
    }

    let images: [Image]
    private(set) var counts: [Outcome: Int] = [:]
    private(set) var tally = Tally()

    init() { images = Self.directories.map { Self.image($0.name, $0.steps) } }

    var bitCount: Int { images.reduce(0) { $0 + $1.bitCount } }

    /// Flips one bit, counted through all images and files, and starts.
    mutating func flip(_ bit: Int) {
        precondition((0..<bitCount).contains(bit), "The bit lies in one of the images.")
        var rest = bit
        for image in images {
            guard rest >= image.bitCount else { return flip(rest, of: image, number: bit) }
            rest -= image.bitCount
        }
    }

    private mutating func flip(_ bit: Int, of image: Image, number: Int) {
        guard let file = image.files.last(where: { $0.start <= bit / 8 }) else { return }
        let place = bit - 8 * file.start
        damage(image, "bit \(number)", file.name, at: place / 8) {
            $0.flipBit(of: file.name, at: place)
        }
    }

    /// Damages of whole sectors and files: each sector zeros and noise, each file cut off after
    /// each of its blocks, and gone.
    mutating func damageSectorsAndFiles() {
        for image in images {
            for file in image.files {
                damageSectors(of: file.name, file.count, image)
                for end in stride(from: 0, to: file.count, by: 4096) {
                    damage(image, "cut off at \(end)", file.name, at: end) { disk in
                        disk.overwrite(file.name) { $0.removeSubrange(end...) }
                    }
                }
                damage(image, "lost", file.name, at: 0) { $0.lose(file.name) }
            }
        }
    }

    private mutating func damageSectors(of name: String, _ count: Int, _ image: Image) {
        for start in stride(from: 0, to: count, by: SimulatedFile.sectorBytes) {
            let end = min(count, start + SimulatedFile.sectorBytes)
            for isNoise in [false, true] {
                let what = "sector at \(start) \(isNoise ? "noise" : "zeros")"
                damage(image, what, name, at: start) { disk in
                    var noise = SeededGenerator(seed: UInt64(start))
                    disk.overwrite(name) { bytes in
                        for index in start..<end {
                            bytes[index] = isNoise ? UInt8(truncatingIfNeeded: noise.next()) : 0
                        }
                    }
                }
            }
        }
    }

    /// Does something to a copy of an image, at a byte of a file, and judges the start on it.
    private mutating func damage(
        _ image: Image, _ what: String, _ file: String, at offset: Int,
        _ change: (SimulatedDisk) -> Void
    ) {
        let disk = SimulatedDisk(image.contents)
        change(disk)
        tally.damageCount += 1
        let isSeen = Store.check(disk).contains { $0.severity == .damage }
        let world = World(clientCount: 0, isAttentive: true, seed: 1)
        var faults: [String] = []
        switch Host.start(on: disk, world) {
        case .serving(let host):
            guard let outcome = image.outcome(of: host, file, offset) else {
                faults.append("served \(host.ledger.lsn), which is not what was")
                break
            }
            counts[outcome, default: 0] += 1
            if outcome == .repaired, !isSeen { faults.append("repaired, and a check sees nothing") }
        case .refused(.damaged):
            counts[.refused, default: 0] += 1
            if !isSeen { faults.append("refused, and a check sees nothing") }
            if file == image.newestCheckpoint {
                faults.append("refused, though the older checkpoint and the journals hold it all")
            }
        case .refused(let error), .readOnly(_, let error):
            faults.append("ended otherwise than as damaged: \(error)")
        }
        tally.note(faults + disk.violations, "image \(image.name), \(file), \(what)")
    }
}

extension RotCampaign.Image {
    /// What a start that serves has made of a damage; nothing if it is wrong.
    fileprivate func outcome(
        of host: Host, _ file: String, _ offset: Int
    ) -> RotCampaign.Outcome? {
        if host.ledger.lsn == lsn {
            guard host.ledger.state.allResources == resources else { return nil }
            let isRepaired = host.recovery.notes.contains { $0.contains("made up for it") }
            return isRepaired ? .repaired : .harmless
        }
        guard let unsealed, unsealed.file == file, unsealed.bytes.contains(offset),
            host.ledger.lsn == lsn - 1
        else { return nil }
        return .tornAway
    }
}

// MARK: - The images

extension RotCampaign {
    /// Enough for a checkpoint of some blocks and several segments, twice.
    private static let busy: [Workload.Step] = {
        var steps = [Workload.ask(Workload.root("root", "10.0.0.0/20")), .commit]
        for batch in 0..<6 {
            steps += (0..<12).map { Workload.ask(Workload.request("n\(batch)-\($0)", 28)) }
            steps.append(.commit)
        }
        steps += [.quiet, .checkpoint]
        for note in 0..<4 {
            steps += [Workload.ask(Workload.note("10.0.0.0/20", "\(note)")), .commit]
        }
        steps += [Workload.ask(.release(.init(names: ["n0-1", "n3-3"]))), .commit]
        return steps + [Workload.ask(Workload.request("last", 28)), .commit]
    }()

    private static let directories: [(name: String, steps: [Workload.Step])] = [
        ("sealed", busy + [.quiet, .kill]),
        ("unsealed", busy + [.kill]),
        ("started again", busy + [.kill, .kill]),
        ("stopped", busy + [.restart]),
    ]

    private static func image(_ name: String, _ steps: [Workload.Step]) -> Image {
        var history = History(World(clientCount: 1, isAttentive: true, seed: 1), seed: 1)
        history.prepare(steps)
        precondition(history.faults.isEmpty, "The images are made without a fault.")
        let contents = history.disk.now
        guard case .serving(let host) = Host.start(on: SimulatedDisk(contents), history.world)
        else { preconditionFailure("An image that is whole is served.") }
        var files: [(name: String, start: Int, count: Int)] = []
        for file in history.disk.fileNames {
            let start = files.last.map { $0.start + $0.count } ?? 0
            files.append((file, start, history.disk.bytes(of: file).count))
        }
        return Image(
            name: name, contents: contents, resources: host.ledger.state.allResources,
            lsn: host.ledger.lsn, files: files,
            unsealed: name == "unsealed" ? lastBlock(of: history.disk) : nil)
    }

    /// The last block of the newest journal that holds anything.
    private static func lastBlock(
        of disk: SimulatedDisk
    ) -> (file: String, bytes: Range<Int>)? {
        guard let journal = disk.fileNames.filter({ $0.hasPrefix("journal-") }).max(),
            let last = disk.bytes(of: journal).lastIndex(where: { $0 != 0 })
        else { return nil }
        let start = last / 4096 * 4096
        return (journal, start..<start + 4096)
    }
}
