import Glibc

/// SQLite with a journal of its own that is synced at every commit, as a peer: one row each.
struct Sqlite {
    let folder: BenchFolder

    static var isInstalled: Bool { Program.exists("sqlite3") }

    /// The microseconds of one commit, on average: the shell of SQLite times nothing finer.
    func commitMicroseconds(rows: Int) throws(BenchError) -> Double {
        let file = "\(folder.path)/sqlite"
        let script = "\(folder.path)/sqlite.script"
        defer {
            for name in [file, "\(file)-wal", "\(file)-shm", script] { unlink(name) }
        }
        try BenchFolder.write(Self.script(rows: rows), to: script)
        let start = Clock.now
        let printed = try Program.output(
            of: ["sqlite3", "-bail", file, ".read \(script)"], in: folder)
        let seconds = Clock.seconds(since: start)
        guard printed.split(separator: "\n").last == Substring("\(rows)") else {
            throw .wrong("SQLite has not stored \(rows) rows: \(printed.suffix(200))")
        }
        return seconds / Double(rows) * 1e6
    }

    private static func script(rows: Int) -> String {
        let head = """
            PRAGMA journal_mode=wal;
            PRAGMA synchronous=full;
            CREATE TABLE held (block BLOB PRIMARY KEY, owner TEXT) WITHOUT ROWID;

            """
        let inserts = (0..<rows).map { "INSERT INTO held VALUES (\($0), 'owner-0123456789');\n" }
        return head + inserts.joined() + "SELECT count(*) FROM held;\n"
    }
}
