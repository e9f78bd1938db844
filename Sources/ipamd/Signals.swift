import Glibc
import NIOPosix

/// The signals that mean "stop".
enum Signals {
    private static var termination: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }

    /// Keeps the signals for ``awaitTermination(_:)``. Call it before any thread starts: threads
    /// inherit what is blocked.
    static func block() {
        var set = termination
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A client or a pipe of the log that has gone is an error of its write, and no more.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits on a thread of its own, which the end of the process ends.
    /// - Parameter then: Is called there with the name of each signal that comes.
    static func awaitTermination(_ then: @escaping @Sendable (String) -> Void) {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        thread.submit { _ in
            var set = termination
            var number: Int32 = 0
            while sigwait(&set, &number) == 0 { then(number == SIGINT ? "SIGINT" : "SIGTERM") }
        }
    }
}

/// What the system allows this process.
enum Resources {
    private static var descriptors: rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }

    static var descriptorsMax: Int { Int(clamping: descriptors.rlim_cur) }

    /// Raises the soft limit to the hard one: it is low for the sake of select(2) alone.
    static func useAllDescriptors() {
        var limit = descriptors
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// What the processor has done for this thread, in nanoseconds.
    static func processorTimeOfThread() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The number of this machine (machine-id(5)), by which the store knows its own files.
enum MachineID {
    /// 0 if the machine has none.
    static func read() -> UInt128 {
        let file = open("/etc/machine-id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 32)
        guard Glibc.read(file, &bytes, bytes.count) == bytes.count else { return 0 }
        return UInt128(String(decoding: bytes, as: UTF8.self), radix: 16) ?? 0
    }
}
