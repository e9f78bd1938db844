import Glibc
import Synchronization

/// Writes down what one client asks and is told: in memory, and in a file of its own that is there
/// even if the trial itself does not live to tell.
final class Recorder: Sendable {
    let client: Int
    private let uid = geteuid()
    private let file: Int32
    private let entries = Mutex<[Entry]>([])

    /// The file is made in `folder`.
    init(client: Int, folder: String) {
        self.client = client
        file = Glibc.open(
            "\(folder)/client-\(client)", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    }

    deinit { Glibc.close(file) }

    /// Asks, and writes down before and after.
    func record(_ ask: Ask, _ body: () -> Outcome) -> Outcome {
        let invoked = Clock.now
        write("\(invoked) uid \(uid) asks \(ask)\n")
        let outcome = body()
        note(ask, invoked, outcome)
        return outcome
    }

    /// The same for a task.
    func record(_ ask: Ask, _ body: () async -> Outcome) async -> Outcome {
        let invoked = Clock.now
        write("\(invoked) uid \(uid) asks \(ask)\n")
        let outcome = await body()
        note(ask, invoked, outcome)
        return outcome
    }

    private func note(_ ask: Ask, _ invoked: UInt64, _ outcome: Outcome) {
        // The clock is read first: what is written later is no later answer.
        let returned = Clock.now
        write("\(returned) told \(outcome)\n")
        let entry = Entry(
            client: client, uid: uid, ask: ask, invoked: invoked, returned: returned,
            outcome: outcome)
        entries.withLock { $0.append(entry) }
    }

    /// Takes what was written down since the last time.
    func take() -> [Entry] {
        entries.withLock { entries in
            defer { entries = [] }
            return entries
        }
    }

    private func write(_ line: String) {
        let bytes = Array(line.utf8)
        // The file is for people; what is checked is in memory.
        _ = Glibc.write(file, bytes, bytes.count)
    }
}
