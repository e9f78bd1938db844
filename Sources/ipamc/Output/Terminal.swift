internal import Glibc

/// What standard output and standard error are shown on.
enum Terminal {
    /// The columns of the terminal that standard output is; nothing if it is none.
    static var outputWidth: Int? { width(of: STDOUT_FILENO) }

    /// The same of standard error.
    static var errorWidth: Int? { width(of: STDERR_FILENO) }

    /// A terminal that does not know has 80, as they always had.
    private static func width(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
