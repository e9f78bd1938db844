internal import Glibc
internal import IPAM

/// Why nobody answers at a socket, and what to do about it.
struct Unreachable {
    /// What the path says about itself, as far as this user may look.
    enum Cause: Equatable {
        /// There is nothing at the path; `folder` is the first part of it that is missing.
        case absent(folder: String?)
        /// This user may not use what is there; `group` may.
        case forbidden(path: String, group: String?)
        /// There is a socket, and no process behind it.
        case refused
        /// What is there is no socket.
        case noSocket
        case other
    }

    private let path: String
    private let isDefault: Bool
    let cause: Cause

    /// Looks at a path that could not be connected to; `why` is what the system said then.
    init(_ path: String, why: String, isDefault: Bool) {
        self.path = path
        self.isDefault = isDefault
        cause = Self.cause(path, why)
    }

    private static func cause(_ path: String, _ why: String) -> Cause {
        func says(_ number: Int32) -> Bool { why == String(cString: strerror(number)) }
        if says(ENOENT) || says(ENOTDIR) { return .absent(folder: missingFolder(path)) }
        if says(EACCES) || says(EPERM) { return forbidden(path) }
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFSOCK { return .noSocket }
        return says(ECONNREFUSED) ? .refused : .other
    }

    private static func folders(_ path: String) -> [String] {
        path.indices.dropFirst().filter { path[$0] == "/" }.map { String(path[..<$0]) }
    }

    private static func missingFolder(_ path: String) -> String? {
        var facts = stat()
        return folders(path).first { stat($0, &facts) != 0 && errno == ENOENT }
    }

    /// The first part of the path that this user may not pass, and whose group may.
    private static func forbidden(_ path: String) -> Cause {
        let closed = folders(path).first { access($0, X_OK) != 0 } ?? path
        var facts = stat()
        guard stat(closed, &facts) == 0 else { return .forbidden(path: closed, group: nil) }
        let isFolder = facts.st_mode & S_IFMT == S_IFDIR
        let isOpen = facts.st_mode & (isFolder ? S_IXGRP : S_IWGRP) != 0
        // The group root is no group that anybody joins.
        guard isOpen, facts.st_gid != 0, let group = getgrgid(facts.st_gid) else {
            return .forbidden(path: closed, group: nil)
        }
        return .forbidden(path: closed, group: String(cString: group.pointee.gr_name))
    }

    /// What to do, a line each.
    var hints: [String] {
        switch cause {
        case .absent(let folder):
            let what = folder.map { "the folder \($0)" } ?? "the socket \(path)"
            return ["\(what) does not exist: no daemon has been started there", start] + elsewhere
        case .refused:
            return ["the socket is there, and no daemon behind it: it has ended", start]
        case .forbidden(let closed, let group):
            guard let group else {
                return ["this user may not use \(closed); root may: sudo ipamc ..."]
            }
            return [
                "this user may not use \(closed); the group \(group) may: "
                    + "sudo usermod --append --groups \(group) \(Self.userName)",
                "then log in again: groups count from the next log-in on",
            ]
        case .noSocket: return ["\(path) is no socket: name the daemon's with --socket"]
        case .other: return [start]
        }
    }

    private var start: String {
        isDefault
            ? "to start the daemon: sudo systemctl enable --now ipamd.socket"
            : "to start a daemon there: ipamd --socket \(Failure.shellWords([path])) --state DIR"
    }

    /// Whoever names a socket may have named the wrong one.
    private var elsewhere: [String] {
        var facts = stat()
        let usual = GlobalOptions.socketDefault
        guard !isDefault, stat(usual, &facts) == 0 else { return [] }
        return ["there is a socket at \(usual): leave out --socket and IPAM_SOCKET to use that"]
    }

    private static var userName: String {
        guard let entry = getpwuid(geteuid()) else { return "USER" }
        return Failure.shellWords([String(cString: entry.pointee.pw_name)])
    }
}
