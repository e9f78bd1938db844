internal import Glibc

/// How many characters a line of the terminal has (TIOCGWINSZ in ioctl_tty(2)).
enum TerminalWidth {
    /// Nothing where standard output is no terminal, or one that does not know.
    static var ofStandardOutput: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0,
            size.ws_col > 0
        else { return nil }
        return Int(size.ws_col)
    }
}
