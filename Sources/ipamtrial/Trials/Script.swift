import Glibc
import IPAM
import IPAMClient

/// What one client asks in the trials of system calls: the same each time, so that the n-th call of
/// a run is the n-th of the next. Between its parts it waits for checkpoints to be made.
struct Script {
    private enum Step {
        case ask(Ask)
        case pause
    }

    private let steps: [Step]
    /// What was asked and told so far.
    private(set) var entries: [Entry] = []
    /// Whether the daemon has said hello at least once.
    private(set) var wasServed = false

    /// Long enough for a checkpoint that is due, on a busy machine and under strace.
    private static let pauseMicroseconds: UInt32 = 60_000
    private static let timeout = Duration.seconds(10)

    private init(_ steps: [Step]) { self.steps = steps }

    private static func request(
        _ name: String, length: UInt8, of parent: String, asPrefix: Bool = false
    ) -> Command.Request {
        Command.Request(
            namespace: Roots.namespace, name: name, prefixLength: length, parent: parent,
            asPrefix: asPrefix)
    }

    /// The very first command of a daemon, before the others.
    func afterRoots() -> Script { Script([.ask(.command(.apply(Roots.command)))] + steps) }

    /// Fills a directory before the faults.
    static let preparation = Script([
        .ask(.command(.request(request("p1", length: 28, of: "best")))),
        .ask(.command(.request(request("p2", length: 28, of: "best")))),
        .pause,
        .ask(.command(.request(request("p3", length: 30, of: "low", asPrefix: true)))),
        .ask(.command(.request(request("p4", length: 32, of: "p3")))),
    ])

    /// What is asked while the faults come.
    static let main = Script([
        .ask(.command(.request(request("a", length: 28, of: "best")))),
        .ask(.command(.release(Command.Release(namespace: Roots.namespace, names: ["p1"])))),
        .ask(
            .list(
                Query.List(
                    kind: .prefixAllocation, namespace: Roots.namespace, names: ["a"]))),
        .ask(
            .command(
                .batch(
                    Command.Batch(parts: [
                        .request(request("b", length: 29, of: "sparse")),
                        .request(request("c", length: 126, of: "six")),
                    ])))),
        .pause,
        .ask(.command(.request(request("d", length: 28, of: "best")))),
        .ask(.command(.request(request("a", length: 28, of: "best")))),
        .pause,
        .ask(
            .command(
                .delete(
                    Command.Delete(keys: [
                        ResourceKey(
                            kind: .prefixAllocation, namespace: Roots.namespace, name: "p2")
                    ])))),
        .ask(.command(.request(request("e", length: 28, of: "best")))),
        .ask(.list(Query.List(kind: .prefixAllocation, namespace: Roots.namespace))),
    ])

    /// What is asked long after the fault, when the daemon has tried again what had failed.
    static let late = Script([
        .ask(.command(.request(request("f", length: 30, of: "low")))),
        .pause,
        .ask(.command(.release(Command.Release(namespace: Roots.namespace, names: ["f"])))),
        .pause,
        .ask(.list(Query.List(kind: .prefixAllocation, namespace: Roots.namespace))),
    ])

    /// Asks all of it, or as much as the daemon lives to hear.
    mutating func run(_ daemon: Daemon) {
        var next = steps[...]
        while !next.isEmpty {
            guard daemon.isRunning else { return }
            do throws(ClientError) {
                var client = try Client.connect(
                    to: daemon.socketPath, software: "ipamtrial", timeout: .milliseconds(300))
                client.timeout = Self.timeout
                wasServed = true
                while let step = next.first {
                    next = next.dropFirst()
                    guard perform(step, &client) else { break }
                }
            } catch {
                // Nobody has said hello yet: who has ended is not asked again.
                continue
            }
        }
    }

    private mutating func perform(_ step: Step, _ client: inout Client) -> Bool {
        guard case .ask(let ask) = step else {
            usleep(Self.pauseMicroseconds)
            return true
        }
        let invoked = Clock.now
        var goesOn = true
        let outcome: Outcome
        do throws(ClientError) {
            outcome = .answered(try client.answer(ask))
        } catch {
            let (known, ends) = ClientThread.outcome(of: error)
            outcome = known
            goesOn = !ends
        }
        entries.append(
            Entry(
                client: 0, uid: geteuid(), ask: ask, invoked: invoked, returned: Clock.now,
                outcome: outcome))
        return goesOn
    }
}
