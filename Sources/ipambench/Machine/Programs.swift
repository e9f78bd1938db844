import Glibc

/// Where the built programs are.
struct Programs {
    /// What Swift built: ipamd, ipamc and the bench itself.
    let folder: String
    /// The floor programs.
    let floor: String

    func path(of program: String) throws(BenchError) -> String {
        let path = "\(folder)/\(program)"
        guard access(path, X_OK) == 0 else { throw .missing("\(path): build it, or name it") }
        return path
    }
}
