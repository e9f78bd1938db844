/// The kinds of journal entries. Each has an id for ever (`MESSAGE_ID`), by which
/// `journalctl MESSAGE_ID=...` finds them and the message catalog explains them.
enum Message: String, Sendable, Hashable, CaseIterable {
    case started = "92080160706d467c80220890d363fdd7"
    case recovered = "5037715dbe0a481ea4bc88e80ba446d9"
    case stopped = "3276c0261f2d4fc0bba392a67d92b54f"
    case applied = "2562fb2a38ea492d8f59ae81876d6d24"
    case allocated = "2d006ee08396402d93cf7955bdc24cdb"
    case released = "5875f18f56514ce3ba55bdc2dd5ad5d0"
    case deleted = "f2cdd1ad62c244d2a1d6ac305ac8a8de"
    /// A request has found no room and waits for it in its connection.
    case requestWaits = "d78bb4c605eb4be7a3d2f843f144742e"
    /// The quarantine of a restored state has ended.
    case reconciled = "503b08cc3ed849e7ada9f3d67965a2d6"
    /// A namespace is for other agents than before.
    case accessChanged = "29acf52ad3e34cf2a09177d0ca8570a6"
    case refused = "b5497db623a546e98a6dbffb9f21c8cc"
    /// A connection was closed because the client broke the protocol or a limit.
    case connectionEnded = "9285dd6eb522400bb82d3694f68aa67d"
    /// A connection was closed because there are too many.
    case limitReached = "77fc5cd880b044b49b3b5cbb0935d60e"
    /// A connection was closed before its first frame.
    case connectionRefused = "15236ed3c21146358b021e681689d20b"
    case checkpointWritten = "21fe1ef6e2a844649642f289b510cac1"
    case checkpointFailed = "f295048bf6954d5f93b9838b231b412b"
    /// Somebody copies the whole state.
    case backupBegun = "8452262ae7c04be3850e59a979734274"
    /// No spare journal segment could be made, for lack of room as a rule.
    case spareFailed = "61fdcff3970a4a1db3bb72a3f0422a46"
    /// The journal could not be written: the daemon ends, for only the disk knows the truth.
    case storageFailed = "3f9972cab4a54da6acbed8e6f493be03"
    case readOnly = "2c2981d62e1a441083e711cec1fc14c7"
    case damaged = "b3d02c22cffc4400ac9dfed0c7c0aa22"
    /// Entries found the queue full and were dropped.
    case entriesDropped = "fcbafcd8b0154f2098879251e54389df"
    /// A user has caused so many entries that some were left out.
    case entriesSuppressed = "ccde183097e84ed6841f28352dc34cab"
    /// A start that came to nothing.
    case startFailed = "5caa972d470c466cb51ff75a925a7547"
    case noticed = "a6b871c977f5488487a823a813d57d6f"
}
