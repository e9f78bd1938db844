import Glibc
import IPAM
import IPAMClient
import Synchronization

/// A client on a thread of its own: asks until the gate says that it is over, and connects anew
/// whenever its conversation ends.
final class ClientThread: TrialClient {
    private let socket: String
    private let gate: Gate
    private let recorder: Recorder
    private let board: Board
    private let seed: UInt64
    /// What the library says that it must not say.
    private let faults = Mutex<[Finding]>([])
    private let threadEnd = Mutex<pthread_t?>(nil)

    /// Longer than any start takes here.
    static let timeout = Duration.seconds(20)

    init(socket: String, gate: Gate, recorder: Recorder, board: Board, seed: UInt64) {
        self.socket = socket
        self.gate = gate
        self.recorder = recorder
        self.board = board
        self.seed = seed
    }

    var findings: [Finding] { faults.withLock { $0 } }

    func start() {
        var thread = pthread_t()
        let own = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument {
                    Unmanaged<ClientThread>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, own.toOpaque())
        precondition(result == 0, "A thread can be made.")
        let made = thread
        threadEnd.withLock { $0 = made }
    }

    func join() {
        let thread = threadEnd.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    private func run() {
        var workload = Workload(client: recorder.client, seed: seed, board: board)
        var witness: Witness?
        while gate.pass() {
            do throws(ClientError) {
                var client = try Client.connect(
                    to: socket, software: "ipamtrial", timeout: Self.timeout, knowing: witness)
                defer { witness = client.witness }
                while gate.pass(), ask(&client, &workload) {}
            } catch {
                note(connecting: error)
            }
        }
    }

    /// Asks once; false if the conversation is over.
    private func ask(_ client: inout Client, _ workload: inout Workload) -> Bool {
        let ask = workload.next()
        var isOver = false
        let outcome = recorder.record(ask) {
            do throws(ClientError) {
                return .answered(try client.answer(ask))
            } catch {
                let (outcome, ends) = Self.outcome(of: error)
                isOver = ends
                if case .protocolFault = error { note(error) }
                return outcome
            }
        }
        workload.note(ask, outcome)
        return !isOver
    }

    /// What an error means for the history, and whether the conversation is over.
    static func outcome(of error: ClientError) -> (Outcome, ends: Bool) {
        switch error {
        case .refused(let refusal):
            let isUnknown = refusal.code == .outcomeUnknown
            return (
                isUnknown ? .unknown : .refused(refusal.code, part: refusal.part.map(Int.init)),
                false
            )
        case .nothingChanged, .unreachable: return (.nothingChanged, true)
        case .outcomeUnknown: return (.unknown, true)
        // Whatever was said cannot be read: nobody knows what it meant.
        case .protocolFault: return (.unknown, true)
        case .stateWentBack: return (.nothingChanged, true)
        }
    }

    /// Between two daemons a connection comes to nothing; nobody must find no socket at all.
    private func note(connecting error: ClientError) {
        switch error {
        case .nothingChanged: break
        case .unreachable, .refused, .outcomeUnknown, .protocolFault, .stateWentBack: note(error)
        }
    }

    private func note(_ error: ClientError) {
        faults.withLock { $0.append(Finding("client \(recorder.client): \(error)")) }
    }
}

extension Client {
    /// Asks by the method that is there for it.
    mutating func answer(_ ask: Ask) throws(ClientError) -> Reply {
        switch ask {
        case .list(let list):
            let answer = try self.list(list)
            return Reply(lsn: answer.lsn, answer: .listed(answer.value))
        case .command(.request(let request)):
            let answer = try self.request(request)
            return Reply(lsn: answer.lsn, answer: .allocated(answer.value))
        case .command(.release(let release)):
            let answer = try self.release(release)
            return Reply(lsn: answer.lsn, answer: .released(answer.value))
        case .command(.delete(let delete)):
            let answer = try self.delete(delete)
            return Reply(lsn: answer.lsn, answer: .deleted(answer.value))
        case .command(.batch(let batch)):
            let answer = try self.batch(batch)
            return Reply(lsn: answer.lsn, answer: .batch(answer.value))
        case .command(.apply(let apply)):
            let answer = try self.apply(apply)
            return Reply(lsn: answer.lsn, answer: .applied(answer.value))
        case .command(.reconcile), .command(.access):
            preconditionFailure("No trial ends a quarantine or limits a namespace.")
        }
    }
}
