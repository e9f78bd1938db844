import Glibc

/// A machine with the group ipam and a journal of its own, for this process and its children
/// alone: both are mounts in a namespace that ends with them.
enum Surroundings {
    /// Numbers that hardly any machine has given to somebody.
    static let group: UInt32 = 60_900
    static let goodUser: UInt32 = 60_901
    static let agents: [UInt32] = [60_902, 60_903]
    static let strangers: [UInt32] = [60_904, 60_905]

    private static let groupFile = "/etc/group"
    private static let runtime = "/run"

    /// Why this machine cannot hold such a trial; nothing if it can.
    static var obstacle: String? {
        if geteuid() != 0 { return "only root may become other users" }
        for program in ["mount", "unshare"] where !Program.exists(program) {
            return "\(program) is not installed"
        }
        do throws(TrialError) {
            try Program.run(["unshare", "--mount", "true"])
        } catch {
            return "no mount namespace can be made"
        }
        return nil
    }

    /// Both mounts, and the journal that listens there.
    static func make(in folder: TrialFolder) throws(TrialError) -> FakeJournal {
        guard !folder.path.hasPrefix(runtime) else {
            throw .failed("TMPDIR must not be below \(runtime), which this trial hides")
        }
        let groups = "\(folder.path)/group"
        try write("root:x:0:\nipam:x:\(group):\n", to: groups)
        try Program.run(["mount", "--bind", groups, groupFile])
        try Program.run(["mount", "-t", "tmpfs", "-o", "mode=755", "ipamtrial", runtime])
        for path in ["/systemd", "/systemd/journal"] {
            guard mkdir(runtime + path, 0o755) == 0 else {
                throw .call("make \(runtime)\(path)", errno: errno)
            }
        }
        return try FakeJournal(path: "\(runtime)/systemd/journal/socket")
    }

    private static func write(_ text: String, to path: String) throws(TrialError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .call("make \(path)", errno: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw .call("write \(path)", errno: errno)
        }
    }

    /// Becomes another user, for good. Its processes may only have what is left over.
    static func become(user: UInt32, group: UInt32, niceness: Int32) throws(TrialError) {
        var groups = [group]
        guard setgroups(group == user ? 0 : 1, &groups) == 0, setgid(group) == 0,
            setuid(user) == 0
        else { throw .call("become user \(user)", errno: errno) }
        guard setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) == 0 else {
            throw .call("be nice", errno: errno)
        }
    }
}

/// What a process has taken, as the kernel counts it.
enum Footprint {
    /// Processor time since its start, in seconds.
    static func processorSeconds(of pid: pid_t) -> Double {
        // Behind the name, which may hold anything, times are the 12th and 13th word.
        let text = TrialFolder.head(of: "/proc/\(pid)/stat")
        let words = text.drop { $0 != ")" }.split(separator: " ").dropFirst()
        let ticks = words.dropFirst(11).prefix(2).compactMap { Double($0) }.reduce(0, +)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Forgets the highest resident memory so far (proc(5), clear_refs).
    static func forgetPeak(of pid: pid_t) {
        let file = open("/proc/\(pid)/clear_refs", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = write(file, "5", 1)
    }

    /// The highest value of its resident memory, in bytes.
    static func peak(of pid: pid_t) -> Int {
        let lines = TrialFolder.head(of: "/proc/\(pid)/status").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("VmHWM:") }) else { return 0 }
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        return words.count > 1 ? (Int(words[1]) ?? 0) << 10 : 0
    }
}

extension TrialFolder {
    /// The first bytes of a file, whose size the kernel may not say.
    static func head(of path: String, bytes: Int = 64 << 10) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: bytes)
        let count = read(file, &buffer, bytes)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
