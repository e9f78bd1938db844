import IPAM
import IPAMClient
import IPAMClientNIO
import Seeded
import Synchronization

/// A client of the library for services, in a task of its own. It sees daemons come and go, and
/// shall never hear of it: whatever is no answer and no refusal for want of space is a finding.
final class ClientTask: TrialClient {
    private let socket: String
    private let gate: Gate
    private let recorder: Recorder
    private let seed: UInt64
    /// Between an answer and the next question.
    private let pause: Duration
    private let faults = Mutex<[Finding]>([])
    private let isDone = Atomic(false)

    /// Longer than any restart takes on a busy machine.
    private static let timeout = Duration.seconds(30)

    init(
        socket: String, gate: Gate, recorder: Recorder, seed: UInt64, pause: Duration = .zero
    ) {
        self.pause = pause
        self.socket = socket
        self.gate = gate
        self.recorder = recorder
        self.seed = seed
    }

    var findings: [Finding] { faults.withLock { $0 } }

    func start() { Task.detached { await self.run() } }

    func join() {
        while !isDone.load(ordering: .sequentiallyConsistent) { Gate.pause() }
    }

    private func run() async {
        defer { isDone.store(true, ordering: .sequentiallyConsistent) }
        do throws(ClientError) {
            let client = try await AsyncClient.connect(
                to: socket, software: "ipamtrial", timeout: Self.timeout)
            await ask(client)
            await client.close()
        } catch {
            note("connecting: \(error)")
        }
    }

    private func ask(_ client: AsyncClient) async {
        var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(recorder.client))
        var count = 0
        var own: [String] = []
        while await gate.passAsync() {
            let ask: Ask
            if own.count > 2 || own.count > 0 && generator.chance(35) {
                let name = own.removeFirst()
                let release = Command.Release(namespace: Roots.namespace, names: [name])
                ask = .command(.release(release))
            } else if let name = own.last, generator.chance(25) {
                ask = .list(
                    Query.List(
                        kind: .prefixAllocation, namespace: Roots.namespace, names: [name]))
            } else {
                count += 1
                ask = .command(.request(request(count, &generator)))
            }
            let outcome = await recorder.record(ask) { await self.outcome(of: ask, client) }
            switch (ask, outcome) {
            case (.command(.request(let request)), .answered),
                (.command(.request(let request)), .unknown):
                own.append(request.name)
            case (.command, _), (.list, _): break
            }
            if pause > .zero { await Gate.sleep(for: pause) }
        }
    }

    private func request(_ count: Int, _ generator: inout SeededGenerator) -> Command.Request {
        var request = Command.Request(
            namespace: Roots.namespace, name: "t\(recorder.client)-\(count)",
            prefixLength: generator.chance(70) ? 32 : 31,
            selector: Selector(matchLabels: ["tier": generator.chance(50) ? "a" : "b"]))
        if generator.chance(25) {
            request.waitMilliseconds = UInt32.random(in: 1...40, using: &generator)
        }
        return request
    }

    private func outcome(of ask: Ask, _ client: AsyncClient) async -> Outcome {
        do throws(ClientError) {
            let reply = try await client.answer(ask)
            return reply.outcome
        } catch {
            let outcome = ClientThread.outcome(of: error).0
            switch outcome {
            case .refused(.noRoom, _), .refused(.quotaReached, _): break
            // The journal changes its segment at this moment; it says so, and nobody restarts.
            case .refused(.busy, _): break
            case .answered, .refused, .nothingChanged, .unknown: note("\(ask): \(error)")
            }
            return outcome
        }
    }

    private func note(_ sentence: String) {
        faults.withLock { $0.append(Finding("client \(recorder.client): \(sentence)")) }
    }
}

extension Reply {
    /// What was done. The library may have asked again, and what these clients ask once is then
    /// there from before: a request is told where it was made, of a release nobody knows when.
    var outcome: Outcome {
        switch answer {
        case .allocated(let allocated) where !allocated.isCreated:
            let made = Answer.Allocated(resource: allocated.resource, isCreated: true)
            return .answered(
                Reply(lsn: Thing(allocated.resource).madeAt, answer: .allocated(made)))
        case .released(let released) where released.items.contains { $0.block == nil }:
            return .unknown
        case .applied, .allocated, .released, .deleted, .batch, .listed, .used, .checked, .status,
            .explained, .usage, .found, .reconciled, .backup, .accessed, .namespaces, .metrics:
            return .answered(self)
        }
    }
}

extension AsyncClient {
    /// Asks by the method that is there for it; these clients ask three things alone.
    fileprivate func answer(_ ask: Ask) async throws(ClientError) -> Reply {
        switch ask {
        case .list(let list):
            let answer = try await self.list(list)
            return Reply(lsn: answer.lsn, answer: .listed(answer.value))
        case .command(.request(let request)):
            let answer = try await self.request(request)
            return Reply(lsn: answer.lsn, answer: .allocated(answer.value))
        case .command(.release(let release)):
            let answer = try await self.release(release)
            return Reply(lsn: answer.lsn, answer: .released(answer.value))
        case .command(.delete(let delete)):
            let answer = try await self.delete(delete)
            return Reply(lsn: answer.lsn, answer: .deleted(answer.value))
        case .command(.batch(let batch)):
            let answer = try await self.batch(batch)
            return Reply(lsn: answer.lsn, answer: .batch(answer.value))
        case .command(.apply(let apply)):
            let answer = try await self.apply(apply)
            return Reply(lsn: answer.lsn, answer: .applied(answer.value))
        case .command(.reconcile), .command(.access):
            preconditionFailure("No trial ends a quarantine or limits a namespace.")
        }
    }
}
