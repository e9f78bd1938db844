internal import Glibc

/// Runs journalctl(1), which knows the files of the journal and who may read them.
struct Journalctl {
    /// The longest line that is read: more is no entry of ours.
    static let lineBytesMax = 1 << 20
    /// As much of what it complains about is kept.
    private static let errorBytesMax = 16 << 10

    /// What comes of its output, piece by piece.
    enum Output {
        case line(ArraySlice<UInt8>)
        /// A line that is longer than any entry of ours.
        case overlong
        /// Nothing more is there at the moment.
        case pause
    }

    private let arguments: [String]

    init(arguments: [String]) { self.arguments = arguments }

    /// Runs it to its end. Without a reader of our output it ends like any other filter.
    func run(_ each: (Output) throws -> Void) throws {
        let process = try Running(arguments)
        var isEnded = false
        // Whatever ends us, it does not go on for nobody.
        defer { if !isEnded { process.kill() } }
        var rest: [UInt8] = []
        var isSkipping = false
        while let bytes = try process.read() {
            rest += bytes
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                if isSkipping { isSkipping = false } else { try each(.line(rest[start..<end])) }
                start = end + 1
            }
            rest.removeSubrange(..<start)
            if rest.count > Self.lineBytesMax {
                if !isSkipping { try each(.overlong) }
                isSkipping = true
                rest = []
            }
            try each(.pause)
        }
        isEnded = true
        if !rest.isEmpty, !isSkipping { try each(.line(rest[...])) }
        try process.end()
    }

    /// The process and the pipes from it.
    private final class Running {
        private let pid: pid_t
        private let output: Int32
        private let errors: Int32
        private var isOutputOpen = true
        private var isErrorsOpen = true
        private var complaint: [UInt8] = []
        private var buffer = [UInt8](repeating: 0, count: 64 << 10)

        init(_ arguments: [String]) throws(Failure) {
            let (output, errors) = (try Self.pipe(), try Self.pipe())
            defer {
                close(output.write)
                close(errors.write)
            }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, output.write, 1)
            posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
            let words = (["journalctl"] + arguments).map { strdup($0) } + [nil]
            // Its complaints are read by us, and so they have to be in one language.
            let variables = (Self.environment + ["LC_ALL=C"]).map { strdup($0) } + [nil]
            defer { for text in words + variables { free(text) } }
            Interruption.unblock()
            var pid: pid_t = 0
            let result = posix_spawnp(&pid, "journalctl", &actions, nil, words, variables)
            guard result == 0 else {
                close(output.read)
                close(errors.read)
                let why = String(cString: strerror(result))
                throw Failure(
                    .unreachable, "journal",
                    "journalctl, which reads the system's journal, cannot be run: \(why)")
            }
            (self.pid, self.output, self.errors) = (pid, output.read, errors.read)
            Interruption.begin(pid)
        }

        deinit {
            close(output)
            close(errors)
        }

        private static var environment: [String] {
            var (variables, next) = ([String](), environ)
            while let variable = next.pointee {
                let text = String(cString: variable)
                if !text.hasPrefix("LC_ALL=") { variables.append(text) }
                next += 1
            }
            return variables
        }

        private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
            var ends: [Int32] = [-1, -1]
            guard Glibc.pipe(&ends) == 0 else {
                throw Failure(.ourMistake, "journal", String(cString: strerror(errno)))
            }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }

        /// Some output; nothing at its end.
        func read() throws(Failure) -> ArraySlice<UInt8>? {
            while isOutputOpen || isErrorsOpen {
                var polled = [
                    pollfd(fd: isOutputOpen ? output : -1, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: isErrorsOpen ? errors : -1, events: Int16(POLLIN), revents: 0),
                    // Only to learn that nobody reads any more.
                    pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
                ]
                guard poll(&polled, 3, -1) > 0 else { continue }
                if polled[2].revents & Int16(POLLERR) != 0 {
                    kill()
                    raise(SIGPIPE)
                }
                if polled[1].revents != 0 { try readComplaint() }
                if polled[0].revents != 0 {
                    let count = Glibc.read(output, &buffer, buffer.count)
                    if count > 0 { return buffer[..<count] }
                    isOutputOpen = false
                }
            }
            return nil
        }

        private func readComplaint() throws(Failure) {
            let count = Glibc.read(errors, &buffer, buffer.count)
            guard count > 0 else { return isErrorsOpen = false }
            if complaint.count < Journalctl.errorBytesMax { complaint += buffer[..<count] }
            // It would go on, and show what this user wrote himself.
            if isNotPermitted { throw Failure.journalNotPermitted }
        }

        private var complaintText: String { String(decoding: complaint, as: UTF8.self) }

        private var isNotPermitted: Bool {
            ["insufficient permissions", "not seeing messages from other users"]
                .contains(where: complaintText.contains)
        }

        func kill() {
            Glibc.kill(pid, SIGKILL)
            _ = wait()
        }

        private func wait() -> Int32 {
            Interruption.end()
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status
        }

        /// Waits for the end, and says what it complained about.
        func end() throws(Failure) {
            let status = wait()
            let lines = complaintText.split(separator: "\n").map { String($0).shownSafely }
            guard status != 0 else {
                for line in lines { StandardStreams.writeError("ipamc: journalctl: \(line)\n") }
                return
            }
            let how =
                status & 0x7f == 0
                ? "exit status \(status >> 8 & 0xff)" : "signal \(status & 0x7f)"
            let why = lines.last ?? how
            if why.contains("Failed to parse timestamp") {
                throw Failure.usage("\(why); times are like 2h, yesterday, \"2026-11-20 10:00\"")
            }
            throw Failure(.unreachable, "journal", "journalctl failed: \(why)")
        }
    }
}

/// Who ends us, or stops reading, ends journalctl too: while it follows a journal in which nothing
/// happens, it would not notice.
private enum Interruption {
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGPIPE]

    /// Unsafe, because a handler may read nothing that has a lock; it is written only while no
    /// handler is set.
    private nonisolated(unsafe) static var pid: pid_t = 0

    /// Who started us may have blocked them, and journalctl would inherit that.
    static func unblock() {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    static func begin(_ pid: pid_t) {
        self.pid = pid
        for number in signals {
            signal(number) { number in
                Glibc.kill(Interruption.pid, SIGKILL)
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    static func end() {
        for number in signals { signal(number, SIG_DFL) }
        pid = 0
    }
}

extension Failure {
    static let journalNotPermitted = Failure(
        .notPermitted, "not_permitted",
        """
        this user may not read the system's journal; join the group adm or systemd-journal (as \
        root: usermod -aG systemd-journal USER) and log in again
        """)
}
