import ArgumentParser
import Glibc
import Seeded

/// `ipamtrial powercut`: a real file system loses its power under load.
///
/// What the file system had not yet handed to its device is lost, in whatever order it worked. What
/// a device keeps in a cache of its own is not tried here; the simulator does that.
struct PowerCutTrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "powercut",
        abstract: "Cuts the power of a real ext4 under load, and checks (needs root).")

    @OptionGroup var common: TrialOptions

    @Option(help: "How many times.")
    var count = 5

    @Option(help: "The longest time under power.", transform: Milliseconds.parse)
    var longest = 400

    private static let options = [
        "data=ordered,commit=300", "data=ordered,commit=1", "data=writeback,commit=300",
        "data=writeback,commit=1",
    ]
    private static let mebibytes = 96

    func run() throws {
        if let obstacle = Volume.obstacle { return print("powercut: skipped, \(obstacle)") }
        try Volume.enterNamespace()
        let folder = try TrialFolder()
        let volume = try Volume(in: folder, mebibytes: Self.mebibytes)
        try volume.mount(options: Self.options[0])
        try common.hold("powercut", state: "\(volume.mountPoint)/state") {
            (arena) throws(TrialError) in
            var generator = SeededGenerator(seed: common.seed)
            for cycle in 1...max(1, count) where arena.isSound {
                usleep(UInt32.random(in: 1000...UInt32(longest) * 1000, using: &generator))
                let isSudden = generator.chance(50)
                try arena.cycle { () throws(TrialError) in
                    try volume.cutPower()
                    end(arena, isSudden: isSudden)
                    try volume.unmount()
                    try volume.mount(options: Self.options[cycle % Self.options.count])
                    try arena.daemon.start()
                }
                common.progress(cycle, of: count, arena)
            }
            return "\(count) power cuts of an ext4 under load"
        }
        try volume.unmount()
        folder.remove()
    }

    /// The daemon goes with the power; or it lives on for a while, and has to find out by itself.
    private func end(_ arena: Arena, isSudden: Bool) {
        if isSudden {
            // It may have been quicker.
            _ = arena.daemon.program?.kill()
            _ = arena.daemon.kill()
            return arena.hold()
        }
        let end = arena.daemon.awaitEnd(seconds: 0.5)
        arena.hold()
        guard let end else { return arena.note(arena.daemon.kill()) }
        if end != .exit(2) {
            arena.note(
                Finding("without a disk the daemon ended with \(end)\n\(arena.daemon.log)"))
        }
    }
}
