internal import Glibc

/// The users of this machine by their numbers (getpwuid_r(3)); each is looked up once.
struct UserNames {
    /// Room for one entry.
    private static let entryBytes = 64 << 10

    private var known: [String: String] = [:]

    /// The name of a user, or the number where there is none.
    mutating func name(of uid: String) -> String {
        if let name = known[uid] { return name }
        let name = UInt32(uid).flatMap(Self.lookUp) ?? uid
        known[uid] = name
        return name
    }

    private static func lookUp(_ uid: UInt32) -> String? {
        var entry = passwd()
        var result: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: entryBytes) { buffer in
            let error = getpwuid_r(uid, &entry, buffer.baseAddress!, buffer.count, &result)
            guard error == 0, let found = result else { return nil }
            return String(cString: found.pointee.pw_name).shownSafely
        }
    }
}
