import Glibc

/// A real ext4 in an image of its own, which can lose its power and can be filled.
final class Volume {
    let mountPoint: String
    private let image: String
    private let filler: String
    private var isMounted = false

    /// `_IOR('X', 125, __u32)` of the kernel's ext4: ends the file system at once.
    private static let shutdown: UInt = 0x8004_587d
    /// EXT4_GOING_FLAGS_NOLOGFLUSH: what was not written yet never is, the journal's neither.
    private static let withoutFlush: UInt32 = 2

    init(in folder: TrialFolder, mebibytes: Int) throws(TrialError) {
        mountPoint = "\(folder.path)/volume"
        image = "\(folder.path)/image"
        filler = "\(mountPoint)/filler"
        mkdir(mountPoint, 0o700)
        let file = open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0, ftruncate(file, off_t(mebibytes) << 20) == 0 else {
            throw .call("make \(image)", errno: errno)
        }
        close(file)
        try Program.run(["mkfs.ext4", "-q", "-F", "-m", "0", image])
    }

    deinit {
        do throws(TrialError) { try unmount() } catch {
            // It goes with the mount namespace of this process.
        }
    }

    /// Why this machine cannot hold such a trial; nothing if it can.
    static var obstacle: String? {
        if geteuid() != 0 { return "only root may mount file systems" }
        for program in ["mkfs.ext4", "mount", "umount", "unshare"] where !Program.exists(program) {
            return "\(program) is not installed"
        }
        if access("/dev/loop-control", R_OK | W_OK) != 0 { return "there are no loop devices" }
        do throws(TrialError) {
            try Program.run(["unshare", "--mount", "true"])
        } catch {
            return "no mount namespace can be made"
        }
        return nil
    }

    /// Goes on as the same program in a mount namespace of its own, so that no mount outlives it.
    static func enterNamespace() throws(TrialError) {
        let mark = "IPAMTRIAL_NAMESPACE"
        guard getenv(mark) == nil else { return }
        setenv(mark, "1", 1)
        let words =
            ["unshare", "--mount", "--propagation", "private", "/proc/self/exe"]
            + CommandLine.arguments.dropFirst()
        // The link names this program until the next one takes its place, and that is unshare.
        var own = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard readlink("/proc/self/exe", &own, own.count - 1) > 0 else {
            throw .call("find this program", errno: errno)
        }
        var arguments = words.map { strdup($0) } + [nil]
        arguments[4] = strdup(own)
        execvp("unshare", arguments)
        throw .call("start unshare", errno: errno)
    }

    func mount(options: String) throws(TrialError) {
        try Program.run(
            ["mount", "-t", "ext4", "-o", "loop,noatime,\(options)", image, mountPoint])
        isMounted = true
    }

    /// Also after its power has gone. Who still has a file of it open is waited for.
    func unmount() throws(TrialError) {
        guard isMounted else { return }
        var tries = 50
        while true {
            do throws(TrialError) {
                try Program.run(["umount", mountPoint])
                break
            } catch {
                tries -= 1
                if tries == 0 { throw error }
                usleep(20_000)
            }
        }
        isMounted = false
    }

    /// The power goes: nothing more reaches the image, and every call on it fails.
    func cutPower() throws(TrialError) {
        let root = open(mountPoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw .call("open \(mountPoint)", errno: errno) }
        defer { close(root) }
        var flags = Self.withoutFlush
        guard ioctl(root, Self.shutdown, &flags) == 0 else {
            throw .call("cut the power of \(mountPoint)", errno: errno)
        }
    }

    // MARK: Room

    /// Takes all the room that there is.
    func fill() {
        let file = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        var size = 1 << 20
        while size >= 512 {
            let bytes = [UInt8](repeating: 0xff, count: size)
            if write(file, bytes, size) < size { size /= 2 }
        }
        fsync(file)
    }

    /// Gives it back.
    func empty() { unlink(filler) }
}
