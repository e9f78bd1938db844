internal import Glibc
internal import IPAM
internal import IPAMClient

/// Asks many requests of one daemon, each for itself, many on their way at a time, and hands over
/// what came of them in the order of the lines.
struct BulkRequest {
    typealias Outcome = Result<Answered<Answer.Allocated>, Refusal>

    private let requests: [Command.Request]
    private let options: GlobalOptions
    /// What came of those whose turn to be told has not come.
    private var early: [Int: Outcome] = [:]
    /// Every request before it has been told of.
    private(set) var told = 0
    private(set) var answered = 0

    init(_ requests: [Command.Request], _ options: GlobalOptions) {
        self.requests = requests
        self.options = options
    }

    /// Returns once all have an answer. A daemon that stops, or a connection that is lost, is
    /// waited for until nothing has come for as long as the timeout: every request has a name, so
    /// that asking again is safe.
    mutating func run(each: (Int, Outcome) -> Void) throws(Failure) {
        var left = Array(requests.indices)
        var lastAnswer = ContinuousClock.now
        var farewell: Failure?
        while !left.isEmpty {
            let before = answered
            do throws(ClientError) {
                var client = try options.connection(timeout: options.timeout.duration)
                let asked = left
                try client.requests(asked.map { requests[$0] }) { index, outcome in
                    take(asked[index], outcome, each)
                }
            } catch {
                let mayPass = error.isLostConnection && (farewell != nil || !error.isAbsence)
                guard mayPass else { throw Failure(error) }
                // Once something may have been done, no later goodbye says that it was not.
                if farewell?.status != .outcomeUnknown { farewell = Failure(error) }
            }
            if answered > before { lastAnswer = .now }
            left = left.filter { $0 >= told && early[$0] == nil }
            guard !left.isEmpty else { return }
            guard ContinuousClock.now < lastAnswer + options.timeout.duration else {
                throw farewell
                    ?? Failure(Refusal(.shuttingDown, "the daemon is about to end, try again"))
            }
            usleep(50_000)
        }
    }

    private mutating func take(_ index: Int, _ outcome: Outcome, _ each: (Int, Outcome) -> Void) {
        answered += 1
        // A daemon that is leaving has done nothing; the next one is asked.
        if case .failure(let refusal) = outcome, refusal.code == .shuttingDown {
            answered -= 1
            return
        }
        early[index] = outcome
        while let next = early.removeValue(forKey: told) {
            each(told, next)
            told += 1
        }
    }
}
