import ArgumentParser
import Glibc
import IPAM
import IPAMClient

/// `ipamtrial fulldisk`: the disk of the state directory is full, and empty again.
struct FullDiskTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fulldisk",
        abstract: "Fills the disk of the state directory under load, and checks (needs root).")

    @OptionGroup var common: TrialOptions

    @Option(help: "How many times.")
    var count = 1

    private static let mebibytes = 24
    /// Past the longest pause between two tries of the daemon.
    private static let recoverySeconds = 70.0
    /// Releases that are tried of a full disk.
    private static let releasesOnFullDisk = 20
    /// How long it may take until the room that is kept ready is used up.
    private static let fillSeconds = 20.0

    func run() throws {
        if let obstacle = Volume.obstacle { return print("fulldisk: skipped, \(obstacle)") }
        try Volume.enterNamespace()
        let folder = try TrialFolder()
        let volume = try Volume(in: folder, mebibytes: Self.mebibytes)
        try volume.mount(options: "commit=5")
        try common.hold("fulldisk", state: "\(volume.mountPoint)/state") {
            (arena) throws(TrialError) in
            var recovered: [String] = []
            var started: [String] = []
            var releaseCounts: [String] = []
            for round in 1...max(1, count) where arena.isSound {
                releaseCounts.append("\(try fillUnderLoad(arena, volume, round))")
                recovered.append("\(try comeBack(arena, volume, round)) ms")
                started.append("\(try startOnFullDisk(arena, volume, round)) ms")
                common.progress(round, of: count, arena)
            }
            return """
                \(count) times full, by itself well again after \
                \(recovered.joined(separator: ", ")), \(releaseCounts.joined(separator: ", ")) of \
                \(Self.releasesOnFullDisk) releases from the reserve, \(count) starts on a full \
                disk, well after \(started.joined(separator: ", "))
                """
        }
        try volume.unmount()
        folder.remove()
    }

    private func wanted(_ round: Int, _ name: String) -> Ask {
        .command(
            .request(
                Command.Request(
                    namespace: Roots.namespace, name: "full-\(round)-\(name)", prefixLength: 128,
                    parent: "six")))
    }

    private var everything: Ask {
        .list(Query.List(kind: .prefixAllocation, namespace: Roots.namespace))
    }

    /// The disk is full, and one client alone uses up the room that is kept ready. Then requests
    /// are refused, while looks and releases go on: these have a reserve. Then all clients come
    /// back, and use that up too. Returns how many releases it had room for.
    private func fillUnderLoad(
        _ arena: Arena, _ volume: Volume, _ round: Int
    ) throws(TrialError) -> Int {
        usleep(200_000)
        volume.fill()
        try arena.settle()
        let deadline = Clock.now + UInt64(Self.fillSeconds * 1e9)
        var isFull = false
        var count = 0
        while Clock.now < deadline, !isFull {
            // A checkpoint gives room back that old files had.
            if count.isMultiple(of: 16) { volume.fill() }
            count += 1
            let name = "\(Clock.now)"
            if case .refused(.storageFull, _) = arena.ask(wanted(round, name)) { isFull = true }
            let release = Command.Release(
                namespace: Roots.namespace, names: ["full-\(round)-\(name)"])
            if !isFull { _ = arena.ask(.command(.release(release))) }
        }
        if !isFull { arena.note(Finding("a full disk refuses nothing")) }
        if case .answered = arena.ask(everything) {
        } else {
            arena.note(Finding("a full disk ends looks"))
        }
        let releaseCount = try releaseSome(arena)
        try arena.settle()
        arena.letGo()
        usleep(500_000)
        if case .answered = arena.ask(everything) {
        } else {
            arena.note(Finding("a full disk under load ends looks"))
        }
        return releaseCount
    }

    /// Nobody else asks here, so the reserve is this trial's alone. Returns how many releases it
    /// had room for, up to a number; that it has room for one is promised.
    private func releaseSome(_ arena: Arena) throws(TrialError) -> Int {
        let things = try DirectoryReader.dump(arena.daemon).things
        let own = things.filter { $0.key.kind == .prefixAllocation && $0.controller == nil }
        if own.isEmpty { arena.note(Finding("there is nothing to release")) }
        for (count, thing) in own.prefix(Self.releasesOnFullDisk).enumerated() {
            let release = Command.Release(namespace: Roots.namespace, names: [thing.key.name])
            let outcome = arena.ask(.command(.release(release)))
            if case .answered = outcome { continue }
            if count == 0 {
                arena.note(Finding("on a full disk a release is told: \(outcome)"))
            }
            return count
        }
        return min(own.count, Self.releasesOnFullDisk)
    }

    /// With room on the disk everything is served again, and nobody has to do anything.
    /// Returns after how many milliseconds.
    private func comeBack(
        _ arena: Arena, _ volume: Volume, _ round: Int
    ) throws(TrialError) -> UInt64 {
        volume.empty()
        let start = Clock.now
        let deadline = start + UInt64(Self.recoverySeconds * 1e9)
        while Clock.now < deadline {
            switch arena.ask(wanted(round, "again-\(Clock.now)")) {
            // Space of the root may be gone; that is said of what the daemon would do.
            case .answered, .refused(.noRoom, _):
                try arena.settle()
                arena.letGo()
                return (Clock.now - start) / 1_000_000
            case .refused, .nothingChanged, .unknown: usleep(50_000)
            }
        }
        arena.note(Finding("with room on the disk it does not come back by itself"))
        return 0
    }

    /// A start that cannot write serves what is there, says no to the rest, and serves everything
    /// when there is room. Returns after how many milliseconds.
    private func startOnFullDisk(
        _ arena: Arena, _ volume: Volume, _ round: Int
    ) throws(TrialError) -> UInt64 {
        try arena.cycle { () throws(TrialError) in
            volume.fill()
            arena.note(arena.daemon.kill())
            arena.hold()
            volume.fill()
            try arena.daemon.start()
        }
        let outcome = arena.ask(wanted(round, "start"))
        switch outcome {
        case .refused(.storageFull, _), .answered, .refused(.noRoom, _), .refused(.busy, _): break
        case .refused, .nothingChanged, .unknown:
            arena.note(Finding("a start on a full disk tells a request: \(outcome)"))
        }
        usleep(200_000)
        let time = try comeBack(arena, volume, round)
        let status = try DirectoryReader.ask(arena.daemon) { (client) throws(ClientError) in
            try client.status()
        }
        if status.value.mode != .ok {
            arena.note(Finding("after all it is \(status.value.mode)"))
        }
        return time
    }
}
