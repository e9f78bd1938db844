import Glibc
import IPAMClient

/// Why a row has no figures. A slow program is none of these: it has figures that are bad.
enum BenchError: Error, CustomStringConvertible {
    case call(String, errno: Int32)
    case missing(String)
    /// A program ended otherwise than it should have.
    case ended(String)
    /// An answer is not what was asked for, or counts do not add up.
    case wrong(String)
    case client(ClientError)

    /// What `errno` says now.
    static func last(_ call: String) -> BenchError { .call(call, errno: errno) }

    var description: String {
        switch self {
        case .call(let call, let errno): "\(call): \(String(cString: strerror(errno)))"
        case .missing(let what): "this machine lacks \(what)"
        case .ended(let how): how
        case .wrong(let what): what
        case .client(let error): error.description
        }
    }
}
