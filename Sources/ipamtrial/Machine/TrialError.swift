import Glibc

/// Why a trial cannot be held at all. What it finds is a `Finding`.
enum TrialError: Error, CustomStringConvertible {
    case call(String, errno: Int32)
    case noDaemon(String)
    case missing(String)
    case failed(String)

    var description: String {
        switch self {
        case .call(let call, let errno): "\(call): \(String(cString: strerror(errno)))"
        case .noDaemon(let why): "the daemon does not serve: \(why)"
        case .missing(let what): "this machine lacks \(what)"
        case .failed(let why): why
        }
    }
}
