import Glibc

/// Who ends a run early leaves no gigabytes behind. The processes of the bench end with it.
enum Interruption {
    /// `rm -rf FOLDER`, as posix_spawn wants it.
    // Written once, before the handlers are set, and only read by them.
    nonisolated(unsafe) private static var words:
        UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

    static func removes(_ folder: BenchFolder) {
        let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: 4)
        for (index, word) in ["rm", "-rf", folder.path].enumerated() { list[index] = strdup(word) }
        list[3] = nil
        words = list
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                var pid: pid_t = 0
                if let words = Interruption.words {
                    posix_spawnp(&pid, "rm", nil, nil, words, environ)
                }
                _exit(128 + number)
            }
        }
    }
}
