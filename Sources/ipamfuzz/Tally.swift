/// What was put through since the program began, for the figures.
struct Tally {
    /// Frames of the protocol, frames of files, or documents.
    var pieces = 0
    /// Those that were more than refused: decided, answered, replayed, read.
    var accepted = 0

    /// One for the process: libFuzzer calls a bare function, in one thread.
    ///
    /// `nonisolated(unsafe)` since the tests, which are many threads, never read it, and the
    /// program has one.
    nonisolated(unsafe) static var shared = Tally()
}
